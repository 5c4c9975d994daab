use k8s_openapi::api::core::v1::PodTemplateSpec;
use serde_json::{Value, json};

use super::*;
use crate::pod_template::defaults::default_pod_template;

/// Errors of a defaulted template with one container, after `change` was laid over its spec.
fn errors(change: Value) -> Vec<String> {
    let mut spec = json!({"containers": [{"name": "a", "image": "i"}]});
    for (key, value) in change.as_object().expect("an object") {
        spec[key] = value.clone();
    }
    let mut template: PodTemplateSpec =
        serde_json::from_value(json!({"spec": spec})).expect("a template");
    default_pod_template(&mut template);
    validate_pod_template(&template, "t")
        .iter()
        .map(ToString::to_string)
        .collect()
}

/// Errors of its only container, without the path to it.
fn container_errors(change: Value) -> Vec<String> {
    let mut container = json!({"name": "a", "image": "i"});
    for (key, value) in change.as_object().expect("an object") {
        container[key] = value.clone();
    }
    let strip = |error: String| error.trim_start_matches("t.spec.containers[0].").to_owned();
    errors(json!({"containers": [container], "volumes": [{"name": "v"}]}))
        .into_iter()
        .map(strip)
        .collect()
}

#[test]
fn containers() {
    let rows = [
        ("fine", json!({}), vec![]),
        (
            "no image",
            json!({"image": ""}),
            vec!["image: Required value"],
        ),
        (
            "a wrong pull policy",
            json!({"imagePullPolicy": "Sometimes"}),
            vec![
                "imagePullPolicy: Unsupported value: \"Sometimes\": supported values: \"Always\", \"IfNotPresent\", \"Never\"",
            ],
        ),
        (
            "ports",
            json!({"ports": [{"containerPort": 0}, {"containerPort": 70000}, {"containerPort": 1, "protocol": "X"}]}),
            vec![
                "ports[0].containerPort: Required value",
                "ports[1].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive",
                "ports[2].protocol: Unsupported value: \"X\": supported values: \"SCTP\", \"TCP\", \"UDP\"",
            ],
        ),
        (
            "one name for two ports",
            json!({"ports": [{"containerPort": 1, "name": "p"}, {"containerPort": 2, "name": "p"}]}),
            vec!["ports[1].name: Duplicate value: \"p\""],
        ),
        (
            "one host port for two ports",
            json!({"ports": [{"containerPort": 1, "hostPort": 80}, {"containerPort": 2, "hostPort": 80}]}),
            vec!["ports[1].hostPort: Duplicate value: \"TCP//80\""],
        ),
        (
            "variables",
            json!({"env": [{"name": ""}, {"name": "a=b"}, {"name": "c", "value": "d", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}, {"name": "e", "valueFrom": {"fieldRef": {"fieldPath": "metadata.x"}}}, {"name": "f", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['k']"}}}]}),
            vec![
                "env[0].name: Required value",
                "env[1].name: Invalid value: \"a=b\": a valid environment variable name must consist only of printable ASCII characters other than '='",
                "env[2].valueFrom: Invalid value: \"\": may not be specified when `value` is not empty",
                "env[3].valueFrom.fieldRef.fieldPath: Invalid value: \"metadata.x\": error converting fieldPath: field label not supported: metadata.x",
            ],
        ),
        (
            "mounts",
            json!({"volumeMounts": [{"name": "v", "mountPath": "/m"}, {"name": "w", "mountPath": "/m", "subPath": "../x"}]}),
            vec![
                "volumeMounts[1].name: Not found: \"w\"",
                "volumeMounts[1].mountPath: Invalid value: \"/m\": must be unique",
                "volumeMounts[1].subPath: Invalid value: \"../x\": must not contain '..'",
            ],
        ),
        (
            "resources",
            json!({"resources": {"limits": {"cpu": "1", "gpu": "1"}, "requests": {"cpu": "2", "memory": "-1"}}}),
            vec![
                "resources.limits[gpu]: Invalid value: \"gpu\": must be a standard resource type or fully qualified",
                "resources.limits[gpu]: Invalid value: \"gpu\": must be a standard resource for containers",
                "resources.requests[memory]: Invalid value: \"-1\": must be greater than or equal to 0",
                "resources.requests: Invalid value: \"2\": must be less than or equal to cpu limit of 1",
            ],
        ),
        (
            "probes",
            json!({"livenessProbe": {}, "readinessProbe": {"exec": {"command": ["c"]}, "tcpSocket": {"port": 1}}, "startupProbe": {"exec": {"command": ["c"]}, "successThreshold": 2}}),
            vec![
                "livenessProbe: Required value: must specify a handler type",
                "readinessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type",
                "startupProbe.successThreshold: Invalid value: 2: must be 1",
            ],
        ),
        (
            "restart rules need a policy",
            json!({"restartPolicyRules": [{"action": "Restart", "exitCodes": {"operator": "In", "values": [1]}}]}),
            vec![
                "restartPolicy: Required value: must specify restartPolicy when restart rules are used",
            ],
        ),
    ];
    for (why, change, want) in rows {
        assert_eq!(container_errors(change), want, "{why}");
    }
}

#[test]
fn specifications() {
    let dup = json!([{"name": "a", "image": "i"}, {"name": "a", "image": "i"}]);
    let rows = [
        ("fine", json!({}), vec![]),
        (
            "no containers",
            json!({"containers": []}),
            vec!["t.spec.containers: Required value"],
        ),
        (
            "one name twice",
            json!({"containers": dup}),
            vec!["t.spec.containers[1].name: Duplicate value: \"a\""],
        ),
        (
            "one name in both lists",
            json!({"initContainers": [{"name": "a", "image": "i"}]}),
            vec!["t.spec.initContainers[0].name: Duplicate value: \"a\""],
        ),
        (
            "a probed init container",
            json!({"initContainers": [{"name": "b", "image": "i", "livenessProbe": {"exec": {"command": ["c"]}}}]}),
            vec![
                "t.spec.initContainers[0].livenessProbe: Forbidden: may not be set for init containers without restartPolicy=Always",
            ],
        ),
        (
            "a wrong restart policy",
            json!({"restartPolicy": "Perhaps"}),
            vec![
                "t.spec.restartPolicy: Unsupported value: \"Perhaps\": supported values: \"Always\", \"OnFailure\", \"Never\"",
            ],
        ),
        (
            "volumes",
            json!({"volumes": [{"name": "v"}, {"name": "v"}, {"name": "w", "emptyDir": {}, "hostPath": {"path": "/x"}}, {"name": "x", "configMap": {"defaultMode": 1000}}]}),
            vec![
                "t.spec.volumes[1].name: Duplicate value: \"v\"",
                "t.spec.volumes[2].hostPath: Forbidden: may not specify more than 1 volume type",
                "t.spec.volumes[3].configMap.name: Required value",
                "t.spec.volumes[3].configMap.defaultMode: Invalid value: 1000: must be a number between 0 and 0777 (octal), both inclusive",
            ],
        ),
        (
            "a deadline of nothing",
            json!({"activeDeadlineSeconds": 0}),
            vec![
                "t.spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive",
            ],
        ),
        (
            "tolerations",
            json!({"tolerations": [{"operator": "Equal"}, {"key": "k", "operator": "Exists", "tolerationSeconds": 5}]}),
            vec![
                "t.spec.tolerations[0].operator: Invalid value: \"Equal\": operator must be Exists when `key` is empty, which means \"match all values and all keys\"",
                "t.spec.tolerations[1].effect: Invalid value: \"\": effect must be 'NoExecute' when `tolerationSeconds` is set",
            ],
        ),
        (
            "node affinity",
            json!({"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": []}}}}),
            vec![
                "t.spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: Required value: must have at least one node selector term",
            ],
        ),
    ];
    for (why, change, want) in rows {
        assert_eq!(errors(change), want, "{why}");
    }
}
