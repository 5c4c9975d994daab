//! Pods of nodes that are tainted or silent: who goes when, who is told of, and how often.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use http::Method;
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::{Event, Node, Pod};
use kube::ResourceExt;
use kube::api::{ListParams, PostParams};
use serde_json::{Value, json};

use crate::cluster::{Cluster, SILENT, lasting};
use crate::nodes::{CANCELLED, EVICTING, MARKED, on, readiness, ready, silence, taints};
use crate::world::{Refusal, World};

fn tainted() -> Value {
    json!({"spec": {"taints": [{"key": "k", "effect": "NoExecute"}]}})
}

async fn is_there(cluster: &Cluster, pod: &str) -> bool {
    let pod = cluster.world.api::<Pod>().get_opt(pod).await;
    pod.expect("served").is_some()
}

#[tokio::test(start_paused = true)]
async fn ev_02_seconds_that_a_toleration_gets_later_neither_save_nor_hurry_a_pod() {
    for seconds in [1_000, 5] {
        let cluster = Cluster::start(lasting(), &["a", "b"]).await;
        let mut pod = on("a");
        pod["spec"]["tolerations"] = json!([
            {"key": "k", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 100},
        ]);
        cluster.world.create::<Pod>(pod).await;
        cluster.world.pass_secs(1).await;
        cluster.patch_node("a", tainted()).await;
        cluster.world.pass_secs(10).await;
        let pod = cluster.world.api::<Pod>().get("on-a").await;
        let spec = pod.expect("it is tolerated").spec.unwrap_or_default();
        let mut tolerations = spec.tolerations.expect("one of its own, two by default");
        tolerations[0].toleration_seconds = Some(seconds);
        let patch = json!({"spec": {"tolerations": tolerations}});
        cluster.world.patch::<Pod>("on-a", patch).await;
        cluster.world.pass_secs(85).await;
        assert!(is_there(&cluster, "on-a").await, "{seconds}: 95 s");
        cluster.world.pass_secs(10).await;
        assert!(!is_there(&cluster, "on-a").await, "{seconds}: 105 s");
        let events = cluster.world.events("on-a").await;
        assert_eq!(events, [MARKED], "{seconds}");
    }
}

#[tokio::test(start_paused = true)]
async fn ev_02_a_taint_that_is_tolerated_for_good_calls_off_what_another_began() {
    let with_taints = |keys: &[&str]| {
        let taints = keys
            .iter()
            .map(|key| json!({"key": key, "effect": "NoExecute"}));
        json!({"spec": {"taints": taints.collect::<Vec<_>>()}})
    };
    let cluster = Cluster::start(lasting(), &["a", "b"]).await;
    let mut pod = on("a");
    pod["spec"]["tolerations"] = json!([
        {"key": "good", "operator": "Exists", "effect": "NoExecute"},
        {"key": "while", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 60},
    ]);
    cluster.world.create::<Pod>(pod).await;
    cluster.world.pass_secs(1).await;
    for keys in [&["good"][..], &["good", "while"], &["good"]] {
        cluster.patch_node("a", with_taints(keys)).await;
        cluster.world.pass_secs(40).await;
    }
    cluster.world.pass_secs(100).await;
    assert!(is_there(&cluster, "on-a").await);
    assert_eq!(cluster.world.events("on-a").await, [CANCELLED]);
    let both = with_taints(&["good", "while"]);
    cluster.patch_node("a", both).await;
    cluster.world.pass_secs(55).await;
    assert!(is_there(&cluster, "on-a").await, "it has its time anew");
    cluster.world.pass_secs(10).await;
    assert!(!is_there(&cluster, "on-a").await);
}

#[tokio::test(start_paused = true)]
async fn ev_02_a_pod_that_tolerates_nothing_is_deleted_once_whichever_was_there_first() {
    let deletions = Arc::new(AtomicUsize::new(0));
    let count = deletions.clone();
    let refusal: Refusal = Arc::new(move |method, path| {
        if *method == Method::DELETE && path.contains("/pods/on-") {
            count.fetch_add(1, Ordering::SeqCst);
        }
        None
    });
    let held = |node: &str| {
        let mut pod = on(node);
        pod["metadata"]["finalizers"] = json!(["test/held"]);
        pod
    };
    let world = World::with_refusal(lasting(), refusal).await;
    let cluster = Cluster::around(world, &["a", "b"]).await;
    cluster.world.stop_pods();
    cluster.patch_node("a", tainted()).await;
    cluster.world.create::<Pod>(held("a")).await;
    cluster.world.create::<Pod>(held("late")).await;
    cluster.world.pass_secs(5).await;
    assert_eq!(deletions.load(Ordering::SeqCst), 1, "a is tainted");
    let mut late = tainted();
    late["metadata"] = json!({"name": "late", "labels": {SILENT: ""}});
    let late: Node = serde_json::from_value(late).expect("a literal Node");
    let created = cluster.nodes().create(&PostParams::default(), &late).await;
    created.expect("it is new");
    cluster.world.pass_secs(5).await;
    assert_eq!(deletions.load(Ordering::SeqCst), 2, "so is late");
    for pod in ["on-a", "on-late"] {
        let label = json!({"metadata": {"labels": {"seen": "yes"}}});
        cluster.world.patch::<Pod>(pod, label).await;
        cluster.world.pass_secs(5).await;
        let pod = cluster.world.api::<Pod>().get(pod).await;
        let pod = pod.expect("its finalizer holds it");
        assert!(pod.metadata.deletion_timestamp.is_some());
        let told = pod.status.unwrap_or_default().conditions;
        let mut told = told.into_iter().flatten();
        let target = told.find(|condition| condition.type_ == "DisruptionTarget");
        let reason = target.and_then(|target| target.reason);
        assert_eq!(reason.as_deref(), Some("DeletionByTaintManager"));
    }
    assert_eq!(deletions.load(Ordering::SeqCst), 2, "each once");
}

#[tokio::test(start_paused = true)]
async fn node_01_a_node_that_falls_silent_and_its_pods_are_told_of_once() {
    let cluster = Cluster::start(lasting(), &["a", "b"]).await;
    let pod = cluster.world.create::<Pod>(on("a")).await;
    cluster.world.pass_secs(1).await;
    silence(&cluster, "a", true).await;
    let node = cluster.nodes().get("a").await.expect("it is there");
    let uids = [node.uid(), pod.uid()];
    for _ in 0..3 {
        cluster.world.pass_secs(70).await;
        let events = cluster.world.api::<Event>();
        let events = events.list(&ListParams::default()).await.expect("served");
        let not_ready = events.items.into_iter().filter(|event| {
            let reason = event.reason.as_deref();
            reason == Some("NodeNotReady")
        });
        let mut told: Vec<_> = not_ready
            .map(|event| {
                let (type_, message) = (event.type_, event.message);
                let about = event.involved_object;
                assert!(uids.contains(&about.uid), "{about:?}");
                let kind = about.kind.unwrap_or_default();
                let text = |text: Option<String>| text.unwrap_or_default();
                let times = event.count.unwrap_or_default();
                format!("{times} {kind} {} {}", text(type_), text(message))
            })
            .collect();
        told.sort();
        assert_eq!(
            told,
            [
                "1 Node Normal Node a status is now: NodeNotReady",
                "1 Pod Warning Node is not ready",
            ]
        );
        assert_eq!(readiness(&cluster).await.as_deref(), Some("False"));
    }
}

#[tokio::test(start_paused = true)]
async fn node_01_a_pod_that_could_not_be_marked_is_marked_later() {
    let on_switch = Arc::new(AtomicBool::new(true));
    let switch = on_switch.clone();
    let refusal: Refusal = Arc::new(move |method, path| {
        let marks = *method == Method::PATCH && path.ends_with("/pods/on-a/status");
        (marks && switch.load(Ordering::SeqCst)).then_some((500, "InternalError"))
    });
    let world = World::with_refusal(lasting(), refusal).await;
    let cluster = Cluster::around(world, &["a", "b"]).await;
    cluster.world.create::<Pod>(on("a")).await;
    cluster.world.pass_secs(1).await;
    silence(&cluster, "a", true).await;
    cluster.world.pass_secs(80).await;
    let lost = ready(&cluster, "a").await.expect("it is marked");
    assert_eq!(lost.status, "Unknown");
    assert_eq!(readiness(&cluster).await.as_deref(), Some("True"));
    assert_eq!(
        taints(&cluster, "a").await,
        EVICTING,
        "no taint waits for it"
    );
    on_switch.store(false, Ordering::SeqCst);
    cluster.world.pass_secs(15).await;
    assert_eq!(readiness(&cluster).await.as_deref(), Some("False"));
}

#[tokio::test(start_paused = true)]
async fn node_01_a_lease_of_another_namespace_says_nothing_of_a_node() {
    let cluster = Cluster::start(lasting(), &["a", "b"]).await;
    let lease = json!({"metadata": {"name": "a"}});
    cluster.world.create::<Lease>(lease).await;
    silence(&cluster, "a", true).await;
    for _ in 0..8 {
        cluster.world.pass_secs(10).await;
        let now = cluster.world.clock.now();
        let now = now.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string();
        let renewed = json!({"spec": {"holderIdentity": "a", "renewTime": now}});
        cluster.world.patch::<Lease>("a", renewed).await;
    }
    let lost = ready(&cluster, "a").await.expect("it is marked");
    assert_eq!(lost.status, "Unknown");
    let heard = ready(&cluster, "b").await.expect("it has said so");
    assert_eq!(heard.status, "True", "by its own");
}
