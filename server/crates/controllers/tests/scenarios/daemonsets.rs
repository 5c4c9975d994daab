//! DaemonSets on a few nodes, with the real scheduler.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::Method;
use k8s_openapi::api::apps::v1::{ControllerRevision, DaemonSet};
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use kube::api::{DeleteParams, Patch, PatchParams};
use serde_json::json;

use crate::cluster::{Cluster, HASH, hash, image, is_serving, lasting, place};
use crate::runner::{Script, failing_first};
use crate::world::{Crash, Refusal, World};

#[tokio::test(start_paused = true)]
async fn ds_10_12_40_50_every_eligible_node_gets_its_pod() {
    let cluster = Cluster::start(lasting(), &["a", "b", "c"]).await;
    let taint = json!([{"key": "k", "effect": "NoSchedule"}]);
    cluster
        .patch_node("c", json!({"spec": {"taints": taint}}))
        .await;
    cluster.create(json!({})).await;
    let status = cluster.until_updated(2, |_| {}).await;
    assert_eq!(status.desired_number_scheduled, 2);
    assert_eq!(status.current_number_scheduled, 2);
    assert_eq!((status.number_ready, status.number_misscheduled), (2, 0));
    assert_eq!(
        (status.number_unavailable, status.conditions),
        (None, None),
        "DS-51"
    );
    assert_eq!(cluster.places().await, ["a", "b"]);

    let revisions = cluster.revisions().await;
    assert_eq!(revisions.len(), 1, "DS-40");
    assert_eq!(revisions[0].revision, 1);
    let current = revisions[0].labels()[HASH].clone();
    assert_eq!(revisions[0].name_any(), format!("logs-{current}"));
    for pod in cluster.world.pods().await {
        assert_eq!(hash(&pod), current, "DS-12");
        assert_eq!(pod.labels()["pod-template-generation"], "1", "DS-12");
        assert_eq!(pod.owner_references()[0].kind, "DaemonSet");
    }
    let events = cluster.world.events("logs").await;
    let created = |event: &&String| event.starts_with("SuccessfulCreate Created pod: logs-");
    assert_eq!(events.iter().filter(created).count(), 2, "{events:?}");

    let before = cluster
        .world
        .api::<DaemonSet>()
        .get("logs")
        .await
        .expect("there");
    cluster.world.pass_secs(60).await;
    let after = cluster
        .world
        .api::<DaemonSet>()
        .get("logs")
        .await
        .expect("there");
    assert_eq!(
        before.resource_version(),
        after.resource_version(),
        "DS-51: quiet when nothing changes"
    );
}

#[tokio::test(start_paused = true)]
async fn ds_04_05_pods_follow_the_nodes() {
    let cluster = Cluster::start(lasting(), &["a", "b"]).await;
    let template = json!({
        "metadata": {"labels": {"app": "logs"}},
        "spec": {"nodeSelector": {"disk": "ssd"}, "containers": [{"name": "main", "image": "x:1"}]},
    });
    cluster.create(json!({"template": template})).await;
    cluster.world.pass_secs(1).await;
    assert_eq!(cluster.places().await, [""; 0], "no node is selected");
    assert_eq!(
        cluster.status().await.observed_generation,
        Some(1),
        "and that is observed"
    );

    let ssd = json!({"metadata": {"labels": {"disk": "ssd"}}});
    cluster.patch_node("a", ssd.clone()).await;
    cluster.until_on(&["a"]).await;
    cluster.patch_node("b", ssd.clone()).await;
    cluster.until_on(&["a", "b"]).await;
    cluster
        .patch_node("a", json!({"metadata": {"labels": {"disk": null}}}))
        .await;
    cluster.until_on(&["b"]).await;

    cluster.add_node("c").await;
    cluster.patch_node("c", ssd).await;
    cluster.until_on(&["b", "c"]).await;
    cluster
        .patch_node(
            "c",
            json!({"spec": {"taints": [{"key": "k", "effect": "NoSchedule"}]}}),
        )
        .await;
    cluster.world.pass_secs(1).await;
    assert_eq!(cluster.places().await, ["b", "c"], "DS-05: what runs stays");
    let gone = DeleteParams::default();
    cluster
        .nodes()
        .delete("b", &gone)
        .await
        .expect("the Node is there");
    cluster.until_on(&["c"]).await;
    let status = cluster.status().await;
    assert_eq!(
        (status.desired_number_scheduled, status.number_misscheduled),
        (0, 1),
        "{status:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn ds_33_42_a_rolling_update_keeps_to_its_limit_and_can_go_back() {
    let nodes = ["a", "b", "c", "d"];
    let cluster = Cluster::start(lasting(), &nodes).await;
    cluster.create(json!({"minReadySeconds": 3})).await;
    cluster.until_updated(4, |_| {}).await;
    let first = cluster.revisions().await.remove(0).labels()[HASH].clone();

    let began = cluster.world.clock.now();
    cluster.world.patch::<DaemonSet>("logs", image("x:2")).await;
    let three_serve = |pods: &[Pod]| {
        let serving = pods.iter().filter(|pod| is_serving(pod)).count();
        assert!(serving >= 3, "only {serving} serve");
    };
    cluster.until_updated(4, three_serve).await;
    let took = cluster.world.clock.now().duration_since(began).as_secs();
    assert!(
        (12..=20).contains(&took),
        "DS-36: four nodes of three seconds each, took {took}"
    );
    assert_eq!(cluster.places().await, nodes);
    let revisions = cluster.revisions().await;
    assert_eq!(
        revisions.iter().map(|r| r.revision).collect::<Vec<_>>(),
        [1, 2]
    );

    let undo = Patch::Strategic(revisions[0].data.clone().expect("it has data").0);
    let daemonsets = cluster.world.api::<DaemonSet>();
    let undone = daemonsets
        .patch("logs", &PatchParams::default(), &undo)
        .await;
    undone.expect("DS-47: a revision's data is a patch");
    cluster.until_updated(4, three_serve).await;
    let revisions = cluster.revisions().await;
    assert_eq!(
        revisions.iter().map(|r| r.revision).collect::<Vec<_>>(),
        [2, 3],
        "DS-42: raised"
    );
    assert_eq!(revisions[1].labels()[HASH], first, "DS-42: the same object");
    assert!(
        cluster
            .world
            .pods()
            .await
            .iter()
            .all(|pod| hash(pod) == first)
    );
}

#[tokio::test(start_paused = true)]
async fn ds_34_a_surge_never_leaves_a_node_without() {
    let nodes = ["a", "b", "c"];
    let cluster = Cluster::start(lasting(), &nodes).await;
    let surge = json!({"maxSurge": 1, "maxUnavailable": 0});
    let strategy = json!({"type": "RollingUpdate", "rollingUpdate": surge});
    cluster
        .create(json!({"updateStrategy": strategy, "minReadySeconds": 2}))
        .await;
    cluster.until_updated(3, |_| {}).await;
    cluster.world.patch::<DaemonSet>("logs", image("x:2")).await;
    cluster
        .until_updated(3, |pods| {
            let serving = pods.iter().filter(|pod| is_serving(pod));
            let mut by_node: BTreeMap<String, usize> = BTreeMap::new();
            for pod in serving {
                *by_node.entry(place(pod)).or_default() += 1;
            }
            assert!(
                nodes.iter().all(|node| by_node.contains_key(*node)),
                "{by_node:?}"
            );
            let serving: usize = by_node.values().sum();
            assert!(serving <= nodes.len() + 1, "{by_node:?}");
        })
        .await;
    cluster.until_on(&nodes).await;
}

#[tokio::test(start_paused = true)]
async fn ds_45_old_revisions_are_let_go() {
    let cluster = Cluster::start(lasting(), &["a"]).await;
    cluster.create(json!({"revisionHistoryLimit": 1})).await;
    for tag in ["x:2", "x:3", "x:4"] {
        cluster.until_updated(1, |_| {}).await;
        cluster.world.patch::<DaemonSet>("logs", image(tag)).await;
    }
    cluster.until_updated(1, |_| {}).await;
    cluster.world.pass_secs(2).await;
    let kept: Vec<_> = cluster
        .revisions()
        .await
        .iter()
        .map(|r| r.revision)
        .collect();
    assert_eq!(kept, [3, 4]);
    let current = cluster.revisions().await.remove(1).name_any();
    let revisions = cluster.world.api::<ControllerRevision>();
    revisions
        .delete(&current, &DeleteParams::default())
        .await
        .expect("it is there");
    cluster.world.pass_secs(1).await;
    let made = cluster.revisions().await.remove(1);
    assert_eq!(
        (made.name_any(), made.revision),
        (current, 4),
        "DS-46: made again at once"
    );
}

#[tokio::test(start_paused = true)]
async fn ds_15_a_pod_that_is_killed_or_fails_is_replaced() {
    let cluster = Cluster::start(failing_then_lasting(2), &["a"]).await;
    cluster.create(json!({})).await;
    cluster.world.pass_secs(20).await;
    cluster.until_updated(1, |_| {}).await;
    let events = cluster.world.events("logs").await;
    let killed = |event: &&String| {
        event.starts_with("FailedDaemonPod Found failed daemon pod default/logs-")
    };
    assert!(events.iter().filter(killed).count() > 0, "{events:?}");
    let before = cluster.world.pods().await.remove(0).name_any();
    let pods = cluster.world.api::<Pod>();
    pods.delete(&before, &DeleteParams::default())
        .await
        .expect("it is there");
    cluster.world.pass_secs(1).await;
    cluster.until_on(&["a"]).await;
    assert_ne!(cluster.world.pods().await.remove(0).name_any(), before);
}

fn failing_then_lasting(failures: usize) -> Script {
    let failing = failing_first(failures);
    std::sync::Arc::new(move |pod, nth| match failing(pod, nth) {
        (_, 0) => (1_000_000, 0),
        failed => failed,
    })
}

#[tokio::test(start_paused = true)]
async fn ds_13_20_46_deletion_cascades_and_orphans_are_adopted() {
    let cluster = Cluster::start(lasting(), &["a", "b"]).await;
    cluster.create(json!({})).await;
    cluster.until_updated(2, |_| {}).await;
    let before: Vec<_> = cluster
        .world
        .pods()
        .await
        .iter()
        .filter_map(ResourceExt::uid)
        .collect();
    let daemonsets = cluster.world.api::<DaemonSet>();
    let orphan = DeleteParams::orphan();
    daemonsets
        .delete("logs", &orphan)
        .await
        .expect("it is there");
    cluster.world.pass_secs(2).await;
    assert!(daemonsets.get_opt("logs").await.expect("served").is_none());
    assert_eq!(cluster.places().await, ["a", "b"], "orphans stay");

    cluster.create(json!({})).await;
    cluster.until_updated(2, |_| {}).await;
    let after: Vec<_> = cluster
        .world
        .pods()
        .await
        .iter()
        .filter_map(ResourceExt::uid)
        .collect();
    assert_eq!(after, before, "DS-13: the same pods, adopted");
    let revisions = cluster.revisions().await;
    assert_eq!(revisions.len(), 1, "DS-46: the same revision, adopted");
    assert_eq!(revisions[0].owner_references().len(), 1);

    let background = DeleteParams::background();
    daemonsets
        .delete("logs", &background)
        .await
        .expect("it is there");
    cluster.until_on(&[]).await;
    cluster.world.pass_secs(1).await;
    assert_eq!(cluster.revisions().await.len(), 0, "revisions go with it");
}

#[tokio::test(start_paused = true)]
async fn ds_23_a_crash_between_any_two_writes_leaves_one_pod_a_node() {
    let crashes =
        (1..=30).flat_map(|after| [false, true].map(|lost_answer| Crash { after, lost_answer }));
    for crash in crashes {
        let world = World::with_crash(lasting(), Some(crash)).await;
        let mut cluster = Cluster::around(world, &["a", "b"]).await;
        cluster.create(json!({})).await;
        cluster.world.pass_secs(5).await;
        cluster.world.patch::<DaemonSet>("logs", image("x:2")).await;
        cluster.world.pass_secs(5).await;
        if crash.after <= 8 {
            let observed = cluster.status().await.observed_generation;
            assert_ne!(observed, Some(2), "{crash:?}: it did crash");
        }
        cluster.world.restart_controllers().await;
        cluster.until_updated(2, |_| {}).await;
        cluster.until_on(&["a", "b"]).await;
        let numbers: Vec<_> = cluster
            .revisions()
            .await
            .iter()
            .map(|r| r.revision)
            .collect();
        assert!(
            matches!(numbers[..], [1, 2] | [1]),
            "{crash:?}: {numbers:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn ds_44_a_name_that_is_taken_raises_the_collision_count() {
    let cluster = Cluster::start(lasting(), &["a"]).await;
    cluster.create(json!({})).await;
    cluster.until_updated(1, |_| {}).await;
    let name = cluster.revisions().await.remove(0).name_any();
    let background = DeleteParams::background();
    let daemonsets = cluster.world.api::<DaemonSet>();
    daemonsets
        .delete("logs", &background)
        .await
        .expect("it is there");
    cluster.until_on(&[]).await;
    cluster.world.pass_secs(1).await;

    let taken = json!({"apiVersion": "apps/v1", "kind": "ControllerRevision", "metadata": {"name": name}, "data": {"another": "one"}, "revision": 1});
    cluster.world.create::<ControllerRevision>(taken).await;
    cluster.create(json!({})).await;
    let status = cluster.until_updated(1, |_| {}).await;
    assert_eq!(status.collision_count, Some(1));
    let names: Vec<_> = cluster
        .revisions()
        .await
        .iter()
        .map(ResourceExt::name_any)
        .collect();
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(names.contains(&name), "the other one is left: {names:?}");
}

#[tokio::test(start_paused = true)]
async fn ds_43_46_revisions_of_the_same_template_become_one() {
    let cluster = Cluster::start(lasting(), &["a", "b"]).await;
    cluster.create(json!({})).await;
    cluster.until_updated(2, |_| {}).await;
    let first = cluster.revisions().await.remove(0);
    let twin = json!({
        "apiVersion": "apps/v1", "kind": "ControllerRevision",
        "metadata": {"name": "twin", "labels": {"app": "logs"}},
        "data": first.data, "revision": 7,
    });
    let before: Vec<_> = cluster
        .world
        .pods()
        .await
        .iter()
        .filter_map(ResourceExt::uid)
        .collect();
    cluster.world.create::<ControllerRevision>(twin).await;
    cluster.world.pass_secs(3).await;
    let kept = cluster.revisions().await;
    assert_eq!(kept.len(), 1, "the highest is kept");
    assert_eq!(
        (kept[0].name_any().as_str(), kept[0].revision),
        ("twin", 7),
        "DS-46: once adopted"
    );
    assert_eq!(
        kept[0].labels()[HASH],
        "twin",
        "DS-43: its name is its hash"
    );
    let pods = cluster.world.pods().await;
    assert!(
        pods.iter().all(|pod| hash(pod) == "twin"),
        "pods are relabelled"
    );
    let after: Vec<_> = pods.iter().filter_map(ResourceExt::uid).collect();
    assert_eq!(after, before, "and not restarted");
}

#[tokio::test(start_paused = true)]
async fn ds_31_on_delete_waits_for_someone_to_delete() {
    let cluster = Cluster::start(lasting(), &["a", "b"]).await;
    cluster
        .create(json!({"updateStrategy": {"type": "OnDelete"}}))
        .await;
    cluster.until_updated(2, |_| {}).await;
    let first = cluster.revisions().await.remove(0).labels()[HASH].clone();
    cluster.world.patch::<DaemonSet>("logs", image("x:2")).await;
    cluster.world.pass_secs(5).await;
    assert_eq!(
        cluster.revisions().await.len(),
        2,
        "a revision is made all the same"
    );
    let pods = cluster.world.pods().await;
    assert!(
        pods.iter().all(|pod| hash(pod) == first),
        "running pods are left"
    );
    assert_eq!(cluster.status().await.updated_number_scheduled, None);
    let api = cluster.world.api::<Pod>();
    api.delete(&pods[0].name_any(), &DeleteParams::default())
        .await
        .expect("it is there");
    cluster.world.pass_secs(3).await;
    assert_eq!(
        cluster.status().await.updated_number_scheduled,
        Some(1),
        "its replacement is new"
    );
}

#[tokio::test(start_paused = true)]
async fn ds_39_history_is_not_cleaned_up_by_a_sync_that_fails() {
    let failing = Arc::new(AtomicBool::new(false));
    let switch = failing.clone();
    let refusal: Refusal = Arc::new(move |method, path| {
        let deletes = *method == Method::DELETE && path.contains("/pods/");
        (deletes && switch.load(Ordering::SeqCst)).then_some((403, "Forbidden"))
    });
    let world = World::with_refusal(lasting(), refusal).await;
    let cluster = Cluster::around(world, &["a"]).await;
    cluster.create(json!({"revisionHistoryLimit": 0})).await;
    cluster.until_updated(1, |_| {}).await;
    cluster.world.patch::<DaemonSet>("logs", image("x:2")).await;
    cluster.until_updated(1, |_| {}).await;
    cluster.world.pass_secs(2).await;
    assert_eq!(cluster.revisions().await.len(), 1, "the old one is let go");
    failing.store(true, Ordering::SeqCst);
    cluster.world.patch::<DaemonSet>("logs", image("x:3")).await;
    cluster.world.pass_secs(10).await;
    let status = cluster.status().await;
    assert_eq!(
        status.observed_generation,
        Some(3),
        "the status is refreshed"
    );
    assert_eq!(status.updated_number_scheduled, None);
    assert_eq!(cluster.revisions().await.len(), 2, "no clean-up");
    failing.store(false, Ordering::SeqCst);
    cluster.until_updated(1, |_| {}).await;
    cluster.world.pass_secs(2).await;
    assert_eq!(cluster.revisions().await.len(), 1, "until one succeeds");
}
