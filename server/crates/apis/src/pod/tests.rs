mod doors;
mod status;

use k8s_openapi::api::core::v1::Pod;
use serde_json::{Value, json};

use super::qos_class;
use crate::testing::{created, merge, row, texts, update_errors, updated};
use crate::{Kind, Update};

fn body(change: Value) -> Value {
    let mut value = json!({"metadata": {"name": "p", "namespace": "d"}, "spec": {"containers": [{"name": "c", "image": "i"}]}});
    merge(&mut value, &change);
    value
}

#[test]
fn defaults_and_admission() {
    let change = json!({"spec": {"hostNetwork": true, "containers": [{
        "name": "c", "image": "r.io:5000/a:1", "ports": [{"containerPort": 80}],
        "livenessProbe": {"httpGet": {"port": 80}}, "env": [{"name": "E", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}],
        "resources": {"limits": {"cpu": "1000m"}}}],
        "volumes": [{"name": "e"}, {"name": "m", "configMap": {"name": "m"}}, {"name": "h", "hostPath": {"path": "/x"}}]}});
    let pod: Pod = created(body(change));
    let value = serde_json::to_value(&pod).expect("JSON");
    let toleration = |key: &str| json!({"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300});
    let want = json!({
        "hostNetwork": true,
        "restartPolicy": "Always",
        "dnsPolicy": "ClusterFirst",
        "schedulerName": "default-scheduler",
        "terminationGracePeriodSeconds": 30,
        "securityContext": {},
        "enableServiceLinks": true,
        "serviceAccountName": "default",
        "serviceAccount": "default",
        "priority": 0,
        "preemptionPolicy": "PreemptLowerPriority",
        "tolerations": [toleration("node.kubernetes.io/not-ready"), toleration("node.kubernetes.io/unreachable")],
        "containers": [{
            "name": "c",
            "image": "r.io:5000/a:1",
            "imagePullPolicy": "IfNotPresent",
            "terminationMessagePath": "/dev/termination-log",
            "terminationMessagePolicy": "File",
            "ports": [{"containerPort": 80, "hostPort": 80, "protocol": "TCP"}],
            "livenessProbe": {"httpGet": {"port": 80, "path": "/", "scheme": "HTTP"}, "timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3},
            "env": [{"name": "E", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "status.podIP"}}}],
            "resources": {"limits": {"cpu": "1"}, "requests": {"cpu": "1"}},
        }],
        "volumes": [
            {"name": "e", "emptyDir": {}},
            {"name": "m", "configMap": {"name": "m", "defaultMode": 420}},
            {"name": "h", "hostPath": {"path": "/x", "type": ""}},
        ],
    });
    assert_eq!(value["spec"], want);
    assert_eq!(
        value["status"],
        json!({"phase": "Pending", "qosClass": "Burstable"})
    );
    assert!(pod.validate_create().is_empty());
}

#[test]
fn image_pull_policies() {
    let rows = [
        ("i", "Always"),
        ("i:latest", "Always"),
        ("host:5000/i", "Always"),
        ("i:1", "IfNotPresent"),
        ("i@sha256:abc", "IfNotPresent"),
        ("i:1@sha256:abc", "IfNotPresent"),
    ];
    for (image, want) in rows {
        let pod: Pod = created(body(
            json!({"spec": {"containers": [{"name": "c", "image": image}]}}),
        ));
        let spec = pod.spec.expect("a spec");
        assert_eq!(
            spec.containers[0].image_pull_policy.as_deref(),
            Some(want),
            "{image}"
        );
    }
}

#[test]
fn qos_classes() {
    let rows = [
        ("nothing asked", json!({}), "BestEffort"),
        (
            "requests alone",
            json!({"requests": {"cpu": "1"}}),
            "Burstable",
        ),
        (
            "limits of one kind",
            json!({"limits": {"cpu": "1"}}),
            "Burstable",
        ),
        (
            "limits of both",
            json!({"limits": {"cpu": "1", "memory": "1Gi"}}),
            "Guaranteed",
        ),
        (
            "lower requests",
            json!({"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "500m"}}),
            "Burstable",
        ),
        (
            "neither CPU nor memory",
            json!({"limits": {"a.b/gpu": "1"}}),
            "BestEffort",
        ),
    ];
    for (why, resources, want) in rows {
        let change =
            json!({"spec": {"containers": [{"name": "c", "image": "i", "resources": resources}]}});
        assert_eq!(qos_class(&created::<Pod>(body(change))), want, "{why}");
    }
}

#[test]
fn creation() {
    let gated = json!({"spec": {"schedulingGates": [{"name": "a.b/c"}]}});
    let pod: Pod = created(body(gated));
    let conditions = pod
        .status
        .and_then(|status| status.conditions)
        .expect("a condition");
    assert_eq!(conditions[0].reason.as_deref(), Some("SchedulingGated"));
    let bound = json!({"spec": {"nodeName": "n", "schedulingGates": [{"name": "a.b/c"}]}});
    let want =
        "spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared";
    assert_eq!(
        texts(&created::<Pod>(body(bound)).validate_create()),
        [want]
    );
}

#[test]
fn claims_of_ephemeral_volumes_are_the_pods_own() {
    let template = json!({"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}});
    let told = |name: &str, claim: &str| {
        let volumes = json!([
            {"name": "v", "ephemeral": {"volumeClaimTemplate": template}},
            {"name": "w", "persistentVolumeClaim": {"claimName": claim}},
        ]);
        let change = json!({"metadata": {"name": name}, "spec": {"volumes": volumes}});
        texts(&created::<Pod>(body(change)).validate_create())
    };
    assert!(told("p", "other").is_empty());
    assert_eq!(
        told("p", "p-v"),
        [
            "spec.volumes[1].persistentVolumeClaim.claimName: Invalid value: \"p-v\": must not reference a PVC that gets created for an ephemeral volume"
        ]
    );
    let long = "a".repeat(252);
    assert_eq!(
        told(&long, "other"),
        [format!(
            "spec.volumes[0].name: Invalid value: \"v\": PVC name \"{long}-v\": must be no more than 253 characters"
        )]
    );
}

#[test]
fn updates() {
    let old: Pod = created(body(json!({"spec": {"activeDeadlineSeconds": 10}})));
    let containers = |image: &str| json!({"spec": {"containers": [{"name": "c", "image": image, "imagePullPolicy": "Always"}]}});
    let longer = |extra: Value| {
        let mut tolerations = json!(old.spec.as_ref().expect("a spec").tolerations);
        tolerations.as_array_mut().expect("a list").push(extra);
        json!({"spec": {"tolerations": tolerations}})
    };
    let rows = [
        ("an image", containers("j"), vec![]),
        (
            "a shorter deadline",
            json!({"spec": {"activeDeadlineSeconds": 5}}),
            vec![],
        ),
        (
            "a longer deadline",
            json!({"spec": {"activeDeadlineSeconds": 11}}),
            vec![
                "spec.activeDeadlineSeconds: Invalid value: 11: must be less than or equal to previous value",
            ],
        ),
        (
            "a deadline in the past, of which alone is spoken",
            json!({"spec": {"activeDeadlineSeconds": -1, "hostname": "h"}}),
            vec![
                "spec.activeDeadlineSeconds: Invalid value: -1: must be between 1 and 2147483647, inclusive",
                "spec.activeDeadlineSeconds: Invalid value: -1: must be between 0 and 2147483647, inclusive",
            ],
        ),
        (
            "no deadline",
            json!({"spec": {"activeDeadlineSeconds": null}}),
            vec![
                "spec.activeDeadlineSeconds: Invalid value: \"null\": must not update from a positive integer to nil value",
            ],
        ),
        (
            "one more toleration",
            longer(json!({"key": "k", "operator": "Exists"})),
            vec![],
        ),
        (
            "fewer tolerations",
            json!({"spec": {"tolerations": []}}),
            vec![
                "spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds",
            ],
        ),
        (
            "one more container",
            json!({"spec": {"containers": [{"name": "c", "image": "i"}, {"name": "d", "image": "i"}]}}),
            vec!["spec.containers: Forbidden: pod updates may not add or remove containers"],
        ),
    ];
    for (why, patch, want) in rows {
        assert_eq!(update_errors(&old, &patch, Update::Main), want, "{why}");
    }
    let moved = update_errors(&old, &json!({"spec": {"nodeName": "n"}}), Update::Main).concat();
    let mut lines = moved.lines();
    assert_eq!(
        lines.next(),
        Some(
            "spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
        )
    );
    let changed: Vec<&str> = lines.filter(|line| line.starts_with(['-', '+'])).collect();
    assert_eq!(changed, ["- \"NodeName\": \"\",", "+ \"NodeName\": \"n\","]);
}

#[test]
fn pod_01_status_keeps_what_the_writer_leaves_out() {
    let mut old: Pod = created(body(json!({})));
    let status = json!({"qosClass": "BestEffort", "observedGeneration": 2, "conditions": [{"type": "Ready", "status": "False", "observedGeneration": 2}]});
    old.status = Some(serde_json::from_value(status).expect("a status"));
    let patch = json!({"spec": {"nodeName": "n"}, "metadata": {"ownerReferences": [{"apiVersion": "v1", "kind": "K", "name": "n", "uid": "x"}]},
        "status": {"observedGeneration": null, "qosClass": null, "conditions": [{"type": "Ready", "status": "True"}]}});
    let new = updated(&old, &patch, Update::Status);
    assert_eq!(
        (&new.spec, &new.metadata.owner_references),
        (&old.spec, &None)
    );
    let status = serde_json::to_value(new.status).expect("JSON");
    let condition = json!([{"type": "Ready", "status": "True", "observedGeneration": 2}]);
    assert_eq!(
        status,
        json!({"qosClass": "BestEffort", "observedGeneration": 2, "conditions": condition})
    );
    let conditions = json!([{"type": "a b", "status": "True", "observedGeneration": -1}]);
    let wrong = json!({"status": {"conditions": conditions, "observedGeneration": -2}});
    let found = update_errors(&old, &wrong, Update::Status);
    assert_eq!(
        (found[0].as_str(), found[2].as_str()),
        (
            "status.conditions[0].observedGeneration: Invalid value: -1: must be a non-negative integer",
            "status.observedGeneration: Invalid value: -2: must be a non-negative integer"
        )
    );
    assert!(
        found[1].starts_with("status.conditions[0].Type: Invalid value: \"a b\": name part must"),
        "{found:?}"
    );
    let class = json!({"status": {"qosClass": "Guaranteed"}});
    let want = "status.qosClass: Invalid value: \"Guaranteed\": field is immutable";
    assert_eq!(update_errors(&old, &class, Update::Status), [want]);
}

#[test]
fn what_a_whole_pod_asks_for_is_filled_in_and_counts() {
    let container = |cpu: &str| json!({"name": cpu, "image": "i", "resources": {"requests": {"cpu": cpu, "ephemeral-storage": "1Gi"}}});
    let containers = json!([container("1"), container("500m")]);
    let rows = [
        // the containers' sum, or the limit of what they say nothing of
        (
            json!({"limits": {"cpu": "4", "memory": "1Gi"}}),
            json!({"cpu": "1500m", "memory": "1Gi"}),
        ),
        (json!({"requests": {"cpu": "2"}}), json!({"cpu": "2"})),
        (
            json!({"limits": {"cpu": "4", "hugepages-2Mi": "4Mi"}}),
            json!({"cpu": "1500m", "hugepages-2Mi": "4Mi"}),
        ),
        (json!({}), Value::Null),
    ];
    for (resources, want) in rows {
        let spec = json!({"containers": containers, "resources": resources});
        let pod: Pod = created(body(json!({"spec": spec})));
        let spec = pod.spec.as_ref().expect("a specification");
        let whole = spec.resources.as_ref().expect("they are kept");
        assert_eq!(json!(whole.requests), want, "{resources}");
    }
    let whole = json!({"containers": containers, "resources": {"requests": {"cpu": "2"}}, "overhead": {"cpu": "250m"}});
    let pod: Pod = created(body(json!({"spec": whole})));
    let asked = crate::pod_requests::desired(&pod);
    assert_eq!((asked["cpu"], asked["ephemeral-storage"]), (2_250, 2 << 30));
}

#[test]
fn what_old_clients_say_is_brought_up_to_date() {
    let address = |status: Value| {
        let pod: Pod = crate::testing::read(body(json!({"status": status})));
        let status = serde_json::to_value(pod.status).expect("JSON");
        (status["podIP"].clone(), status["podIPs"].clone())
    };
    let one = |ip: &str| json!([{"ip": ip}]);
    let both = json!([{"ip": "1.1.1.1"}, {"ip": "fd00::1"}]);
    let rows = [
        (json!({}), Value::Null, Value::Null),
        (
            json!({"podIP": "1.1.1.1"}),
            json!("1.1.1.1"),
            one("1.1.1.1"),
        ),
        (json!({"podIPs": both}), json!("1.1.1.1"), both.clone()),
        (
            json!({"podIP": "1.1.1.1", "podIPs": both}),
            json!("1.1.1.1"),
            both.clone(),
        ),
        (
            json!({"podIP": "2.2.2.2", "podIPs": both}),
            json!("2.2.2.2"),
            one("2.2.2.2"),
        ),
    ];
    for (status, single, list) in rows {
        assert_eq!(address(status.clone()), (single, list), "{status}");
    }
    let old = json!({"pod.beta.kubernetes.io/init-containers": "[]", "pod.alpha.kubernetes.io/init-container-statuses": "[]"});
    let pod: Pod = crate::testing::read(body(json!({"metadata": {"annotations": old}})));
    assert_eq!(pod.metadata.annotations, None);
    let pod: Pod =
        crate::testing::read(body(json!({"spec": {"terminationGracePeriodSeconds": -5}})));
    let grace = pod
        .spec
        .and_then(|spec| spec.termination_grace_period_seconds);
    assert_eq!(grace, Some(1));
    let mut template = json!({"metadata": {"annotations": old}});
    template["metadata"]["annotations"]["kept"] = json!("yes");
    let mut template = serde_json::from_value(template).expect("a template");
    crate::pod_template::defaults::default_pod_template(&mut template);
    let annotations = template.metadata.and_then(|meta| meta.annotations);
    assert_eq!(json!(annotations), json!({"kept": "yes"}));
}

#[test]
fn pr_13_row_and_k_39_fields() {
    let mut pod: Pod = created(body(json!({"spec": {"nodeName": "n"}})));
    assert_eq!(
        row(&pod),
        [
            "p", "0/1", "Pending", "0", "5m", "<none>", "n", "<none>", "<none>"
        ]
    );
    let running = pod.print(crate::testing::now());
    assert!(running.conditions.is_empty(), "it is not finished");
    let status = json!({"phase": "Succeeded", "podIP": "1.2.3.4", "podIPs": [{"ip": "1.2.3.4"}, {"ip": "2001:db8::"}]});
    pod.status = Some(serde_json::from_value(status).expect("a status"));
    assert_eq!(row(&pod)[5], "1.2.3.4", "the first");
    let printed = pod.print(crate::testing::now());
    let completed = |reason: &str, message: &str| json!([{"type": "Completed", "status": "True", "reason": reason, "message": message}]);
    assert_eq!(
        json!(printed.conditions),
        completed("Succeeded", "The pod has completed successfully.")
    );
    let fields = [
        ("spec.nodeName", "n"),
        ("spec.host", "n"),
        ("spec.restartPolicy", "Always"),
        ("spec.schedulerName", "default-scheduler"),
        ("spec.serviceAccountName", "default"),
        ("spec.hostNetwork", "false"),
        ("status.phase", "Succeeded"),
        ("status.podIP", "1.2.3.4"),
        ("status.podIPs", ""),
        ("status.nominatedNodeName", ""),
    ];
    assert_eq!(fields.map(|(label, _)| label), Pod::field_labels());
    assert_eq!(
        pod.fields(),
        fields.map(|(label, value)| (label, value.to_owned()))
    );
    let gates = json!({"spec": {"readinessGates": [{"conditionType": "a"}, {"conditionType": "b"}, {"conditionType": "c"}]}});
    let mut gated: Pod = created(body(gates));
    let status = json!({"phase": "Failed", "nominatedNodeName": "m", "conditions": [{"type": "a", "status": "True"}, {"type": "b", "status": "False"}]});
    gated.status = Some(serde_json::from_value(status).expect("a status"));
    assert_eq!(row(&gated)[7..], ["m", "1/3"]);
    let printed = gated.print(crate::testing::now());
    assert_eq!(
        json!(printed.conditions),
        completed("Failed", "The pod failed.")
    );
}

#[test]
fn a_gated_pod_may_be_held_to_fewer_nodes_only() {
    let term =
        |expressions: Value| json!({"nodeSelectorTerms": [{"matchExpressions": expressions}]});
    let affinity = |required: Value| json!({"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}});
    let is = |key: &str| json!({"key": key, "operator": "Exists"});
    let held = json!({"spec": {
        "schedulingGates": [{"name": "a.b/c"}], "nodeSelector": {"a": "b"}, "affinity": affinity(term(json!([is("a")]))),
    }});
    let old: Pod = created(body(held));
    let terms = "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms";
    let rows = [
        (json!({"nodeSelector": {"a": "b", "c": "d"}}), String::new()),
        (
            json!({"nodeSelector": {"a": "c"}}),
            "spec.nodeSelector: Invalid value: {\"a\":\"c\"}: only additions to spec.nodeSelector are allowed (no mutations or deletions)".to_owned(),
        ),
        (json!({"affinity": affinity(term(json!([is("a"), is("b")])))}), String::new()),
        (
            json!({"affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [
                {"weight": 1, "preference": {"matchExpressions": [is("p")]}},
            ]}}}),
            String::new(),
        ),
        (
            json!({"affinity": affinity(term(json!([is("b"), is("a")])))}),
            format!("{terms}[0]: Invalid value: {{\"MatchExpressions\":[{{\"Key\":\"b\",\"Operator\":\"Exists\",\"Values\":null}},{{\"Key\":\"a\",\"Operator\":\"Exists\",\"Values\":null}}],\"MatchFields\":null}}: only additions are allowed (no mutations or deletions)"),
        ),
        (
            json!({"affinity": null}),
            format!("{terms}: Invalid value: null: no additions/deletions to non-empty NodeSelectorTerms list are allowed"),
        ),
    ];
    for (spec, want) in rows {
        let told = update_errors(&old, &json!({"spec": spec}), Update::Main);
        assert_eq!(told.join("; "), want, "{spec}");
    }
    let free: Pod = created(body(
        json!({"spec": {"schedulingGates": [{"name": "a.b/c"}]}}),
    ));
    let first = json!({"spec": {"affinity": affinity(term(json!([is("a")])))}});
    assert_eq!(
        update_errors(&free, &first, Update::Main),
        Vec::<String>::new()
    );
    let ungated: Pod = created(body(json!({})));
    let told = update_errors(&ungated, &first, Update::Main);
    assert!(
        told[0].starts_with("spec: Forbidden: pod updates may not"),
        "{told:?}"
    );
}

#[test]
fn keys_of_labels_become_part_of_selectors() {
    let selector = json!({"matchLabels": {"a": "b"}});
    let term = json!({"topologyKey": "t", "labelSelector": selector, "matchLabelKeys": ["v", "absent"], "mismatchLabelKeys": ["w"]});
    let pod: Pod = created(body(json!({
        "metadata": {"labels": {"v": "1", "w": "2"}},
        "spec": {
            "affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}},
            "topologySpreadConstraints": [
                {"maxSkew": 1, "topologyKey": "t", "whenUnsatisfiable": "DoNotSchedule", "labelSelector": selector, "matchLabelKeys": ["v"]},
                {"maxSkew": 1, "topologyKey": "u", "whenUnsatisfiable": "DoNotSchedule", "matchLabelKeys": ["v"]},
            ],
        },
    })));
    let spec = serde_json::to_value(pod.spec).expect("JSON");
    let v = json!({"key": "v", "operator": "In", "values": ["1"]});
    let w = json!({"key": "w", "operator": "NotIn", "values": ["2"]});
    assert_eq!(
        spec["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"][0]["labelSelector"]
            ["matchExpressions"],
        json!([v, w])
    );
    let spread = &spec["topologySpreadConstraints"];
    assert_eq!(spread[0]["labelSelector"]["matchExpressions"], json!([v]));
    assert_eq!(
        spread[1]["labelSelector"],
        Value::Null,
        "what matches nothing stays so"
    );
}

#[test]
fn an_annotation_of_app_armor_becomes_the_field() {
    const KEY: &str = "container.apparmor.security.beta.kubernetes.io/c";
    let rows = [
        (
            "runtime/default",
            json!({}),
            json!({"type": "RuntimeDefault"}),
            1,
        ),
        (
            "localhost/p",
            json!({}),
            json!({"type": "Localhost", "localhostProfile": "p"}),
            1,
        ),
        ("localhost/", json!({}), Value::Null, 1),
        ("unconfined", json!({"type": "Unconfined"}), Value::Null, 0),
        (
            "runtime/default",
            json!({"type": "Unconfined"}),
            json!({"type": "RuntimeDefault"}),
            1,
        ),
    ];
    for (annotation, of_pod, want, warnings) in rows {
        let mut change = json!({"metadata": {"annotations": {KEY: annotation}}});
        if of_pod != json!({}) {
            change["spec"] = json!({"securityContext": {"appArmorProfile": of_pod}});
        }
        let mut pod: Pod = created(body(change));
        assert_eq!(pod.warnings(None).len(), warnings, "{annotation} {of_pod}");
        pod.complete_create();
        let spec = serde_json::to_value(&pod.spec).expect("JSON");
        assert_eq!(
            spec["containers"][0]["securityContext"]["appArmorProfile"], want,
            "{annotation} {of_pod}"
        );
    }
    let old: Pod = created(body(
        json!({"metadata": {"annotations": {KEY: "unconfined"}}}),
    ));
    let changed = json!({"metadata": {"annotations": {KEY: "runtime/default"}}});
    assert_eq!(
        update_errors(&old, &changed, Update::Main),
        [format!(
            "metadata.annotations[{KEY}]: Forbidden: may not remove or update AppArmor annotations"
        )]
    );
}
