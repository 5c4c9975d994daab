//! Nodes that are not well, and what becomes of their pods.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Node, NodeCondition, Pod};
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::ResourceExt;
use kube::api::{DeleteParams, Patch, PatchParams, PostParams};
use serde_json::{Value, json};

use crate::cluster::{Cluster, SILENT, lasting};

/// A pod on this node; the API server lets it tolerate a lost node for five minutes.
pub fn on(node: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": format!("on-{node}")},
        "spec": {"nodeName": node, "terminationGracePeriodSeconds": 1, "containers": [{"name": "main", "image": "x"}]},
    })
}

/// `key:effect` of each taint of a node, without the domain.
pub async fn taints(cluster: &Cluster, node: &str) -> Vec<String> {
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

pub async fn silence(cluster: &Cluster, node: &str, silent: bool) {
    let label = silent.then_some("");
    let labels = json!({"metadata": {"labels": {SILENT: label}}});
    cluster.patch_node(node, labels).await;
}

pub const EVICTING: [&str; 2] = ["unreachable:NoExecute", "unreachable:NoSchedule"];
pub const CANCELLED: &str = "TaintManagerEviction Cancelling deletion of Pod default/on-a";
pub const MARKED: &str = "TaintManagerEviction Marking for deletion Pod default/on-a";

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
async fn ev_02_a_clock_that_is_set_back_keeps_no_pod_for_as_long() {
    let cluster = Cluster::start(lasting(), &["a", "b"]).await;
    cluster.world.create::<Pod>(on("a")).await;
    silence(&cluster, "a", true).await;
    cluster.world.pass_secs(70).await;
    assert_eq!(taints(&cluster, "a").await, EVICTING);
    let hour = jiff::SignedDuration::from_hours(1);
    cluster.world.clock.jump(-hour);
    cluster.world.pass_secs(200).await;
    let pods = cluster.world.api::<Pod>();
    assert!(pods.get_opt("on-a").await.expect("served").is_some());
    cluster.world.pass_secs(180).await;
    assert!(pods.get_opt("on-a").await.expect("served").is_none());
}

/// When the node was tainted so that its pods go.
async fn tainted_at(cluster: &Cluster, node: &str) -> Option<Time> {
    let node = cluster.nodes().get(node).await.expect("it is there");
    let taints = node.spec.and_then(|spec| spec.taints).unwrap_or_default();
    let mut evicting = taints.into_iter().filter(|t| t.effect == "NoExecute");
    evicting.next().and_then(|taint| taint.time_added)
}

#[tokio::test(start_paused = true)]
async fn a_controller_that_starts_taints_anew_what_it_finds_lost() {
    let mut cluster = Cluster::start(lasting(), &["a", "b"]).await;
    cluster.world.create::<Pod>(on("a")).await;
    silence(&cluster, "a", true).await;
    cluster.world.pass_secs(70).await;
    assert_eq!(taints(&cluster, "a").await, EVICTING);
    let before = tainted_at(&cluster, "a").await;
    cluster.world.pass_secs(200).await;
    assert_eq!(tainted_at(&cluster, "a").await, before);
    let restarted = cluster.world.clock.now();
    cluster.world.restart_controllers().await;
    cluster.world.pass_secs(2).await;
    assert_eq!(taints(&cluster, "a").await, EVICTING);
    let anew = tainted_at(&cluster, "a").await.expect("set").0;
    assert!(anew >= whole_second(restarted), "{anew}");
    cluster.world.pass_secs(290).await;
    let pods = cluster.world.api::<Pod>();
    pods.get("on-a").await.expect("tolerated anew");
    cluster.world.pass_secs(30).await;
    let pod = pods.get_opt("on-a").await.expect("served");
    assert!(pod.is_none(), "and evicted");
}

/// The API server keeps no more of a time.
fn whole_second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).expect("a time")
}

#[tokio::test(start_paused = true)]
async fn ev_02_a_pod_that_was_to_go_and_stays_says_so_no_more_after_two_minutes() {
    let cluster = Cluster::start(lasting(), &["a"]).await;
    cluster.world.create::<Pod>(on("a")).await;
    cluster.world.pass_secs(1).await;
    let now = cluster.world.clock.now().to_string();
    let target = json!({"status": {"conditions": [{
        "type": "DisruptionTarget", "status": "True", "reason": "EvictionByEvictionAPI",
        "message": "Eviction API: evicting", "lastTransitionTime": now,
    }]}});
    let pods = cluster.world.api::<Pod>();
    let (params, target) = (PatchParams::default(), Patch::Strategic(target));
    let patched = pods.patch_status("on-a", &params, &target).await;
    patched.expect("it is there");
    for (secs, want) in [
        (118, ("True", Some("EvictionByEvictionAPI"))),
        (4, ("False", None)),
    ] {
        cluster.world.pass_secs(secs).await;
        let pod = pods.get("on-a").await.expect("it stays");
        let conditions = pod.status.unwrap_or_default().conditions;
        let mut conditions = conditions.into_iter().flatten();
        let target = conditions.find(|c| c.type_ == "DisruptionTarget");
        let target = target.expect("it is kept");
        let told = (target.status.as_str(), target.reason.as_deref());
        assert_eq!(told, want);
    }
}

#[tokio::test(start_paused = true)]
async fn ev_01_a_pod_that_its_budget_let_go_and_that_stays_is_told_of() {
    let cluster = Cluster::start(lasting(), &["a"]).await;
    let mut pod = on("a");
    pod["metadata"]["labels"] = json!({"app": "web"});
    cluster.world.create::<Pod>(pod).await;
    let budget = json!({
        "metadata": {"name": "web"},
        "spec": {"minAvailable": 0, "selector": {"matchLabels": {"app": "web"}}},
    });
    cluster.world.create::<PodDisruptionBudget>(budget).await;
    cluster.world.pass_secs(1).await;
    let budgets = cluster.world.api::<PodDisruptionBudget>();
    let now = cluster.world.clock.now();
    let now = now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let allowed = Patch::Merge(json!({"status": {"disruptedPods": {"on-a": now}}}));
    let params = PatchParams::default();
    let patched = budgets.patch_status("web", &params, &allowed).await;
    patched.expect("it is there");
    let told = "NotDeleted Pod was expected by PDB default/web to be deleted but it wasn't";
    for (secs, is_told) in [(115, false), (10, true)] {
        cluster.world.pass_secs(secs).await;
        let events = cluster.world.events("on-a").await;
        assert_eq!(events.iter().any(|event| event == told), is_told);
        let status = budgets.get("web").await.expect("it is there").status;
        let disrupted = status.and_then(|status| status.disrupted_pods);
        assert_eq!(disrupted.is_some(), !is_told, "it is waited for no more");
    }
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
    cluster.world.pass_secs(10).await;
    assert_eq!(taints(&cluster, "a").await, EVICTING, "b is ready again");
    cluster.world.pass_secs(290).await;
    let pods = cluster.world.api::<Pod>();
    pods.get("on-a").await.expect("tolerated anew");
    cluster.world.pass_secs(30).await;
    let pod = pods.get_opt("on-a").await.expect("served");
    assert!(pod.is_none(), "and evicted");
}

/// The status of the condition Ready of the pod `on-a`, if there is one.
pub async fn readiness(cluster: &Cluster) -> Option<String> {
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

/// A node object that nobody keeps: no lease, no status.
async fn bare(cluster: &Cluster, name: &str) -> Node {
    let labels = json!({SILENT: "", "kubernetes.io/os": "linux"});
    let node = json!({"metadata": {"name": name, "labels": labels}});
    let node: Node = serde_json::from_value(node).expect("a literal Node");
    let created = cluster.nodes().create(&PostParams::default(), &node).await;
    created.expect("it is new")
}

/// The Ready condition, if there is one.
pub async fn ready(cluster: &Cluster, node: &str) -> Option<NodeCondition> {
    let node = cluster.nodes().get(node).await.expect("it is there");
    let conditions = node.status.unwrap_or_default().conditions;
    let mut conditions = conditions.into_iter().flatten();
    conditions.find(|condition| condition.type_ == "Ready")
}

#[tokio::test(start_paused = true)]
async fn node_01_a_node_that_reports_by_its_status_alone_is_heard() {
    let cluster = Cluster::start(lasting(), &["a", "b"]).await;
    bare(&cluster, "c").await;
    for _ in 0..10 {
        let heartbeat = cluster.world.clock.now().to_string();
        let said = json!({"type": "Ready", "status": "True", "lastHeartbeatTime": heartbeat});
        let status = Patch::Merge(json!({"status": {"conditions": [said]}}));
        let params = PatchParams::default();
        let patched = cluster.nodes().patch_status("c", &params, &status).await;
        patched.expect("it is there");
        cluster.world.pass_secs(30).await;
        let heard = ready(&cluster, "c").await.expect("just written");
        assert_eq!(heard.status, "True");
        assert!(taints(&cluster, "c").await.is_empty());
    }
    cluster.world.pass_secs(30).await;
    let lost = ready(&cluster, "c").await.expect("it is marked");
    assert_eq!(lost.reason.as_deref(), Some("NodeStatusUnknown"));
    assert_eq!(taints(&cluster, "c").await, EVICTING);
}

#[tokio::test(start_paused = true)]
async fn node_01_a_node_that_never_reports_is_unknown_after_a_minute() {
    let cluster = Cluster::start(lasting(), &["a", "b"]).await;
    let created = bare(&cluster, "c").await.creation_timestamp();
    cluster.world.pass_secs(1).await;
    assert!(
        taints(&cluster, "c").await.is_empty(),
        "by conditions alone"
    );
    let node = cluster.nodes().get("c").await.expect("it is there");
    assert_eq!(node.labels()["beta.kubernetes.io/os"], "linux");
    cluster.world.pass_secs(57).await;
    assert!(ready(&cluster, "c").await.is_none());
    cluster.world.pass_secs(3).await;
    let lost = ready(&cluster, "c").await.expect("it is marked");
    assert_eq!(lost.reason.as_deref(), Some("NodeStatusNeverUpdated"));
    assert_eq!(lost.last_heartbeat_time, created);
    let left = taints(&cluster, "c").await;
    assert_eq!(left, ["unreachable:NoSchedule"], "the next look taints it");
    cluster.world.pass_secs(5).await;
    assert_eq!(taints(&cluster, "c").await, EVICTING);
}

#[tokio::test(start_paused = true)]
async fn nodes_that_come_and_go_are_told() {
    let mut cluster = Cluster::start(lasting(), &["a", "b"]).await;
    cluster.world.pass_secs(1).await;
    let came = "RegisteredNode Node a event: Registered Node a in Controller";
    assert_eq!(cluster.world.events("a").await, [came]);
    cluster.world.restart_controllers().await;
    cluster.world.pass_secs(1).await;
    assert_eq!(cluster.world.events("a").await, [came, came], "met anew");
    let deleted = cluster.nodes().delete("a", &DeleteParams::default()).await;
    deleted.expect("it is there");
    cluster.world.pass_secs(1).await;
    let went = "RemovingNode Node a event: Removing Node a from Controller";
    assert_eq!(cluster.world.events("a").await, [came, came, went]);
}

#[tokio::test(start_paused = true)]
async fn where_most_nodes_are_lost_no_more_are_emptied() {
    let cluster = Cluster::start(lasting(), &["a", "b", "c", "d"]).await;
    for node in ["a", "b"] {
        silence(&cluster, node, true).await;
        cluster.world.pass_secs(80).await;
        assert_eq!(taints(&cluster, node).await, EVICTING, "{node}");
    }
    cluster.world.create::<Pod>(on("c")).await;
    cluster.world.pass_secs(1).await;
    silence(&cluster, "c", true).await;
    cluster.world.pass_secs(500).await;
    assert_eq!(taints(&cluster, "c").await, ["unreachable:NoSchedule"]);
    assert_eq!(
        taints(&cluster, "a").await,
        EVICTING,
        "it keeps what it has"
    );
    let pods = cluster.world.api::<Pod>();
    pods.get("on-c").await.expect("three of four are lost");
    silence(&cluster, "a", false).await;
    cluster.report("a", "True", "110").await;
    cluster.world.pass_secs(15).await;
    cluster.report("a", "True", "110").await;
    cluster.world.pass_secs(15).await;
    assert_eq!(taints(&cluster, "c").await, EVICTING, "two of four are");
}

#[tokio::test(start_paused = true)]
async fn nodes_that_are_lost_at_once_are_emptied_one_by_one() {
    let cluster = Cluster::start(lasting(), &["a", "b", "c", "d"]).await;
    cluster.world.pass_secs(20).await;
    for node in ["a", "b"] {
        cluster.report(node, "False", "110").await;
    }
    cluster.world.pass_secs(4).await;
    for node in ["a", "b"] {
        let left = taints(&cluster, node).await;
        assert_eq!(
            left,
            ["not-ready:NoSchedule"],
            "{node}: until the next look"
        );
    }
    cluster.world.pass_secs(2).await;
    let mut tainted = 0;
    for node in ["a", "b"] {
        tainted += usize::from(taints(&cluster, node).await.len() == 2);
    }
    assert_eq!(tainted, 1, "the other comes ten seconds later");
    cluster.world.pass_secs(10).await;
    for node in ["a", "b"] {
        let taints = taints(&cluster, node).await;
        assert_eq!(taints, ["not-ready:NoExecute", "not-ready:NoSchedule"]);
    }
}
