//! What is written: objects of the size that real ones have.

use serde_json::json;

/// A ConfigMap of about 1.5 kB once stored.
pub fn config_map(name: &str) -> String {
    json!({"metadata": {"name": name}, "data": {"text": "x".repeat(1_200)}}).to_string()
}

/// A ConfigMap of about 500 bytes once stored.
pub fn small(name: &str) -> String {
    json!({"metadata": {"name": name}, "data": {"text": "x".repeat(250)}}).to_string()
}

/// Names that sort as their numbers do.
pub fn pod_name(number: usize) -> String {
    format!("idle-{number:06}")
}

/// A pod that nobody runs: another scheduler is to place it.
pub fn pod(name: &str) -> String {
    json!({
        "metadata": {"name": name, "labels": {"app": "load", "tier": "idle"}},
        "spec": {
            "schedulerName": "nobody",
            "containers": [{
                "name": "main", "image": "busybox", "command": ["sleep", "1000000"],
                "env": [{"name": "TEXT", "value": "x".repeat(400)}],
                "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}},
            }],
        },
    })
    .to_string()
}

/// A Job whose pods end at once.
pub fn job(name: &str, pods: usize) -> String {
    json!({
        "metadata": {"name": name},
        "spec": {
            "completions": pods, "parallelism": pods,
            "template": {
                // read only where pods are scripted
                "metadata": {"annotations": {"sim.orrery.dev/run-seconds": "0"}},
                "spec": {
                    "restartPolicy": "Never",
                    "containers": [{"name": "main", "image": "busybox", "command": ["true"]}],
                },
            },
        },
    })
    .to_string()
}
