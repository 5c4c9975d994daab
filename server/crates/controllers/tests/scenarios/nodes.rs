//! Nodes that are not well, and what becomes of their pods.

use k8s_openapi::api::core::v1::Pod;
use kube::api::{DeleteParams, Patch, PatchParams};
use serde_json::{Value, json};

use crate::cluster::{Cluster, SILENT, lasting};

/// A pod on this node; the API server lets it tolerate a lost node for five minutes.
fn on(node: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": format!("on-{node}")},
        "spec": {"nodeName": node, "terminationGracePeriodSeconds": 1, "containers": [{"name": "main", "image": "x"}]},
    })
}

/// `key:effect` of each taint of a node, without the domain.
async fn taints(cluster: &Cluster, node: &str) -> Vec<String> {
    let node = cluster.nodes().get(node).await.expect("it is there");
    let taints = node.spec.and_then(|spec| spec.taints).unwrap_or_default();
    let short = |key: &str| key.trim_start_matches("node.kubernetes.io/").to_owned();
    let mut taints: Vec<_> = taints
        .iter()
        .map(|taint| format!("{}:{}", short(&taint.key), taint.effect))
        .collect();
    taints.sort();
    taints
}

async fn silence(cluster: &Cluster, node: &str, silent: bool) {
    let label = silent.then_some("");
    let labels = json!({"metadata": {"labels": {SILENT: label}}});
    cluster.patch_node(node, labels).await;
}

const EVICTING: [&str; 2] = ["unreachable:NoExecute", "unreachable:NoSchedule"];
const CANCELLED: &str = "TaintManagerEviction Cancelling deletion of Pod default/on-a";
const MARKED: &str = "TaintManagerEviction Marking for deletion Pod default/on-a";

#[tokio::test(start_paused = true)]
async fn ev_02_an_eviction_that_is_called_off_is_told() {
    let cluster = Cluster::start(lasting(), &["a", "b"]).await;
    cluster.world.create::<Pod>(on("a")).await;
    silence(&cluster, "a", true).await;
    cluster.world.pass_secs(70).await;
    assert_eq!(taints(&cluster, "a").await, EVICTING);
    silence(&cluster, "a", false).await;
    // it counts as heard of from the next renewal of its lease
    cluster.world.pass_secs(15).await;
    cluster.report("a", "True", "110").await;
    cluster.world.pass_secs(2).await;
    assert!(taints(&cluster, "a").await.is_empty());
    let events = cluster.world.events("on-a").await;
    assert!(events.iter().any(|event| event == CANCELLED), "{events:?}");

    silence(&cluster, "a", true).await;
    cluster.world.pass_secs(400).await;
    let pod = cluster.world.api::<Pod>().get_opt("on-a").await;
    assert!(pod.expect("served").is_none(), "in the end it is evicted");
    let events = cluster.world.events("on-a").await;
    let told = |text| events.iter().filter(|event| event.as_str() == text).count();
    assert_eq!((told(CANCELLED), told(MARKED)), (1, 1), "{events:?}");
}

#[tokio::test(start_paused = true)]
async fn while_no_node_is_ready_none_is_emptied() {
    let cluster = Cluster::start(lasting(), &["a", "b"]).await;
    cluster.world.create::<Pod>(on("a")).await;
    silence(&cluster, "a", true).await;
    cluster.world.pass_secs(100).await;
    assert_eq!(taints(&cluster, "a").await, EVICTING, "b is ready");

    silence(&cluster, "b", true).await;
    cluster.world.pass_secs(70).await;
    for node in ["a", "b"] {
        let left = taints(&cluster, node).await;
        assert_eq!(left, ["unreachable:NoSchedule"], "{node}: no node is ready");
    }
    let events = cluster.world.events("on-a").await;
    assert!(events.iter().any(|event| event == CANCELLED), "{events:?}");
    cluster.world.pass_secs(1_000).await;
    let pod = cluster.world.api::<Pod>().get("on-a").await;
    let pod = pod.expect("nobody has evicted it");
    assert!(pod.metadata.deletion_timestamp.is_none());

    silence(&cluster, "b", false).await;
    cluster.report("b", "True", "110").await;
    cluster.world.pass_secs(2).await;
    assert!(taints(&cluster, "b").await.is_empty());
    assert_eq!(taints(&cluster, "a").await, EVICTING, "b is ready again");
    cluster.world.pass_secs(290).await;
    let pods = cluster.world.api::<Pod>();
    pods.get("on-a").await.expect("tolerated anew");
    cluster.world.pass_secs(30).await;
    let pod = pods.get_opt("on-a").await.expect("served");
    assert!(pod.is_none(), "and evicted");
}

async fn readiness(cluster: &Cluster) -> Option<String> {
    let pod = cluster.world.api::<Pod>().get("on-a").await;
    let status = pod.expect("it is there").status.unwrap_or_default();
    let mut conditions = status.conditions.into_iter().flatten();
    let ready = conditions.find(|condition| condition.type_ == "Ready");
    ready.map(|condition| condition.status)
}

#[tokio::test(start_paused = true)]
async fn a_ready_pod_that_is_found_on_a_node_that_is_not_ready_is_marked() {
    let mut cluster = Cluster::start(lasting(), &["a", "b"]).await;
    cluster.world.create::<Pod>(on("a")).await;
    cluster.world.pass_secs(1).await;
    cluster.report("a", "False", "110").await;
    cluster.world.pass_secs(15).await;
    let ready = readiness(&cluster).await;
    assert_eq!(ready.as_deref(), Some("True"), "the kubelet lives");
    cluster.world.restart_controllers().await;
    cluster.world.pass_secs(1).await;
    let ready = readiness(&cluster).await;
    assert_eq!(ready.as_deref(), Some("False"), "who starts trusts no one");
    let events = cluster.world.events("on-a").await;
    let told = "NodeNotReady Node is not ready";
    assert!(events.iter().any(|event| event == told), "{events:?}");
    let ready = json!({"status": {"conditions": [{"type": "Ready", "status": "True"}]}});
    let pods = cluster.world.api::<Pod>();
    let ready = Patch::Strategic(ready);
    let params = PatchParams::default();
    let patched = pods.patch_status("on-a", &params, &ready).await;
    patched.expect("it is there");
    cluster.world.pass_secs(30).await;
    let ready = readiness(&cluster).await;
    assert_eq!(ready.as_deref(), Some("True"), "the kubelet has its way");
    let deleted = pods.delete("on-a", &DeleteParams::default()).await;
    deleted.expect("it is there");
}
