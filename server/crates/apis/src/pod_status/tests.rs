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

fn killed(name: &str, signal: i32) -> Value {
    json!({"name": name, "image": "i", "imageID": "", "ready": false, "restartCount": 0, "state": {"terminated": {"exitCode": 128 + signal, "signal": signal}}})
}

fn starting(name: &str) -> Value {
    json!({"name": name, "image": "i", "imageID": "", "ready": false, "restartCount": 0, "started": false, "state": {"running": {}}})
}

/// A status that tells no state.
fn stateless(name: &str, ready: bool) -> Value {
    json!({"name": name, "image": "i", "imageID": "", "ready": ready, "restartCount": 0})
}

fn waiting(name: &str, reason: &str) -> Value {
    json!({"name": name, "image": "i", "imageID": "", "ready": false, "restartCount": 3, "state": {"waiting": {"reason": reason}},
        "lastState": {"terminated": {"exitCode": 1, "finishedAt": "2026-01-01T00:55:00Z"}}})
}

fn restarted(mut status: Value, times: i32, last: &str) -> Value {
    status["restartCount"] = json!(times);
    status["lastState"] = json!({"terminated": {"exitCode": 1, "finishedAt": last}});
    status
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
            "an init container failed with a reason",
            json!({"status": {"phase": "Pending", "initContainerStatuses": [ended("a", 1, "Error")]}}),
            "Init:Error",
        ),
        (
            "an init container was killed by a signal",
            json!({"status": {"phase": "Pending", "initContainerStatuses": [killed("a", 9)]}}),
            "Init:Signal:9",
        ),
        (
            "an init container's image cannot be pulled",
            json!({"status": {"phase": "Pending", "initContainerStatuses": [waiting("a", "ErrImagePull")]}}),
            "Init:ErrImagePull",
        ),
        (
            "what comes behind the first that is not done does not count",
            json!({"spec": {"containers": [], "initContainers": [{"name": "a"}, {"name": "b"}]}, "status": {"phase": "Pending", "initContainerStatuses": [ready("a"), waiting("b", "ErrImagePull")]}}),
            "Init:0/2",
        ),
        (
            "a started sidecar lets the next begin",
            json!({"spec": {"containers": [], "initContainers": [{"name": "s", "restartPolicy": "Always"}, {"name": "b"}]}, "status": {"phase": "Pending", "initContainerStatuses": [ready("s"), waiting("b", "PodInitializing")]}}),
            "Init:1/2",
        ),
        (
            "a sidecar that has not started does not",
            json!({"spec": {"containers": [], "initContainers": [{"name": "s", "restartPolicy": "Always"}, {"name": "b"}]}, "status": {"phase": "Pending", "initContainerStatuses": [starting("s"), waiting("b", "PodInitializing")]}}),
            "Init:0/2",
        ),
        (
            "initialized once, a sidecar down: the containers speak",
            json!({"spec": {"containers": [], "initContainers": [{"name": "s", "restartPolicy": "Always"}]}, "status": {"phase": "Running", "conditions": [{"type": "Initialized", "status": "True"}],
                "initContainerStatuses": [waiting("s", "CrashLoopBackOff")], "containerStatuses": [ended("a", 137, "OOMKilled")]}}),
            "OOMKilled",
        ),
        (
            "a container ended without a reason",
            json!({"status": {"phase": "Failed", "containerStatuses": [ended("a", 7, "")]}}),
            "ExitCode:7",
        ),
        (
            "a container was killed by a signal",
            json!({"status": {"phase": "Failed", "containerStatuses": [killed("a", 15)]}}),
            "Signal:15",
        ),
        (
            "a container waits",
            json!({"status": {"phase": "Pending", "containerStatuses": [waiting("a", "ContainerCreating")]}}),
            "ContainerCreating",
        ),
        (
            "gated, whatever the reason",
            json!({"status": {"phase": "Pending", "reason": "Odd", "conditions": [{"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"}]}}),
            "SchedulingGated",
        ),
        (
            "of several failed beside a ready one the first",
            json!({"status": {"phase": "Running", "containerStatuses": [ended("a", 0, "Completed"), ended("b", 1, "Error"), ended("c", 137, "OOMKilled"), ready("d")]}}),
            "Error",
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
            "the reason of the pod, while its containers say none",
            json!({"status": {"phase": "Running", "reason": "podReason", "containerStatuses": [ready("a"), stateless("b", true)]}}),
            "podReason",
        ),
        (
            "the reason of the pod, where a container says one",
            json!({"status": {"phase": "Failed", "reason": "Evicted", "containerStatuses": [ended("a", 137, "OOMKilled")]}}),
            "OOMKilled",
        ),
        (
            "a container of no words waits",
            json!({"status": {"phase": "Pending", "containerStatuses": [waiting("a", "")]}}),
            "Pending",
        ),
        (
            "every container completed",
            json!({"status": {"phase": "Succeeded", "containerStatuses": [ended("a", 0, "Completed"), ended("b", 0, "Completed")]}}),
            "Completed",
        ),
        (
            "completed beside one that runs and is not ready",
            json!({"status": {"phase": "Running", "containerStatuses": [ended("a", 0, "Completed"), starting("b")]}}),
            "Completed",
        ),
        (
            "ended, its sidecars killed after it",
            json!({"spec": {"containers": [{"name": "a"}], "initContainers": [{"name": "s", "restartPolicy": "Always"}]},
                "status": {"phase": "Succeeded", "conditions": [{"type": "Initialized", "status": "True"}],
                    "initContainerStatuses": [ended("s", 137, "Error")], "containerStatuses": [ended("a", 0, "Completed")]}}),
            "Completed",
        ),
        (
            "statuses of containers that the pod has not",
            json!({"spec": {"containers": [{"name": "a"}], "initContainers": [{"name": "i"}, {"name": "s", "restartPolicy": "Always"}]},
                "status": {"phase": "Running", "initContainerStatuses": [stateless("x", false), stateless("i", false), stateless("s", false)],
                    "containerStatuses": [stateless("y", false), stateless("a", false)]}}),
            "Init:0/2",
        ),
        (
            "deleted before it ran",
            json!({"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}, "status": {"phase": "Pending"}}),
            "Terminating",
        ),
        (
            "lost with its node, not deleted",
            json!({"status": {"phase": "Running", "reason": "NodeLost"}}),
            "NodeLost",
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
            "restarts of containers and sidecars, the last one's age",
            json!({"spec": {"containers": [{"name": "a"}, {"name": "b"}], "initContainers": [{"name": "i"}, {"name": "s", "restartPolicy": "Always"}]},
                "status": {
                    "initContainerStatuses": [restarted(ended("i", 0, "Completed"), 9, "2026-01-01T00:59:00Z"), restarted(ready("s"), 1, "2026-01-01T00:58:00Z")],
                    "containerStatuses": [restarted(ready("a"), 2, "2026-01-01T00:50:00Z"), ready("b")]}}),
            (3, 3, "3 (2m ago)"),
        ),
        (
            "not yet ready, not running",
            json!({"spec": {"containers": [{"name": "a"}, {"name": "b"}]}, "status": {"containerStatuses": [starting("a"), ended("b", 0, "Completed")]}}),
            (0, 2, "0"),
        ),
        (
            "ready is not enough: it must run",
            json!({"spec": {"containers": [{"name": "a"}, {"name": "b"}]}, "status": {"containerStatuses": [ready("a"), stateless("b", true)]}}),
            (1, 2, "0"),
        ),
        (
            "a sidecar that has started and is not ready",
            json!({"spec": {"containers": [{"name": "a"}], "initContainers": [{"name": "s", "restartPolicy": "Always"}]},
                "status": {"initContainerStatuses": [{"name": "s", "image": "i", "imageID": "", "ready": false, "restartCount": 0, "started": true, "state": {"running": {}}}],
                    "containerStatuses": [ready("a")]}}),
            (1, 2, "0"),
        ),
        (
            "restarts without a time",
            json!({"spec": {"containers": [{"name": "a"}]}, "status": {"containerStatuses": [
                {"name": "a", "image": "i", "imageID": "", "ready": true, "restartCount": 6, "state": {"running": {}}}]}}),
            (1, 1, "6"),
        ),
        (
            "an end without a restart",
            json!({"spec": {"containers": [{"name": "a"}]}, "status": {"containerStatuses": [restarted(ready("a"), 0, "2026-01-01T00:55:00Z")]}}),
            (1, 1, "0"),
        ),
        (
            "while initializing those of all init containers so far, and no others",
            json!({"spec": {"containers": [{"name": "a"}], "initContainers": [{"name": "i"}, {"name": "j"}]},
                "status": {
                    "initContainerStatuses": [restarted(ended("i", 0, "Completed"), 2, "2026-01-01T00:58:00Z"), restarted(starting("j"), 3, "2026-01-01T00:59:50Z")],
                    "containerStatuses": [restarted(waiting("a", "PodInitializing"), 7, "2026-01-01T00:59:55Z")]}}),
            (0, 1, "5 (10s ago)"),
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
