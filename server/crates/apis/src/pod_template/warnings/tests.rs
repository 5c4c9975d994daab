use k8s_openapi::api::core::v1::PodTemplateSpec;
use serde_json::{Value, json};

use super::{pod_warnings, template_warnings};
use crate::meta::label_value_errors;
use crate::pod_template::defaults::default_pod_template;

fn template(annotations: Value, spec: Value) -> PodTemplateSpec {
    let value = json!({"metadata": {"annotations": annotations}, "spec": spec});
    let mut template: PodTemplateSpec = serde_json::from_value(value).expect("a template");
    default_pod_template(&mut template);
    template
}

fn told(annotations: Value, mut spec: Value) -> Vec<String> {
    if spec.get("containers").is_none() {
        spec["containers"] = json!([{"name": "c", "image": "i"}]);
    }
    template_warnings(&template(annotations, spec), "t")
}

fn of_container(fields: Value) -> Vec<String> {
    let mut container = json!({"name": "c", "image": "i"});
    for (key, value) in fields.as_object().expect("an object") {
        container[key] = value.clone();
    }
    told(json!({}), json!({"containers": [container]}))
}

#[test]
fn specifications() {
    let old = "deprecated since v1.17; use \"topology.kubernetes.io/zone\" instead";
    let zone = "failure-domain.beta.kubernetes.io/zone";
    let rows = [
        ("nothing", json!({}), vec![]),
        (
            "an old label, wherever it is",
            json!({
                "nodeSelector": {zone: "z"},
                "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchExpressions": [{"key": zone, "operator": "Exists"}]}]}}},
                "topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": zone, "whenUnsatisfiable": "DoNotSchedule"}],
            }),
            vec![
                format!("t.spec.nodeSelector[{zone}]: {old}"),
                format!(
                    "t.spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].key: {zone} is {old}"
                ),
                format!("t.spec.topologySpreadConstraints[0].topologyKey: {zone} is {old}"),
                "t.spec.topologySpreadConstraints[0].labelSelector: a null labelSelector results in matching no pod".to_owned(),
            ],
        ),
        (
            "what used to be a master, and values that no label has",
            json!({
                "nodeSelector": {"node-role.kubernetes.io/master": ""},
                "affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [
                    {"weight": 1, "preference": {"matchExpressions": [{"key": "k", "operator": "In", "values": ["v", "-v"]}]}},
                ]}},
            }),
            vec![
                "t.spec.nodeSelector[node-role.kubernetes.io/master]: use \"node-role.kubernetes.io/control-plane\" instead".to_owned(),
                format!(
                    "t.spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].preference.matchExpressions[0].values[1]: -v is invalid, {}",
                    label_value_errors("-v")[0]
                ),
            ],
        ),
        (
            "terms that match nobody",
            json!({"affinity": {
                "podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": "k"}]},
                "podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1, "podAffinityTerm": {"topologyKey": "k"}}]},
            }}),
            vec![
                "t.spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].labelSelector: a null labelSelector results in matching no pod".to_owned(),
                "t.spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].podAffinityTerm.labelSelector: a null labelSelector results in matching no pod".to_owned(),
            ],
        ),
        (
            "volumes of old",
            json!({"volumes": [{"name": "g", "gitRepo": {"repository": "r"}}]}),
            vec!["t.spec.volumes[0].gitRepo: deprecated in v1.11, and disabled by default in v1.33+".to_owned()],
        ),
        (
            "a file in the place of a token",
            json!({"volumes": [{"name": "p", "projected": {"sources": [
                {"serviceAccountToken": {"path": "token"}},
                {"secret": {"name": "s", "items": [{"key": "k", "path": "token"}]}},
            ]}}]}),
            vec![
                "volume \"p\" (Projected): overlapping paths: \"token\" (Secret \"s\") with \"token\" (ServiceAccountToken)".to_owned(),
            ],
        ),
        (
            "files in one another's place",
            json!({"volumes": [
                {"name": "c", "configMap": {"name": "m", "items": [{"key": "k", "path": "a"}, {"key": "l", "path": "a/b"}, {"key": "l", "path": "ab"}]}},
                {"name": "d", "downwardAPI": {"items": [{"path": "a"}, {"path": "a/"}]}},
                {"name": "q", "projected": {"sources": [
                    {"configMap": {"name": "m", "items": [{"key": "k", "path": "a/b"}, {"key": "l", "path": "a"}]}},
                    {"configMap": {"name": "n"}},
                    {},
                ]}},
            ]}),
            vec![
                "volume \"c\" (ConfigMap \"m\"): overlapping paths: \"a/b\" with \"a\"".to_owned(),
                "volume \"d\" (DownwardAPI): overlapping paths: \"a\" with \"a\"".to_owned(),
                "volume \"q\" (Projected) has no sources provided".to_owned(),
                "volume \"q\" (Projected): overlapping paths: \"a\" (ConfigMap \"m\") with \"a/b\" (ConfigMap \"m\")".to_owned(),
            ],
        ),
        (
            "names said twice, and not at all",
            json!({
                "hostAliases": [{"ip": "1.1.1.1"}, {"ip": "1.1.1.1"}],
                "imagePullSecrets": [{"name": "s"}, {"name": "s"}, {"name": ""}],
            }),
            vec![
                "t.spec.hostAliases[1].ip: duplicate ip \"1.1.1.1\"".to_owned(),
                "t.spec.imagePullSecrets[1].name: duplicate name \"s\"".to_owned(),
                "t.spec.imagePullSecrets[2].name: invalid empty name \"\"".to_owned(),
            ],
        ),
        (
            "addresses that are written otherwise than usual, and parts of bytes",
            json!({
                "hostAliases": [{"ip": "FE80::1"}],
                "dnsConfig": {"nameservers": ["10.0.0.1", "fe80:0::1"]},
                "volumes": [{"name": "e", "ephemeral": {"volumeClaimTemplate": {"spec": {"resources": {"requests": {"storage": "1500m"}}}}}}],
            }),
            vec![
                "t.spec.volumes[0].ephemeral.volumeClaimTemplate.spec.resources.requests[storage]: fractional byte value \"1500m\" is invalid, must be an integer".to_owned(),
                "t.spec.dnsConfig.nameservers[1]: IPv6 address \"fe80:0::1\" should be in RFC 5952 canonical format (\"fe80::1\")".to_owned(),
                "t.spec.hostAliases[0].ip: IPv6 address \"FE80::1\" should be in RFC 5952 canonical format (\"fe80::1\")".to_owned(),
            ],
        ),
        (
            "one name for two ports",
            json!({"containers": [
                {"name": "a", "image": "i", "ports": [{"name": "p", "containerPort": 80}, {"containerPort": 82}]},
                {"name": "b", "image": "i", "ports": [{"name": "p", "containerPort": 81}, {"containerPort": 83}]},
            ]}),
            vec![
                "t.spec.containers[1].ports[0]: duplicate port name \"p\" with t.spec.containers[0].ports[0], services and probes that select ports by name will use t.spec.containers[0].ports[0]".to_owned(),
            ],
        ),
        (
            "less grace than none",
            json!({"terminationGracePeriodSeconds": -1}),
            vec![
                "t.spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1".to_owned(),
            ],
        ),
    ];
    for (why, spec, want) in rows {
        assert_eq!(told(json!({}), spec), want, "{why}");
    }
}

#[test]
fn annotations() {
    let old = json!({
        "scheduler.alpha.kubernetes.io/critical-pod": "",
        "seccomp.security.alpha.kubernetes.io/pod": "unconfined",
        "container.seccomp.security.alpha.kubernetes.io/c": "unconfined",
        "container.apparmor.security.beta.kubernetes.io/c": "unconfined",
    });
    let at = |key: &str, why: &str| format!("t.metadata.annotations[{key}]: {why}");
    let seccomp = "non-functional in v1.27+; use the \"seccompProfile\" field instead";
    assert_eq!(
        told(old.clone(), json!({})),
        [
            at(
                "scheduler.alpha.kubernetes.io/critical-pod",
                "non-functional in v1.16+; use the \"priorityClassName\" field instead"
            ),
            at("seccomp.security.alpha.kubernetes.io/pod", seccomp),
            at("container.seccomp.security.alpha.kubernetes.io/c", seccomp),
            at(
                "container.apparmor.security.beta.kubernetes.io/c",
                "deprecated since v1.30; use the \"appArmorProfile\" field instead"
            ),
        ]
    );
    let template = template(old, json!({"containers": [{"name": "c", "image": "i"}]}));
    let of_pod = pod_warnings(
        &template.metadata.expect("metadata"),
        &template.spec.expect("a spec"),
    );
    assert!(
        of_pod[0].starts_with("metadata.annotations[scheduler.alpha"),
        "{of_pod:?}"
    );
}

#[test]
fn containers() {
    let rows = [
        (
            "parts of bytes",
            json!({"resources": {"limits": {"memory": "1500m"}, "requests": {"memory": "500m", "cpu": "500m"}}}),
            vec![
                "t.spec.containers[0].resources.limits[memory]: fractional byte value \"1500m\" is invalid, must be an integer",
                "t.spec.containers[0].resources.requests[memory]: fractional byte value \"500m\" is invalid, must be an integer",
            ],
        ),
        (
            "variables that hide others",
            json!({"env": [
                {"name": "A", "value": "1"}, {"name": "A", "value": "$(A):2"}, {"name": "A", "value": "$(A)"},
                {"name": "A", "value": "3"}, {"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
            ]}),
            vec![
                "t.spec.containers[0].env[2]: hides previous definition of \"A\", which may be dropped when using apply",
                "t.spec.containers[0].env[3]: hides previous definition of \"A\", which may be dropped when using apply",
                "t.spec.containers[0].env[4]: hides previous definition of \"A\", which may be dropped when using apply",
            ],
        ),
        (
            "ports",
            json!({"ports": [
                {"containerPort": 80}, {"containerPort": 80}, {"containerPort": 80, "hostPort": 8080},
                {"containerPort": 81, "hostPort": 9, "hostIP": "127.0.0.1"}, {"containerPort": 81, "hostPort": 9},
                {"containerPort": 82, "hostIP": "127.0.0.1"},
            ]}),
            vec![
                "t.spec.containers[0].ports[1]: duplicate port definition with t.spec.containers[0].ports[0]",
                "t.spec.containers[0].ports[2]: overlapping port definition with t.spec.containers[0].ports[0]",
                "t.spec.containers[0].ports[2]: overlapping port definition with t.spec.containers[0].ports[1]",
                "t.spec.containers[0].ports[4]: dangerously ambiguous port definition with t.spec.containers[0].ports[3]",
                "t.spec.containers[0].ports[5]: hostIP set without hostPort: {Name: HostPort:0 ContainerPort:82 Protocol:TCP HostIP:127.0.0.1}",
            ],
        ),
    ];
    for (why, fields, want) in rows {
        assert_eq!(of_container(fields), want, "{why}");
    }
}

/// Each pair has its text upstream: of as many as a body can hold, no memory has room for them.
#[test]
fn no_more_is_told_of_pairs_than_is_read() {
    let ports = vec![json!({"containerPort": 80}); 20_000];
    let of_ports = of_container(json!({"ports": ports}));
    assert_eq!(of_ports.len(), 100);
    assert_eq!(
        of_ports[99],
        "t.spec.containers[0].ports[14]: duplicate port definition with t.spec.containers[0].ports[8]"
    );
    let items = vec![json!({"key": "k", "path": "a/b"}); 20_000];
    let volume = json!({"name": "v", "configMap": {"name": "m", "items": items}});
    let of_files = told(json!({}), json!({"volumes": [volume]}));
    assert_eq!(
        of_files,
        vec!["volume \"v\" (ConfigMap \"m\"): overlapping paths: \"a/b\" with \"a/b\""; 100]
    );
}

#[test]
fn files_overlap_by_whole_names() {
    let rows = [
        ("a", "a", true),
        ("a", "a/b", true),
        ("a/b/", "a/b/c", true),
        ("a", "ab", false),
        ("a/b", "a/c", false),
    ];
    for (one, other, overlaps) in rows {
        for (first, second) in [(one, other), (other, one)] {
            let items = json!([{"key": "k", "path": first}, {"key": "l", "path": second}]);
            let volume = json!({"name": "v", "configMap": {"name": "m", "items": items}});
            let found = told(json!({}), json!({"volumes": [volume]}));
            assert_eq!(found.len(), usize::from(overlaps), "{first} {second}");
        }
    }
}
