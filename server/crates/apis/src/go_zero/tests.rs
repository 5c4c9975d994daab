use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Event, Node, Pod, Service};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::AsGo;

/// What is written of a body of that type, apart from apiVersion, kind and metadata.
fn written<T: Serialize + DeserializeOwned>(body: Value) -> Value {
    let object: T = serde_json::from_value(body).expect("a body of the type");
    let mut value = serde_json::to_value(AsGo(&object)).expect("plain data");
    let map = value.as_object_mut().expect("an object");
    map.retain(|key, _| !matches!(key.as_str(), "apiVersion" | "kind" | "metadata"));
    value
}

/// Each row was printed by `kubectl set image --local` 1.36, which encodes k8s.io/api's types.
#[test]
fn ds_48_structs_by_value_are_written_when_empty() {
    let state = json!({"name": "c", "image": "a", "imageID": "x", "ready": true, "restartCount": 0,
        "state": {"running": {}}, "lastState": {"terminated": {"exitCode": 1}}});
    let pod = json!({"status": {"conditions": [{"type": "Ready", "status": "True"}], "containerStatuses": [state]}});
    assert_eq!(
        written::<Pod>(pod)["status"],
        json!({
            "conditions": [{"type": "Ready", "status": "True", "lastProbeTime": null, "lastTransitionTime": null}],
            "containerStatuses": [{"name": "c", "image": "a", "imageID": "x", "ready": true, "restartCount": 0,
                "state": {"running": {"startedAt": null}},
                "lastState": {"terminated": {"exitCode": 1, "startedAt": null, "finishedAt": null}}}],
        })
    );
    let conditions = json!({"status": {"conditions": [{"type": "Complete", "status": "True"}]}});
    assert_eq!(
        written::<Job>(conditions)["status"]["conditions"][0],
        json!({"type": "Complete", "status": "True", "lastProbeTime": null, "lastTransitionTime": null})
    );
    let event = json!({"metadata": {}, "involvedObject": {}, "reason": "x"});
    assert_eq!(
        written::<Event>(event),
        json!({"involvedObject": {}, "reason": "x", "eventTime": null, "firstTimestamp": null,
            "lastTimestamp": null, "reportingComponent": "", "reportingInstance": "", "source": {}})
    );
    let node = json!({"status": {"daemonEndpoints": {}}});
    let endpoint = json!({"daemonEndpoints": {"kubeletEndpoint": {"Port": 0}}});
    assert_eq!(written::<Node>(node)["status"], endpoint);
    assert_eq!(
        written::<Service>(json!({"status": {}}))["status"],
        json!({"loadBalancer": {}})
    );
}

#[test]
fn ds_48_numbers_and_flags_by_value_are_left_out_when_zero() {
    let template = json!({"spec": {
        "hostNetwork": false, "hostPID": true, "shareProcessNamespace": false,
        "containers": [{
            "name": "c", "stdin": false, "tty": true,
            "ports": [{"containerPort": 80, "hostPort": 0}],
            "volumeMounts": [{"name": "v", "mountPath": "/v", "readOnly": false}],
            "livenessProbe": {"initialDelaySeconds": 0, "periodSeconds": 3},
        }],
    }});
    let set = json!({"spec": {"minReadySeconds": 0, "selector": {}, "template": template}});
    assert_eq!(
        written::<DaemonSet>(set)["spec"],
        json!({"selector": {}, "template": {"spec": {
            "hostPID": true, "shareProcessNamespace": false,
            "containers": [{
                "name": "c", "tty": true, "ports": [{"containerPort": 80}],
                "volumeMounts": [{"name": "v", "mountPath": "/v"}],
                "livenessProbe": {"periodSeconds": 3},
            }],
        }}}),
        "what Go has by pointer stays as it was said"
    );
}

/// As the rows above.
#[test]
fn ds_48_texts_by_value_are_left_out_when_empty() {
    let claim = |source: Value| json!({"accessModes": ["ReadWriteOnce"], "dataSource": source, "resources": {}});
    let claim = |source| json!({"name": "e", "ephemeral": {"volumeClaimTemplate": {"spec": claim(source)}}});
    let template = json!({"spec": {
        "hostname": "", "runtimeClassName": "",
        "dnsConfig": {"options": [{"name": "debug", "value": ""}]},
        "tolerations": [{"key": "a", "operator": "Exists", "value": "", "effect": ""}],
        "containers": [{
            "name": "c", "workingDir": "", "restartPolicy": "",
            "env": [
                {"name": "A", "value": ""},
                {"name": "B", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu"}}},
            ],
            "ports": [{"containerPort": 80, "name": ""}],
            "livenessProbe": {"httpGet": {"port": 80, "host": ""}},
        }],
        "volumes": [
            {"name": "a", "nfs": {"server": "s", "path": "/p", "readOnly": false}},
            {"name": "b", "csi": {"driver": "d", "readOnly": false}},
            {"name": "c", "hostPath": {"path": "/p", "type": ""}},
            {"name": "d", "projected": {"sources": [{"serviceAccountToken": {"path": "p", "audience": ""}}]}},
            claim(json!({"kind": "k", "name": "n"})),
        ],
    }});
    let set = json!({"spec": {"selector": {}, "template": template}});
    let source = json!({"apiGroup": null, "kind": "k", "name": "n"});
    assert_eq!(
        written::<DaemonSet>(set)["spec"]["template"]["spec"],
        json!({
            "runtimeClassName": "",
            "dnsConfig": {"options": [{"name": "debug", "value": ""}]},
            "tolerations": [{"key": "a", "operator": "Exists"}],
            "containers": [{
                "name": "c", "restartPolicy": "",
                "env": [
                    {"name": "A"},
                    {"name": "B", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "0"}}},
                ],
                "ports": [{"containerPort": 80}],
                "livenessProbe": {"httpGet": {"port": 80}},
            }],
            "volumes": [
                {"name": "a", "nfs": {"server": "s", "path": "/p"}},
                {"name": "b", "csi": {"driver": "d", "readOnly": false}},
                {"name": "c", "hostPath": {"path": "/p", "type": ""}},
                {"name": "d", "projected": {"sources": [{"serviceAccountToken": {"path": "p"}}]}},
                claim(source),
            ],
        }),
        "what Go has by pointer stays as it was said"
    );
}
