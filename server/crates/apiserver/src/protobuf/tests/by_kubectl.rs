//! Bodies as kubectl 1.33 sends them, which Go's encoder made: ours makes the same of the same objects.

use serde_json::{Value, json};

use super::encode;

#[test]
fn k_05_is_byte_for_byte_what_go_writes() {
    let rows: [(Value, &[u8]); 4] = [
        (
            json!({
                "kind": "CronJob", "apiVersion": "batch/v1",
                "metadata": {"name": "e2", "creationTimestamp": null},
                "spec": {"schedule": "* * * * *", "jobTemplate": {
                    "metadata": {"name": "e2", "creationTimestamp": null},
                    "spec": {"template": {
                        "metadata": {"creationTimestamp": null},
                        "spec": {
                            "containers": [{"name": "e2", "image": "busybox", "resources": {}}],
                            "restartPolicy": "OnFailure",
                        },
                    }},
                }},
                "status": {},
            }),
            b"k8s\x00\x0a\x13\x0a\x08batch/v1\x12\x07CronJob\x12\x9c\x01\
            \x0a\x12\x0a\x02e2\x12\x00\x1a\x00\x22\x00*\x002\x008\x00B\x00\
            \x12\x83\x01\x0a\x09* * * * *\x1a\x00*t\
            \x0a\x12\x0a\x02e2\x12\x00\x1a\x00\x22\x00*\x002\x008\x00B\x00\
            \x12^2\x5c\x0a\x10\x0a\x00\x12\x00\x1a\x00\x22\x00*\x002\x008\x00B\x00\
            \x12H\x12!\x0a\x02e2\x12\x07busybox*\x00B\x00j\x00r\x00\x80\x01\x00\x88\x01\x00\x90\x01\x00\xa2\x01\x00\
            \x1a\x09OnFailure2\x00B\x00J\x00R\x00X\x00`\x00h\x00\x82\x01\x00\x8a\x01\x00\x9a\x01\x00\xc2\x01\x00\
            \x1a\x00\x1a\x00\x22\x00",
        ),
        (
            json!({
                "kind": "PodDisruptionBudget", "apiVersion": "policy/v1",
                "metadata": {"name": "e6", "creationTimestamp": null},
                "spec": {"minAvailable": "50%", "selector": {"matchLabels": {"a": "b"}}},
                "status": {"disruptionsAllowed": 0, "currentHealthy": 0, "desiredHealthy": 0, "expectedPods": 0},
            }),
            b"k8s\x00\x0a \x0a\x09policy/v1\x12\x13PodDisruptionBudget\x127\
            \x0a\x12\x0a\x02e6\x12\x00\x1a\x00\x22\x00*\x002\x008\x00B\x00\
            \x12\x15\x0a\x09\x08\x01\x10\x00\x1a\x0350%\x12\x08\x0a\x06\x0a\x01a\x12\x01b\
            \x1a\x0a\x08\x00\x18\x00 \x00(\x000\x00\x1a\x00\x22\x00",
        ),
        (
            json!({
                "kind": "Service", "apiVersion": "v1",
                "metadata": {"name": "e5", "creationTimestamp": null, "labels": {"app": "e5"}},
                "spec": {
                    "ports": [{"name": "80-8080", "protocol": "TCP", "port": 80, "targetPort": 8080}],
                    "selector": {"app": "e5"}, "type": "ClusterIP",
                },
                "status": {"loadBalancer": {}},
            }),
            b"k8s\x00\x0a\x0d\x0a\x02v1\x12\x07Service\x12f\
            \x0a\x1d\x0a\x02e5\x12\x00\x1a\x00\x22\x00*\x002\x008\x00B\x00Z\x09\x0a\x03app\x12\x02e5\
            \x12A\x0a\x1b\x0a\x0780-8080\x12\x03TCP\x18P\x22\x07\x08\x00\x10\x90?\x1a\x00(\x00\
            \x12\x09\x0a\x03app\x12\x02e5\x1a\x00\x22\x09ClusterIP:\x00B\x00R\x00Z\x00`\x00h\x00\
            \x1a\x02\x0a\x00\x1a\x00\x22\x00",
        ),
        (
            json!({
                "kind": "Secret", "apiVersion": "v1",
                "metadata": {"name": "e4", "creationTimestamp": null},
                "data": {"a": "Mg==", "b": "MQ=="},
            }),
            b"k8s\x00\x0a\x0c\x0a\x02v1\x12\x06Secret\x12&\
            \x0a\x12\x0a\x02e4\x12\x00\x1a\x00\x22\x00*\x002\x008\x00B\x00\
            \x12\x06\x0a\x01a\x12\x012\x12\x06\x0a\x01b\x12\x011\x1a\x00\x1a\x00\x22\x00",
        ),
    ];
    for (object, bytes) in rows {
        assert_eq!(encode(&object), bytes, "{object}");
    }
}
