//! Why a pod does not start, did not last or is not ready.

use k8s_openapi::api::core::v1::Pod;
use orrery_view::{NodeCause, NodeWhy, PodWhy};
use serde_json::{Value, json};

use super::event;
use crate::whynot::{pod, scheduler};

#[test]
fn each_cause_of_the_scheduler_is_told_apart() {
    use NodeCause::*;
    let rows = [
        (
            "node(s) had untolerated taint {gpu: yes}",
            Taint("gpu=yes".to_owned()),
        ),
        (
            "node(s) had untolerated taint {node.kubernetes.io/unreachable: }",
            Taint("node.kubernetes.io/unreachable".to_owned()),
        ),
        ("node(s) had untolerated taint(s)", Taint(String::new())),
        (
            "node(s) didn't match Pod's node affinity/selector",
            Selector,
        ),
        ("node(s) didn't match pod affinity rules", PodAffinity),
        (
            "node(s) didn't match pod anti-affinity rules",
            PodAntiAffinity,
        ),
        (
            "node(s) didn't satisfy existing pods anti-affinity rules",
            PodAntiAffinity,
        ),
        (
            "node(s) didn't match pod topology spread constraints",
            TopologySpread,
        ),
        ("Insufficient cpu", Insufficient("cpu".to_owned())),
        (
            "Insufficient nvidia.com/gpu",
            Insufficient("nvidia.com/gpu".to_owned()),
        ),
        ("Too many pods", TooManyPods),
        (
            "node(s) didn't have free ports for the requested pod ports",
            HostPort,
        ),
        ("node(s) didn't match the requested node name", NodeName),
        ("node(s) didn't satisfy plugin(s) [NodeAffinity]", NodeName),
        ("node(s) were unschedulable", Cordoned),
        ("node(s) had volume node affinity conflict", Volume),
        (
            "node(s) were on fire, and wet",
            Other("node(s) were on fire, and wet".to_owned()),
        ),
    ];
    for (reason, cause) in rows {
        let memory = NodeWhy {
            nodes: 3,
            cause: Insufficient("memory".to_owned()),
        };
        let causes = vec![NodeWhy { nodes: 2, cause }, memory];
        let expected = PodWhy::Unschedulable { nodes: 5, causes };
        // of v1.34 and later, and before
        for claims in ["no new claims to deallocate, ", ""] {
            let message = format!(
                "0/5 nodes are available: 2 {reason}, 3 Insufficient memory. {claims}preemption: 0/5 nodes are available: 5 Preemption is not helpful for scheduling."
            );
            assert_eq!(scheduler::unschedulable(&message), expected, "{message}");
        }
    }
}

fn waiting(reason: &str) -> Value {
    json!({"waiting": {"reason": reason, "message": "its words"}})
}

fn ended(exit_code: i32, reason: &str) -> Value {
    json!({"terminated": {"exitCode": exit_code, "reason": reason}})
}

fn status(state: Value, last: Value) -> Value {
    json!([{"name": "main", "image": "", "imageID": "", "ready": false, "restartCount": 4,
            "state": state, "lastState": last}])
}

#[test]
fn a_pod_that_does_not_start_or_did_not_last_has_its_cause() {
    let main = || "main".to_owned();
    let of = |state, last| json!({"status": {"phase": "Running", "containerStatuses": status(state, last)}});
    let init = |state, last| json!({"status": {"phase": "Pending", "initContainerStatuses": status(state, last)}});
    let failed = |reason: &str| json!({"status": {"phase": "Failed", "reason": reason, "message": "its words"}});
    let image = |reason: &str| PodWhy::Image {
        container: main(),
        image: "busybox:9".to_owned(),
        reason: reason.to_owned(),
        message: "its words".to_owned(),
    };
    let crash = |exit_code, reason: &str| PodWhy::CrashLoop {
        container: main(),
        exit_code,
        reason: reason.to_owned(),
        restarts: 4,
        message: String::new(),
    };
    let lost = || PodWhy::NodeLost {
        node: "node-1".to_owned(),
    };
    let gone = json!({"status": {"phase": "Failed", "conditions": [{"type": "DisruptionTarget", "status": "True", "reason": "DeletionByPodGC"}]}});
    let cpu = NodeWhy {
        nodes: 1,
        cause: NodeCause::Insufficient("cpu".to_owned()),
    };
    let none = || json!({});
    let rows = [
        ("it runs", of(json!({"running": {}}), none()), vec![]),
        (
            "it is done",
            json!({"status": {"phase": "Succeeded", "containerStatuses": status(ended(0, "Completed"), none())}}),
            vec![],
        ),
        (
            "it is being made",
            of(waiting("ContainerCreating"), none()),
            vec![],
        ),
        (
            "the image cannot be pulled",
            of(waiting("ErrImagePull"), none()),
            vec![image("ErrImagePull")],
        ),
        (
            "nor at the next try",
            of(waiting("ImagePullBackOff"), none()),
            vec![image("ImagePullBackOff")],
        ),
        (
            "the image's name is none",
            of(waiting("InvalidImageName"), none()),
            vec![image("InvalidImageName")],
        ),
        (
            "an init container's image",
            init(waiting("ErrImagePull"), none()),
            vec![image("ErrImagePull")],
        ),
        (
            "a ConfigMap is missing",
            of(waiting("CreateContainerConfigError"), none()),
            vec![PodWhy::Config {
                container: main(),
                message: "its words".to_owned(),
            }],
        ),
        (
            "it ends again and again",
            of(waiting("CrashLoopBackOff"), ended(137, "Error")),
            vec![crash(Some(137), "Error")],
        ),
        (
            "for lack of memory",
            of(waiting("CrashLoopBackOff"), ended(137, "OOMKilled")),
            vec![
                PodWhy::OutOfMemory { container: main() },
                crash(Some(137), "OOMKilled"),
            ],
        ),
        (
            "memory, once",
            of(ended(137, "OOMKilled"), none()),
            vec![PodWhy::OutOfMemory { container: main() }],
        ),
        (
            "it failed",
            of(ended(3, "Error"), none()),
            vec![PodWhy::Failed {
                container: main(),
                exit_code: 3,
                reason: "Error".to_owned(),
                message: String::new(),
            }],
        ),
        (
            "and said why, at length",
            of(
                json!({"terminated": {"exitCode": 127, "reason": "Error", "message": "\n sh: nope: not found \nmore"}}),
                none(),
            ),
            vec![PodWhy::Failed {
                container: main(),
                exit_code: 127,
                reason: "Error".to_owned(),
                message: "sh: nope: not found".to_owned(),
            }],
        ),
        (
            "an init container fails",
            init(ended(1, "Error"), none()),
            vec![PodWhy::InitFailed {
                container: main(),
                exit_code: 1,
                reason: "Error".to_owned(),
                message: String::new(),
            }],
        ),
        (
            "again and again",
            init(waiting("CrashLoopBackOff"), ended(1, "Error")),
            vec![PodWhy::InitFailed {
                container: main(),
                exit_code: 1,
                reason: "Error".to_owned(),
                message: String::new(),
            }],
        ),
        (
            "gates",
            json!({"spec": {"schedulingGates": [{"name": "team/ready"}]}, "status": {"phase": "Pending"}}),
            vec![PodWhy::Gated {
                gates: vec!["team/ready".to_owned()],
            }],
        ),
        (
            "no node",
            json!({"status": {"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable",
                            "message": "0/1 nodes are available: 1 Insufficient cpu."}]}}),
            vec![PodWhy::Unschedulable {
                nodes: 1,
                causes: vec![cpu],
            }],
        ),
        (
            "its time was up",
            failed("DeadlineExceeded"),
            vec![PodWhy::DeadlineExceeded],
        ),
        (
            "its node made room",
            failed("Evicted"),
            vec![PodWhy::Evicted {
                message: "its words".to_owned(),
            }],
        ),
        ("its node is lost", failed("NodeLost"), vec![lost()]),
        ("its node is gone", gone, vec![lost()]),
    ];
    for (sentence, change, expected) in rows {
        let mut object = json!({"metadata": {"name": "p"}, "spec": {"nodeName": "node-1",
                                "initContainers": [], "containers": [{"name": "main", "image": "busybox:9"}]}});
        json_patch::merge(&mut object, &change);
        let object: Pod = serde_json::from_value(object).expect("a pod");
        assert_eq!(pod::of(&object), expected, "{sentence}");
    }
    let events = [
        event("FailedMount", "older", 1),
        event("FailedMount", "secret \"s\" not found", 2),
        event("Pulled", "x", 3),
    ];
    let volume = PodWhy::Volume {
        message: "secret \"s\" not found".to_owned(),
    };
    assert_eq!(
        pod::of_events(events.iter()),
        Some(volume),
        "a volume is missing"
    );
    assert_eq!(pod::of_events(events[2..].iter()), None);
    let said = "Liveness probe failed: HTTP probe failed with statuscode: 500";
    let mut events = vec![
        event("Started", "Container started", 1),
        event("Unhealthy", said, 1),
        event(
            "Killing",
            "Container main failed liveness probe, will be restarted",
            1,
        ),
    ];
    let probe = PodWhy::Probe {
        container: main(),
        probe: "liveness".to_owned(),
        restarts: 4,
        message: said.to_owned(),
    };
    let crashed = || crash(Some(137), "Error");
    assert_eq!(pod::by_probe(crashed(), events.iter()), probe);
    events.push(event("Started", "Container started", 2));
    assert_eq!(
        pod::by_probe(crashed(), events.iter()),
        crashed(),
        "what was started since ended by itself"
    );
}

#[test]
fn a_container_that_runs_is_not_ready_by_the_probe_that_it_has() {
    let of = |status: Value| -> Pod {
        serde_json::from_value(json!({
            "metadata": {"name": "p"},
            "spec": {"nodeName": "node-1", "containers": [
                {"name": "plain"},
                {"name": "main", "readinessProbe": {}, "startupProbe": {}},
            ]},
            "status": {"phase": "Running", "containerStatuses": [status]},
        }))
        .expect("a pod")
    };
    let status = |name: &str, more: Value| {
        let mut status = json!({"name": name, "image": "", "imageID": "", "restartCount": 0,
                                "ready": false, "started": true, "state": {"running": {}}});
        json_patch::merge(&mut status, &more);
        status
    };
    let by = |probe: &str, message: &str| {
        Some(PodWhy::Unready {
            container: "main".to_owned(),
            probe: probe.to_owned(),
            message: message.to_owned(),
        })
    };
    for (sentence, status, expected) in [
        (
            "it is asked",
            status("main", json!({})),
            by("readiness", ""),
        ),
        (
            "it is asked whether it has started",
            status("main", json!({"started": false})),
            by("startup", ""),
        ),
        ("it is ready", status("main", json!({"ready": true})), None),
        ("it has no probe", status("plain", json!({})), None),
        (
            "it waits",
            status("main", json!({"state": {"running": null, "waiting": {}}})),
            None,
        ),
    ] {
        assert_eq!(pod::unready(&of(status)), expected, "{sentence}");
    }
    let said = "Readiness probe failed: connection refused";
    let mut events = vec![event("Unhealthy", "Liveness probe failed: x", 3)];
    let why = by("readiness", "").expect("a cause");
    assert_eq!(
        pod::unready_by(&why, events.iter()),
        None,
        "it has just started"
    );
    events.extend([
        event("Unhealthy", "Readiness probe failed: older", 1),
        event("Unhealthy", said, 2),
    ]);
    assert_eq!(pod::unready_by(&why, events.iter()), by("readiness", said));
}
