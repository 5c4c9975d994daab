//! What a pod costs here: rows are kept, not objects.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Node, Pod};
use orrery_view::Kind;
use serde_json::json;

use crate::model::Model;

/// The bar: 100,000 pods in 400 MB.
const MOST_BYTES: i64 = 4_000;

/// Enough that the tables' own growth evens out.
const PODS: usize = 2_000;

const NODES: usize = 20;

/// As a DaemonSet's or a Job's pod comes from a real cluster: about 5 kB in JSON.
fn pod(n: usize) -> Pod {
    let container = |name: &str| {
        json!({
            "name": name, "image": format!("registry.example.com/team/{name}:v1.42.0"),
            "command": ["/usr/bin/agent", "--config", "/etc/agent/config.yaml"],
            "env": (0..8).map(|n| json!({"name": format!("SETTING_{n}"), "value": "x".repeat(60)})).collect::<Vec<_>>(),
            "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "128Mi"}},
            "ports": [{"containerPort": 9100, "hostPort": 9100}],
            "volumeMounts": [{"name": "config", "mountPath": "/etc/agent"}],
        })
    };
    let status = |name: &str| {
        json!({
            "name": name, "image": "i", "imageID": "sha256:".to_owned() + &"a".repeat(64), "ready": true,
            "restartCount": 1, "started": true, "state": {"running": {"startedAt": "2026-11-23T12:00:00Z"}},
            "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled", "finishedAt": "2026-11-23T11:59:00Z"}},
        })
    };
    let condition = |type_: &str| json!({"type": type_, "status": "True", "lastTransitionTime": "2026-11-23T12:00:00Z"});
    let conditions = ["Initialized", "Ready", "ContainersReady", "PodScheduled"].map(condition);
    let uid = format!("6f1d2c3b-aaaa-bbbb-cccc-{n:012}");
    let pod = json!({
        "metadata": {
            "name": format!("node-log-collector-{n:05}"), "namespace": "observability", "uid": uid,
            "creationTimestamp": "2026-11-23T12:00:00Z", "generateName": "node-log-collector-",
            "labels": {"app.kubernetes.io/name": "log-collector", "app.kubernetes.io/part-of": "observability",
                       "controller-revision-hash": "5d4f7b9c6d", "pod-template-generation": "7", "tier": "node"},
            "annotations": {"checksum/config": "b".repeat(64)},
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "DaemonSet", "name": "node-log-collector",
                                 "uid": "11111111-2222-3333-4444-555555555555", "controller": true}],
        },
        "spec": {"nodeName": format!("ip-10-0-{}.internal", n % NODES), "containers": [container("agent"), container("metrics")]},
        "status": {"phase": "Running", "podIP": format!("10.1.{}.{}", n / 250, n % 250), "hostIP": "10.0.0.1",
                   "startTime": "2026-11-23T12:00:00Z",
                   "conditions": conditions,
                   "containerStatuses": [status("agent"), status("metrics")]},
    });
    serde_json::from_value(pod).expect("a literal pod")
}

#[test]
fn a_pod_is_kept_in_four_kilobytes_at_most_with_all_that_joins_it() {
    let now: Timestamp = "2026-11-23T12:01:00Z".parse().expect("a literal time");
    let pods: Vec<Pod> = (0..PODS).map(pod).collect();
    let mut model = Model::default();
    for n in 0..NODES {
        let name = format!("ip-10-0-{n}.internal");
        let node = json!({"metadata": {"name": name, "uid": name}});
        let node: Node = serde_json::from_value(node).expect("a literal node");
        model.put_node(node);
    }
    let info = allocation_counter::measure(|| {
        for pod in &pods {
            model.put_pod(pod, now);
        }
        model.refresh(Kind::Node, now);
    });
    let each = info.bytes_current / PODS as i64;
    assert!(
        (500..=MOST_BYTES).contains(&each),
        "{each} bytes kept of a pod"
    );
}

#[test]
fn pods_that_came_and_went_leave_nothing() {
    let now: Timestamp = "2026-11-23T12:01:00Z".parse().expect("a literal time");
    let base = pod(0);
    let come_and_go = |model: &mut Model, numbers: std::ops::Range<usize>| {
        for n in numbers {
            let mut pod = base.clone();
            let uid = format!("6f1d2c3b-aaaa-bbbb-cccc-{n:012}");
            for owner in pod.metadata.owner_references.iter_mut().flatten() {
                owner.uid = format!("of {uid}");
            }
            if let Some(spec) = &mut pod.spec {
                spec.node_name = Some(format!("ip-10-0-{n}.internal"));
            }
            pod.metadata.uid = Some(uid.clone());
            model.put_pod(&pod, now);
            model.remove_pod(&uid, now);
        }
    };
    let mut model = Model::default();
    // what is remembered of changes is bounded, and full after these
    come_and_go(&mut model, 0..5_000);
    let info = allocation_counter::measure(|| come_and_go(&mut model, 5_000..10_000));
    assert!(
        info.bytes_current < 10_000,
        "{} bytes kept of 5,000 Jobs' pods on nodes that are gone",
        info.bytes_current
    );
}
