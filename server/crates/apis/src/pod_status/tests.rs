use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod;
use serde_json::{Value, json};

use super::*;

fn pod(value: Value) -> Pod {
    serde_json::from_value(value).expect("a pod")
}

fn now() -> Timestamp {
    "2026-01-01T01:00:00Z".parse().expect("a time")
}

fn ready(name: &str) -> Value {
    json!({"name": name, "image": "i", "imageID": "", "ready": true, "restartCount": 0, "started": true, "state": {"running": {}}})
}

fn ended(name: &str, code: i32, reason: &str) -> Value {
    json!({"name": name, "image": "i", "imageID": "", "ready": false, "restartCount": 0, "state": {"terminated": {"exitCode": code, "reason": reason}}})
}

fn waiting(name: &str, reason: &str) -> Value {
    json!({"name": name, "image": "i", "imageID": "", "ready": false, "restartCount": 3, "state": {"waiting": {"reason": reason}},
        "lastState": {"terminated": {"exitCode": 1, "finishedAt": "2026-01-01T00:55:00Z"}}})
}

#[test]
fn pr_13_status_ladder() {
    let ready_condition = json!([{"type": "Ready", "status": "True"}]);
    let rows = [
        (
            "phase alone",
            json!({"status": {"phase": "Pending"}}),
            "Pending",
        ),
        (
            "evicted",
            json!({"status": {"phase": "Failed", "reason": "Evicted"}}),
            "Evicted",
        ),
        (
            "gated",
            json!({"status": {"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"}]}}),
            "SchedulingGated",
        ),
        (
            "an init container waits",
            json!({"spec": {"containers": [], "initContainers": [{"name": "a"}, {"name": "b"}]}, "status": {"phase": "Pending", "initContainerStatuses": [ended("a", 0, "Completed"), waiting("b", "PodInitializing")]}}),
            "Init:1/2",
        ),
        (
            "an init container crashes",
            json!({"status": {"phase": "Pending", "initContainerStatuses": [waiting("a", "CrashLoopBackOff")]}}),
            "Init:CrashLoopBackOff",
        ),
        (
            "an init container failed without a reason",
            json!({"status": {"phase": "Pending", "initContainerStatuses": [ended("a", 7, "")]}}),
            "Init:ExitCode:7",
        ),
        (
            "the first container has priority",
            json!({"status": {"phase": "Running", "containerStatuses": [waiting("a", "CrashLoopBackOff"), ended("b", 0, "Completed")]}}),
            "CrashLoopBackOff",
        ),
        (
            "completed beside a ready one, pod ready",
            json!({"status": {"phase": "Running", "conditions": ready_condition, "containerStatuses": [ended("a", 0, "Completed"), ready("b")]}}),
            "Running",
        ),
        (
            "completed beside a ready one, pod not ready",
            json!({"status": {"phase": "Running", "containerStatuses": [ended("a", 0, "Completed"), ready("b")]}}),
            "NotReady",
        ),
        (
            "completed and failed beside a ready one",
            json!({"status": {"phase": "Running", "containerStatuses": [ended("a", 0, "Completed"), ended("b", 1, "Error"), ready("c")]}}),
            "Error",
        ),
        (
            "deleted",
            json!({"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}, "status": {"phase": "Running"}}),
            "Terminating",
        ),
        (
            "deleted when finished",
            json!({"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}, "status": {"phase": "Succeeded", "containerStatuses": [ended("a", 0, "Completed")]}}),
            "Completed",
        ),
        (
            "deleted on a lost node",
            json!({"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}, "status": {"phase": "Running", "reason": "NodeLost"}}),
            "Unknown",
        ),
    ];
    for (why, value, want) in rows {
        assert_eq!(status_word(&pod(value)), want, "{why}");
    }
}

#[test]
fn pr_13_ready_and_restarts() {
    let rows = [
        (
            "running",
            json!({"spec": {"containers": [{"name": "a"}]}, "status": {"containerStatuses": [ready("a")]}}),
            (1, 1, "0"),
        ),
        (
            "a sidecar counts",
            json!({"spec": {"containers": [{"name": "a"}], "initContainers": [{"name": "s", "restartPolicy": "Always"}]},
                "status": {"initContainerStatuses": [ready("s")], "containerStatuses": [ready("a")]}}),
            (2, 2, "0"),
        ),
        (
            "restarts with their age",
            json!({"spec": {"containers": [{"name": "a"}]}, "status": {"containerStatuses": [waiting("a", "CrashLoopBackOff")]}}),
            (0, 1, "3 (5m ago)"),
        ),
        (
            "restarts while initializing",
            json!({"spec": {"containers": [{"name": "a"}], "initContainers": [{"name": "i"}]},
                "status": {"initContainerStatuses": [waiting("i", "CrashLoopBackOff")]}}),
            (0, 1, "3 (5m ago)"),
        ),
    ];
    for (why, value, (r, t, restarts)) in rows {
        let pod = pod(value);
        assert_eq!(
            (ready_containers(&pod), total_containers(&pod)),
            (r, t),
            "{why}"
        );
        assert_eq!(restarts_text(&pod, now()), restarts, "{why}");
    }
}

#[test]
fn ds_33_availability() {
    let at = |since: &str| {
        pod(
            json!({"status": {"conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": since}]}}),
        )
    };
    let rows = [
        ("ready long enough", "2026-01-01T00:59:50Z", 10, true),
        ("ready too short", "2026-01-01T00:59:51Z", 10, false),
        ("no minimum", "2026-01-01T01:00:00Z", 0, true),
    ];
    for (why, since, min, want) in rows {
        assert_eq!(is_available(&at(since), min, now()), want, "{why}");
    }
}
