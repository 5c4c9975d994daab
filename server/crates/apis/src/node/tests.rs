use k8s_openapi::api::core::v1::Node;
use serde_json::{Value, json};

use crate::testing::{created, row, texts, update_errors};
use crate::{Kind, Update};

mod validation;

fn node(spec: Value, status: Value) -> Node {
    created(
        json!({"metadata": {"name": "node-1", "labels": {"node-role.kubernetes.io/worker": "", "kubernetes.io/role": "edge"}}, "spec": spec, "status": status}),
    )
}

#[test]
fn node_01_new_nodes_are_tainted() {
    let taints = node(json!({}), json!({}))
        .spec
        .and_then(|spec| spec.taints)
        .expect("taints");
    assert_eq!(
        (taints[0].key.as_str(), taints[0].effect.as_str()),
        ("node.kubernetes.io/not-ready", "NoSchedule")
    );
    let given =
        json!({"taints": [{"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}]});
    assert_eq!(
        node(given, json!({}))
            .spec
            .and_then(|spec| spec.taints)
            .map(|taints| taints.len()),
        Some(1)
    );
    let status = node(json!({}), json!({"capacity": {"memory": "1024Mi"}}))
        .status
        .expect("a status");
    assert_eq!(status.allocatable.expect("a copy")["memory"].0, "1Gi");
}

#[test]
fn wrong_taints() {
    let taints = json!([{"key": "k", "effect": "Now"}, {"key": "k", "effect": ""}, {"key": "l", "effect": "NoExecute"}, {"key": "l", "effect": "NoExecute"}]);
    let want = [
        "metadata.taints[0].effect: Unsupported value: \"Now\": supported values: \"NoSchedule\", \"PreferNoSchedule\", \"NoExecute\"",
        "metadata.taints[1].effect: Required value",
        "metadata.taints[3]: Duplicate value: {\"Key\":\"l\",\"Value\":\"\",\"Effect\":\"NoExecute\",\"TimeAdded\":null}: taints must be unique by key and effect pair",
    ];
    assert_eq!(
        texts(&node(json!({"taints": taints}), json!({})).validate_create()),
        want
    );
    let old = node(json!({"providerID": "a"}), json!({}));
    let want = "spec.providerID: Forbidden: node updates may not change providerID except from \"\" to valid";
    assert_eq!(
        update_errors(&old, &json!({"spec": {"providerID": "b"}}), Update::Main),
        [want]
    );
    assert!(
        update_errors(
            &old,
            &json!({"spec": {"unschedulable": true}}),
            Update::Main
        )
        .is_empty()
    );
}

#[test]
fn wrong_taint_names_addresses_and_resources() {
    let taints = json!([{"key": "a b", "value": "c d", "effect": "NoExecute"}, {"key": "k", "effect": "NoSchedule"}, {"key": "k", "effect": "NoExecute"}]);
    let told = texts(&node(json!({"taints": taints}), json!({})).validate_create());
    assert_eq!(told.len(), 2, "one key may have two effects: {told:?}");
    assert!(
        told[0].starts_with("metadata.taints[0].key: Invalid value: \"a b\": name part must"),
        "{told:?}"
    );
    assert!(
        told[1].starts_with("metadata.taints[0].value: Invalid value: \"c d\": a valid label must"),
        "{told:?}"
    );
    let old = node(json!({"podCIDRs": ["10.0.0.0/24"]}), json!({}));
    let moved = json!({"spec": {"podCIDR": "10.0.1.0/24", "podCIDRs": ["10.0.1.0/24"]}});
    assert_eq!(
        update_errors(&old, &moved, Update::Main),
        ["spec.podCIDRs: Forbidden: node updates may not change podCIDR except from \"\" to valid"]
    );
    let added = json!({"spec": {"podCIDRs": ["10.0.0.0/24", "fd00::/64"]}});
    assert_eq!(update_errors(&old, &added, Update::Main).len(), 1);
    let free = node(json!({}), json!({}));
    assert!(update_errors(&free, &moved, Update::Main).is_empty());
    let renamed = json!({"spec": {"externalID": "x"}});
    assert_eq!(
        update_errors(&old, &renamed, Update::Main),
        ["spec.externalID: Forbidden: may not be updated"]
    );
    let ranges = json!({"podCIDRs": ["10.0.0.0/24", "10.0.0.0/24"], "podCIDR": "10.0.0.0/24"});
    assert_eq!(
        texts(&node(ranges, json!({})).validate_create()),
        [
            "spec.podCIDRs: Invalid value: [\"10.0.0.0/24\",\"10.0.0.0/24\"]: may specify no more than one CIDR for each IP family",
            "spec.podCIDRs[1]: Duplicate value: \"10.0.0.0/24\""
        ]
    );
    let wrong = node(json!({"podCIDRs": ["10.0.0.0"]}), json!({}));
    assert_eq!(
        texts(&wrong.validate_create()),
        [
            "spec.podCIDRs[0]: Invalid value: \"10.0.0.0\": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
        ]
    );
    let address = json!({"type": "InternalIP", "address": "127.0.1.1"});
    let status = json!({"status": {"addresses": [address, address], "capacity": {"cpu": "-1"}}});
    assert_eq!(
        update_errors(&old, &status, Update::Status),
        [
            "status.capacity.cpu: Invalid value: \"-1\": must be greater than or equal to 0",
            "status.allocatable.cpu: Invalid value: \"-1\": must be greater than or equal to 0",
            "status.addresses[1]: Duplicate value: {\"Type\":\"InternalIP\",\"Address\":\"127.0.1.1\"}"
        ]
    );
}

#[test]
fn an_empty_id_is_none() {
    let old = node(json!({}), json!({}));
    let empty = json!({"spec": {"externalID": "", "providerID": ""}});
    assert!(update_errors(&old, &empty, Update::Main).is_empty());
}

#[test]
fn the_source_of_a_configuration_is_looked_at_on_update() {
    let source = json!({"configSource": {}});
    assert!(texts(&node(source.clone(), json!({})).validate_create()).is_empty());
    let old = node(json!({}), json!({}));
    assert_eq!(
        update_errors(&old, &json!({"spec": source}), Update::Main),
        [
            "spec.configSource: Invalid value: {\"ConfigMap\":null}: exactly one reference subfield must be non-nil"
        ]
    );
    let map =
        json!({"uid": "u", "resourceVersion": "1", "namespace": "a.b", "kubeletConfigKey": "k"});
    let wanted = json!({"spec": {"configSource": {"configMap": map}}});
    assert_eq!(
        update_errors(&old, &wanted, Update::Main),
        [
            "spec.configSource.configMap.uid: Forbidden: uid must not be set in spec",
            "spec.configSource.configMap.resourceVersion: Forbidden: resourceVersion must not be set in spec",
            "spec.configSource.configMap.namespace: Invalid value: \"a.b\": must not contain dots",
            "spec.configSource.configMap.name: Required value: name must be set"
        ]
    );
    let map = json!({"namespace": "a", "name": "b"});
    let config = json!({"status": {"config": {"active": {"configMap": map}, "lastKnownGood": {}}}});
    assert_eq!(
        update_errors(&old, &config, Update::Status),
        [
            "status.config.active.configMap.uid: Required value: uid must be set in status",
            "status.config.active.configMap.resourceVersion: Required value: resourceVersion must be set in status",
            "status.config.active.configMap.kubeletConfigKey: Required value: kubeletConfigKey must be set",
            "status.config.lastKnownGood: Invalid value: {\"ConfigMap\":null}: exactly one reference subfield must be non-nil"
        ]
    );
}

#[test]
fn what_is_counted_comes_in_whole_numbers() {
    let capacity = json!({"cpu": "1500m", "example.com/a": "1500m", "pods": "2"});
    assert_eq!(
        texts(&node(json!({}), json!({"capacity": capacity})).validate_create()),
        ["capacity", "allocatable"].map(|list| format!(
            "status.{list}.example.com/a: Invalid value: \"1500m\": must be an integer"
        ))
    );
}

#[test]
fn taints_of_an_annotation_are_looked_at() {
    let of = |text: &str| {
        let mut node = node(json!({}), json!({}));
        let annotation = (
            "scheduler.alpha.kubernetes.io/taints".to_owned(),
            text.to_owned(),
        );
        node.metadata.annotations = Some([annotation].into());
        texts(&node.validate_create())
    };
    assert!(of("").is_empty());
    assert!(of(r#"[{"key": "k", "effect": "NoSchedule"}]"#).is_empty());
    assert_eq!(
        of(r#"[{"key": "k"}]"#),
        ["metadata.annotations.scheduler.alpha.kubernetes.io/taints[0].effect: Required value"]
    );
    assert_eq!(
        of("["),
        [
            "metadata.annotations: Invalid value: \"scheduler.alpha.kubernetes.io/taints\": unexpected end of JSON input"
        ]
    );
}

#[test]
fn pr_14_rows() {
    let ready = |status: &str| json!([{"type": "Ready", "status": status}]);
    let info = json!({"architecture": "amd64", "bootID": "", "containerRuntimeVersion": "orrery://1", "kernelVersion": "6.1", "kubeProxyVersion": "", "kubeletVersion": "v1.36.1", "machineID": "", "operatingSystem": "linux", "osImage": "", "systemUUID": ""});
    let addresses = json!([{"type": "InternalIP", "address": "127.0.1.1"}]);
    let full = json!({"conditions": ready("True"), "nodeInfo": info, "addresses": addresses});
    let want = [
        "node-1",
        "Ready",
        "edge,worker",
        "5m",
        "v1.36.1",
        "127.0.1.1",
        "<none>",
        "<unknown>",
        "6.1 (amd64)",
        "orrery://1",
    ];
    assert_eq!(row(&node(json!({}), full)), want);
    let rows = [
        ("no condition", json!({}), json!({}), "Unknown"),
        (
            "not ready",
            json!({}),
            json!({"conditions": ready("False")}),
            "NotReady",
        ),
        (
            "unknown",
            json!({}),
            json!({"conditions": ready("Unknown")}),
            "NotReady",
        ),
        (
            "a condition of another type",
            json!({}),
            json!({"conditions": [{"type": "DiskPressure", "status": "True"}]}),
            "Unknown",
        ),
        (
            "cordoned and not ready",
            json!({"unschedulable": true}),
            json!({"conditions": ready("False")}),
            "NotReady,SchedulingDisabled",
        ),
        (
            "cordoned and silent",
            json!({"unschedulable": true}),
            json!({}),
            "Unknown,SchedulingDisabled",
        ),
        (
            "cordoned",
            json!({"unschedulable": true}),
            json!({"conditions": ready("True")}),
            "Ready,SchedulingDisabled",
        ),
    ];
    for (why, spec, status, want) in rows {
        assert_eq!(row(&node(spec, status))[1], want, "{why}");
    }
    let roles = [
        (
            json!({"node-role.kubernetes.io/master": "", "node-role.kubernetes.io/control-plane": "", "node-role.kubernetes.io/proxy": "", "kubernetes.io/role": "node"}),
            "control-plane,master,node,proxy",
        ),
        (json!({"kubernetes.io/role": "node"}), "node"),
        (
            json!({"node-role.kubernetes.io/": "", "kubernetes.io/role": "", "role": "a"}),
            "<none>",
        ),
        (
            json!({"node-role.kubernetes.io/edge": "", "kubernetes.io/role": "edge"}),
            "edge",
        ),
    ];
    for (labels, want) in roles {
        let mut node = node(json!({}), json!({}));
        node.metadata.labels = Some(serde_json::from_value(labels).expect("labels"));
        assert_eq!(row(&node)[2], want);
    }
    let both = json!([{"type": "ExternalIP", "address": "2.2.2.2"}, {"type": "InternalIP", "address": "3.3.3.3"}, {"type": "InternalIP", "address": "4.4.4.4"}]);
    let both = row(&node(json!({}), json!({"addresses": both})));
    assert_eq!(both[5..7], ["3.3.3.3", "2.2.2.2"], "the first of each");
    assert_eq!(both[7..], ["<unknown>"; 3], "nothing is known of it");
    let outside = json!([{"type": "ExternalIP", "address": "1.2.3.4"}, {"type": "ExternalIP", "address": "1.2.3.5"}]);
    let mut bare = node(json!({}), json!({"addresses": outside}));
    bare.metadata.labels = None;
    let bare = row(&bare);
    assert_eq!(bare[2], "<none>", "no role");
    assert_eq!((bare[5].as_str(), bare[6].as_str()), ("<none>", "1.2.3.4"));
    assert_eq!(bare[8], "<unknown>", "no architecture beside no kernel");
    assert_eq!(
        node(json!({}), json!({})).fields(),
        [("spec.unschedulable", "false".to_owned())],
        "K-39"
    );
}

#[test]
fn the_older_range_of_a_node_and_the_newer_ones_are_one() {
    let rows = [
        (json!({"podCIDR": "10.0.0.0/24"}), json!(["10.0.0.0/24"])),
        (
            json!({"podCIDRs": ["10.0.0.0/24", "fd00::/64"]}),
            json!(["10.0.0.0/24", "fd00::/64"]),
        ),
        (
            json!({"podCIDR": "10.0.1.0/24", "podCIDRs": ["10.0.0.0/24", "fd00::/64"]}),
            json!(["10.0.1.0/24"]),
        ),
    ];
    for (spec, ranges) in rows {
        let mut node = node(spec.clone(), json!({}));
        node.default_fields();
        let joined = json!(node.spec);
        assert_eq!(joined["podCIDRs"], ranges, "{spec}");
        assert_eq!(joined["podCIDR"], ranges[0], "{spec}");
    }
    let none = json!(node(json!({}), json!({})).spec);
    assert_eq!((none.get("podCIDR"), none.get("podCIDRs")), (None, None));
}

#[test]
fn k_04_fields_of_the_past_and_unusual_ranges_are_warned_of() {
    let spec =
        json!({"configSource": {}, "externalID": "e", "podCIDRs": ["10.1.0.0/24", "FD00::/64"]});
    let told = node(spec, json!({})).warnings(None);
    assert_eq!(
        told[..2],
        [
            "spec.configSource: the feature is removed",
            "spec.externalID: this field is deprecated, and is unused by Kubernetes",
        ]
    );
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told[2].starts_with("spec.podCIDRs[1]: "), "{told:?}");
    let plain = json!({"externalID": "", "podCIDRs": ["10.1.0.0/24"]});
    assert_eq!(node(plain, json!({})).warnings(None), [""; 0]);
}
