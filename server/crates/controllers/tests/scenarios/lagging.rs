//! Controllers whose caches are behind what they have written themselves.

use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use kube::api::DeleteParams;
use serde_json::json;

use crate::cluster::{Cluster, image, lasting};
use crate::cronjobs::{active, cronjob, slot};
use crate::jobs::job;
use crate::runner::succeeding;
use crate::world::{Lag, World, is_true};

#[tokio::test(start_paused = true)]
async fn job_07_no_pod_is_made_twice_while_pods_are_not_seen() {
    let lag = Lag::of("/pods");
    let world = World::with_lag(succeeding(300), &lag).await;
    world.pass_secs(1).await;
    lag.begin();
    let spec = json!({"parallelism": 2, "completions": 2});
    world.create::<Job>(job("pi", spec)).await;
    world.pass_secs(30).await;
    assert_eq!(world.pods().await.len(), 2);
    let status = world.job_status("pi").await;
    assert_eq!(status.active, Some(2), "JOB-39: it knows what it has made");
    lag.end();
    let done = world
        .until("pi", |status| is_true(status, "Complete"))
        .await;
    assert_eq!((done.succeeded, done.failed), (Some(2), None));
    assert_eq!(world.pods().await.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn job_07_nothing_is_done_for_a_job_whose_last_status_is_not_seen() {
    let lag = Lag::of("/jobs");
    let world = World::with_lag(succeeding(5), &lag).await;
    let spec = json!({"parallelism": 1, "completions": 3});
    world.create::<Job>(job("pi", spec)).await;
    world.until("pi", |status| status.ready == Some(1)).await;
    world.pass_secs(1).await;
    lag.begin();
    let first = world
        .until("pi", |status| status.succeeded == Some(1))
        .await;
    assert_eq!(first.active, Some(1), "the sync that counts it replaces it");
    // the second pod ends, and is neither counted nor let go nor replaced
    world.pass_secs(30).await;
    assert_eq!(world.job_status("pi").await, first);
    let pods = world.pods().await;
    let phases: Vec<_> = pods
        .iter()
        .filter_map(|pod| pod.status.as_ref()?.phase.as_deref())
        .collect();
    assert_eq!(phases, ["Succeeded", "Succeeded"]);
    let held = pods
        .iter()
        .filter(|pod| !pod.finalizers().is_empty())
        .count();
    assert_eq!(held, 1, "the second pod's finalizer waits too");
    lag.end();
    let done = world
        .until("pi", |status| is_true(status, "Complete"))
        .await;
    assert_eq!((done.succeeded, done.failed), (Some(3), None));
    assert_eq!(world.pods().await.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn job_11_a_pod_of_a_job_that_nobody_has_heard_of_yet_is_no_orphan() {
    let lag = Lag::of("/jobs");
    let world = World::with_lag(succeeding(300), &lag).await;
    world.pass_secs(1).await;
    lag.begin();
    let made = world.create::<Job>(job("pi", json!({}))).await;
    let owner = json!({
        "apiVersion": "batch/v1", "kind": "Job", "name": "pi", "uid": made.uid(),
        "controller": true, "blockOwnerDeletion": true,
    });
    let finalizer = "batch.kubernetes.io/job-tracking";
    let own = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": "own", "ownerReferences": [owner], "finalizers": [finalizer],
            "labels": {"batch.kubernetes.io/controller-uid": made.uid()},
        },
        "spec": {"nodeName": "node-1", "restartPolicy": "Never", "containers": [{"name": "main", "image": "x"}]},
    });
    world.create::<Pod>(own).await;
    world.pass_secs(30).await;
    assert_eq!(world.pods().await[0].finalizers(), [finalizer]);
    lag.end();
    let known = world.until("pi", |status| status.ready == Some(1)).await;
    assert_eq!(known.active, Some(1));
    let names: Vec<_> = world
        .pods()
        .await
        .iter()
        .map(ResourceExt::name_any)
        .collect();
    assert_eq!(names, ["own"], "none is made beside it");
}

#[tokio::test(start_paused = true)]
async fn job_08_a_job_that_has_ended_is_left_alone_until_its_end_is_seen() {
    let lag = Lag::of("/jobs");
    let world = World::with_lag(succeeding(5), &lag).await;
    world.create::<Job>(job("pi", json!({}))).await;
    world.until("pi", |status| status.ready == Some(1)).await;
    world.pass_secs(1).await;
    lag.begin();
    let done = world
        .until("pi", |status| is_true(status, "Complete"))
        .await;
    let pod = world.pods().await.remove(0).name_any();
    let wakes = json!({"metadata": {"labels": {"wake": "up"}}});
    world.patch::<Pod>(&pod, wakes).await;
    world.pass_secs(30).await;
    assert_eq!(world.pods().await.len(), 1, "no other is made");
    assert_eq!(world.job_status("pi").await, done);
    lag.end();
    world.pass_secs(5).await;
    assert_eq!(world.job_status("pi").await, done);
    let events = world.events("pi").await;
    let told = events.iter().filter(|event| event.starts_with("Completed"));
    assert_eq!(told.count(), 1, "{events:?}");
}

#[tokio::test(start_paused = true)]
async fn ds_23_no_daemon_is_made_twice_while_pods_are_not_seen() {
    let lag = Lag::of("/pods");
    let world = World::with_lag(lasting(), &lag).await;
    let cluster = Cluster::around(world, &["a", "b"]).await;
    lag.begin();
    cluster.create(json!({})).await;
    cluster.world.pass_secs(30).await;
    assert_eq!(cluster.places().await, ["a", "b"]);
    lag.end();
    cluster.until_updated(2, |_| {}).await;
    assert_eq!(cluster.places().await, ["a", "b"]);
}

#[tokio::test(start_paused = true)]
async fn ds_13_a_daemonset_that_goes_adopts_nothing_though_nobody_has_heard() {
    let lag = Lag::of("/daemonsets");
    let world = World::with_lag(lasting(), &lag).await;
    let cluster = Cluster::around(world, &["a"]).await;
    cluster.create(json!({})).await;
    cluster.until_updated(1, |_| {}).await;
    let held = json!({"metadata": {"finalizers": ["test/held"]}});
    cluster.world.patch::<DaemonSet>("logs", held).await;
    cluster.world.pass_secs(2).await;
    lag.begin();
    let daemonsets = cluster.world.api::<DaemonSet>();
    let deleted = daemonsets.delete("logs", &DeleteParams::background()).await;
    deleted.expect("it is there");
    let stray = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "stray", "labels": {"app": "logs"}},
        "spec": {"nodeName": "a", "containers": [{"name": "main", "image": "x:1"}]},
    });
    cluster.world.create::<Pod>(stray).await;
    cluster.world.pass_secs(5).await;
    let stray = cluster.world.api::<Pod>().get("stray").await;
    let stray = stray.expect("it is there");
    assert!(stray.owner_references().is_empty());
    lag.end();
}

#[tokio::test(start_paused = true)]
async fn ds_21_history_is_kept_while_deletions_are_not_seen() {
    let lag = Lag::of("/pods");
    let world = World::with_lag(lasting(), &lag).await;
    let cluster = Cluster::around(world, &["a"]).await;
    cluster.create(json!({})).await;
    cluster.until_updated(1, |_| {}).await;
    lag.begin();
    cluster.world.patch::<DaemonSet>("logs", image("x:2")).await;
    cluster.world.pass_secs(5).await;
    assert!(cluster.places().await.is_empty(), "the old pod has gone");
    assert_eq!(cluster.status().await.observed_generation, Some(2));
    cluster.world.patch::<DaemonSet>("logs", image("x:3")).await;
    cluster.world.pass_secs(5).await;
    assert_eq!(
        cluster.revisions().await.len(),
        3,
        "the template has its own"
    );
    let observed = cluster.status().await.observed_generation;
    assert_eq!(observed, Some(2), "and that is all that is done");
    assert!(cluster.places().await.is_empty());
    lag.end();
    cluster.until_updated(1, |_| {}).await;
    assert_eq!(cluster.status().await.observed_generation, Some(3));
}

#[tokio::test(start_paused = true)]
async fn cj_20_23_a_run_that_is_not_seen_yet_is_neither_missed_nor_unexpected_nor_made_again() {
    for (resource, wakes) in [("/jobs", "cronjob"), ("/cronjobs", "job")] {
        for policy in ["Allow", "Forbid", "Replace"] {
            let why = format!("{resource} lag, {policy}");
            let lag = Lag::of(resource);
            let world = World::with_lag(succeeding(300), &lag).await;
            let spec = json!({"schedule": "1 * * * *", "concurrencyPolicy": policy});
            world.create::<CronJob>(cronjob("tick", spec)).await;
            world.pass_secs(1).await;
            lag.begin();
            world.pass_secs(62).await;
            let (run, label) = (
                slot("tick", 1),
                json!({"metadata": {"labels": {"wake": "up"}}}),
            );
            match wakes {
                "cronjob" => world.patch::<CronJob>("tick", label).await,
                _ => world.patch::<Job>(&run, label).await,
            }
            world.pass_secs(30).await;
            let told = [format!("SuccessfulCreate Created job {run}")];
            let run = std::slice::from_ref(&run);
            for seen in [false, true] {
                assert_eq!(world.job_names().await, run, "{why}");
                assert_eq!(active(&world, "tick").await, run, "{why}");
                assert_eq!(world.events("tick").await, told, "{why}");
                if !seen {
                    lag.end();
                    world.pass_secs(5).await;
                }
            }
        }
    }
}
