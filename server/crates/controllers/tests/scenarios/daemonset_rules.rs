//! DaemonSets at the corners of upstream's rules: what is told, released, refused, waited for.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::Method;
use k8s_openapi::api::apps::v1::{ControllerRevision, DaemonSet};
use k8s_openapi::api::core::v1::{Event, Pod};
use kube::ResourceExt;
use kube::api::{DeleteParams, ListParams};
use serde_json::json;

use crate::cluster::{Cluster, HASH, daemonset, hash, image, is_serving, lasting, place};
use crate::crashes::crashes;
use crate::world::{Refusal, World};

#[tokio::test(start_paused = true)]
async fn ds_14_what_is_told_of_pods() {
    let (created, deleted) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let refusal: Refusal = Arc::new(move |method, path| {
        let create = *method == Method::POST && path.ends_with("/pods");
        let delete = *method == Method::DELETE && path.contains("/pods/");
        let seen = match (create, delete) {
            (true, _) => &created,
            (_, true) => &deleted,
            _ => return None,
        };
        let first = seen.fetch_add(1, Ordering::SeqCst) == 0;
        first.then_some((403, "Forbidden"))
    });
    let world = World::with_refusal(lasting(), refusal).await;
    let cluster = Cluster::around(world, &["a"]).await;
    cluster.create(json!({})).await;
    cluster.until_updated(1, |_| {}).await;
    cluster.world.patch::<DaemonSet>("logs", image("x:2")).await;
    cluster.until_updated(1, |_| {}).await;
    let told = cluster.world.events("logs").await;
    for text in [
        "FailedCreate Error creating: refused",
        "SuccessfulCreate Created pod: logs-",
        "FailedDelete Error deleting: refused",
        "SuccessfulDelete Deleted pod: logs-",
    ] {
        let found = told.iter().any(|event| event.starts_with(text));
        assert!(found, "{text} in {told:?}");
    }
    let events = cluster.world.api::<Event>();
    let events = events.list(&ListParams::default()).await.expect("served");
    let of_logs = events.items.into_iter().filter(|event| {
        let about = &event.involved_object;
        about.kind.as_deref() == Some("DaemonSet") && about.name.as_deref() == Some("logs")
    });
    for event in of_logs {
        let source = event.source.and_then(|source| source.component);
        assert_eq!(source.as_deref(), Some("daemonset-controller"));
    }
}

#[tokio::test(start_paused = true)]
async fn ds_14_a_pod_that_has_gone_before_it_is_deleted_is_not_told_of() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let refusal: Refusal = Arc::new(move |method, path| {
        let deletes = *method == Method::DELETE && path.contains("/pods/");
        deletes.then(|| {
            count.fetch_add(1, Ordering::SeqCst);
            (404, "NotFound")
        })
    });
    let world = World::with_refusal(lasting(), refusal).await;
    let cluster = Cluster::around(world, &["a"]).await;
    cluster.create(json!({})).await;
    cluster.until_updated(1, |_| {}).await;
    cluster.world.patch::<DaemonSet>("logs", image("x:2")).await;
    cluster.world.pass_secs(10).await;
    assert_eq!(asked.load(Ordering::SeqCst), 1, "DS-21: as if it were");
    let told = cluster.world.events("logs").await;
    let deletes = told.iter().any(|event| event.contains("Delet"));
    assert!(!deletes, "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn ds_13_who_gains_the_labels_or_loses_its_owner_is_adopted_and_who_loses_them_released() {
    let cluster = Cluster::start(lasting(), &["a"]).await;
    let stray = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "stray", "labels": {"app": "another"}},
        "spec": {"nodeName": "a", "containers": [{"name": "main", "image": "x:1"}]},
    });
    cluster.world.create::<Pod>(stray).await;
    cluster.world.pass_secs(2).await;
    let on_delete = json!({"updateStrategy": {"type": "OnDelete"}});
    cluster.create(on_delete).await;
    cluster.until_updated(1, |_| {}).await;
    cluster.world.pass_secs(5).await;
    assert_eq!(cluster.places().await, ["a", "a"]);
    let labelled = |app: &str| json!({"metadata": {"labels": {"app": app}}});
    let ownerless = json!({"metadata": {"ownerReferences": null}});
    for (why, patch) in [("it matches", labelled("logs")), ("ownerless", ownerless)] {
        cluster.world.patch::<Pod>("stray", patch).await;
        cluster.world.pass_secs(5).await;
        let pods = cluster.world.pods().await;
        let names: Vec<_> = pods.iter().map(ResourceExt::name_any).collect();
        assert_eq!(names, ["stray"], "{why}: of two the older is kept");
        assert_eq!(pods[0].owner_references().len(), 1, "{why}: adopted");
    }
    cluster
        .world
        .patch::<Pod>("stray", labelled("another"))
        .await;
    cluster.until_updated(1, |_| {}).await;
    let pods = cluster.world.pods().await;
    assert_eq!(cluster.places().await, ["a", "a"], "its place is filled");
    let stray = pods.iter().find(|pod| pod.name_any() == "stray");
    assert!(stray.expect("it stays").owner_references().is_empty());
}

#[tokio::test(start_paused = true)]
async fn ds_13_a_pod_that_changes_hands_is_missed_by_the_one_and_found_by_the_other() {
    let cluster = Cluster::start(lasting(), &["a"]).await;
    let nowhere = json!({
        "selector": {"matchLabels": {"app": "other"}},
        "template": {
            "metadata": {"labels": {"app": "other"}},
            "spec": {"nodeSelector": {"disk": "none"}, "containers": [{"name": "main", "image": "x:1"}]},
        },
    });
    let mut other = daemonset(nowhere);
    other["metadata"]["name"] = json!("other");
    let other = cluster.world.create::<DaemonSet>(other).await;
    cluster.create(json!({})).await;
    cluster.until_updated(1, |_| {}).await;
    cluster.world.pass_secs(5).await;
    let before = cluster.world.pods().await.remove(0);
    let owner = json!({
        "apiVersion": "apps/v1", "kind": "DaemonSet", "name": "other", "uid": other.uid(),
        "controller": true,
    });
    let handed = json!({"metadata": {"labels": {"app": "other"}, "ownerReferences": [owner]}});
    let name = before.name_any();
    cluster.world.patch::<Pod>(&name, handed).await;
    cluster.world.pass_secs(5).await;
    let pods = cluster.world.pods().await;
    assert_eq!(pods.len(), 1, "the other one wants none there");
    assert_ne!(pods[0].uid(), before.uid(), "this one has made another");
    assert_eq!(pods[0].owner_references()[0].name, "logs");
}

#[tokio::test(start_paused = true)]
async fn ds_44_the_collision_count_is_raised_once_though_the_first_write_meets_a_conflict() {
    let writes = Arc::new(AtomicUsize::new(1));
    let left = writes.clone();
    let refusal: Refusal = Arc::new(move |method, path| {
        let status = *method == Method::PUT && path.ends_with("/daemonsets/logs/status");
        let first = status && left.fetch_add(1, Ordering::SeqCst) == 0;
        first.then_some((409, "Conflict"))
    });
    let world = World::with_refusal(lasting(), refusal).await;
    let cluster = Cluster::around(world, &["a"]).await;
    cluster.create(json!({})).await;
    cluster.until_updated(1, |_| {}).await;
    let name = cluster.revisions().await.remove(0).name_any();
    let daemonsets = cluster.world.api::<DaemonSet>();
    let background = DeleteParams::background();
    let deleted = daemonsets.delete("logs", &background).await;
    deleted.expect("it is there");
    cluster.until_on(&[]).await;
    cluster.world.pass_secs(1).await;
    let taken = json!({
        "apiVersion": "apps/v1", "kind": "ControllerRevision", "metadata": {"name": name},
        "data": {"another": "one"}, "revision": 1,
    });
    cluster.world.create::<ControllerRevision>(taken).await;
    writes.store(0, Ordering::SeqCst);
    cluster.create(json!({})).await;
    let status = cluster.until_updated(1, |_| {}).await;
    assert!(writes.load(Ordering::SeqCst) > 1, "it was tried again");
    assert_eq!(status.collision_count, Some(1));
}

#[tokio::test(start_paused = true)]
async fn ds_46_a_revision_that_is_selected_no_more_is_released() {
    let cluster = Cluster::start(lasting(), &["a"]).await;
    cluster.create(json!({})).await;
    cluster.until_updated(1, |_| {}).await;
    cluster.world.patch::<DaemonSet>("logs", image("x:2")).await;
    cluster.until_updated(1, |_| {}).await;
    let old = cluster.revisions().await.remove(0);
    assert_eq!(old.owner_references().len(), 1);
    let labels = json!({"metadata": {"labels": {"app": "another"}}});
    cluster
        .world
        .patch::<ControllerRevision>(&old.name_any(), labels)
        .await;
    cluster.world.pass_secs(2).await;
    let revisions = cluster.revisions().await;
    assert_eq!(revisions.len(), 2, "both stay");
    assert!(revisions[0].owner_references().is_empty());
    assert_eq!(revisions[1].owner_references().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn ds_38_a_surge_waits_until_the_pod_of_a_node_that_is_gone_has_gone() {
    let cluster = Cluster::start(lasting(), &["a", "b"]).await;
    let surge = json!({"maxSurge": 1, "maxUnavailable": 0});
    let strategy = json!({"type": "RollingUpdate", "rollingUpdate": surge});
    cluster.create(json!({"updateStrategy": strategy})).await;
    cluster.until_updated(2, |_| {}).await;
    let first = cluster.revisions().await.remove(0).labels()[HASH].clone();
    let deleted = cluster.nodes().delete("b", &DeleteParams::default()).await;
    deleted.expect("it is there");
    cluster.world.patch::<DaemonSet>("logs", image("x:2")).await;
    cluster.world.pass_secs(20).await;
    let pods = cluster.world.pods().await;
    let mut places: Vec<_> = pods.iter().map(place).collect();
    places.sort();
    assert_eq!(places, ["a", "b"], "no pod is made beside a's");
    assert!(pods.iter().all(|pod| hash(pod) == first));
    cluster.world.pass_secs(60).await;
    let status = cluster.until_updated(1, |_| {}).await;
    assert_eq!(status.desired_number_scheduled, 1);
    cluster.until_on(&["a"]).await;
}

#[tokio::test(start_paused = true)]
async fn ds_19_a_pod_that_waits_for_a_node_that_has_gone_goes_too() {
    let cluster = Cluster::start(lasting(), &["a", "b"]).await;
    cluster.report("b", "True", "0").await;
    cluster.create(json!({})).await;
    cluster.until_on(&["?", "a"]).await;
    cluster.world.pass_secs(5).await;
    let status = cluster.status().await;
    assert_eq!(status.desired_number_scheduled, 2);
    let scheduled = status.current_number_scheduled;
    assert_eq!(scheduled, 2, "DS-02: one that waits counts as scheduled");
    let deleted = cluster.nodes().delete("b", &DeleteParams::default()).await;
    deleted.expect("it is there");
    cluster.until_on(&["a"]).await;
    cluster.world.pass_secs(1).await;
    assert_eq!(cluster.status().await.desired_number_scheduled, 1);
}

#[tokio::test(start_paused = true)]
async fn ds_23_34_a_surging_update_ends_with_one_pod_a_node_though_a_write_kills_the_controller() {
    let served = |pods: &[Pod]| {
        let serving = pods.iter().filter(|pod| is_serving(pod)).map(place);
        serving.collect::<BTreeSet<_>>().len()
    };
    for crash in crashes() {
        let world = World::with_crash(lasting(), Some(crash)).await;
        let mut cluster = Cluster::around(world, &["a", "b"]).await;
        let limits = json!({"maxSurge": 1, "maxUnavailable": 0});
        let strategy = json!({"type": "RollingUpdate", "rollingUpdate": limits});
        cluster.create(json!({"updateStrategy": strategy})).await;
        cluster.world.pass_secs(5).await;
        let before = served(&cluster.world.pods().await);
        cluster.world.patch::<DaemonSet>("logs", image("x:2")).await;
        cluster.world.pass_secs(5).await;
        cluster.world.restart_controllers().await;
        let as_before = |pods: &[Pod]| {
            let now = served(pods);
            assert!(
                now >= before,
                "{crash:?}: {now} of {before} nodes are served"
            );
        };
        cluster.until_updated(2, as_before).await;
        cluster.until_on(&["a", "b"]).await;
        let pods = cluster.world.pods().await;
        assert_eq!(hash(&pods[0]), hash(&pods[1]), "{crash:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn ds_43_pods_of_an_older_template_do_not_pass_for_current_when_revisions_become_one() {
    let cluster = Cluster::start(lasting(), &["a"]).await;
    let on_delete = json!({"updateStrategy": {"type": "OnDelete"}});
    cluster.create(on_delete).await;
    cluster.until_updated(1, |_| {}).await;
    cluster.world.patch::<DaemonSet>("logs", image("x:2")).await;
    cluster.world.pass_secs(2).await;
    let before = cluster.revisions().await;
    let twin = json!({
        "apiVersion": "apps/v1", "kind": "ControllerRevision",
        "metadata": {"name": "twin", "labels": {"app": "logs"}},
        "data": before[1].data, "revision": 7,
    });
    cluster.world.create::<ControllerRevision>(twin).await;
    cluster.world.pass_secs(3).await;
    let kept = cluster.revisions().await;
    let kept: Vec<_> = kept.iter().map(ResourceExt::name_any).collect();
    assert_eq!(kept, [before[0].name_any(), "twin".to_owned()]);
    let pods = cluster.world.pods().await;
    assert_eq!(hash(&pods[0]), before[0].labels()[HASH]);
    assert_eq!(cluster.status().await.updated_number_scheduled, None);
}
