//! Whose a Job's pods are, and who lets them go.

use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use kube::api::{DeleteParams, Patch, PatchParams};
use serde_json::{Value, json};

use crate::jobs::job;
use crate::runner::succeeding;
use crate::world::{World, is_true};

const FINALIZER: &str = "batch.kubernetes.io/job-tracking";
const SELECTED_BY: &str = "batch.kubernetes.io/controller-uid";

fn reference(job: &Job) -> Value {
    json!({
        "apiVersion": "batch/v1", "kind": "Job", "name": job.name_any(), "uid": job.uid(),
        "controller": true, "blockOwnerDeletion": true,
    })
}

/// How many pods that stay this Job has.
async fn pods_of(world: &World, job: &Job) -> usize {
    let pods = world.pods().await;
    let own = pods.iter().filter(|pod| {
        let mut owners = pod.owner_references().iter();
        pod.metadata.deletion_timestamp.is_none()
            && owners.any(|owner| Some(&owner.uid) == job.metadata.uid.as_ref())
    });
    own.count()
}

#[tokio::test(start_paused = true)]
async fn job_03_a_pod_that_changes_hands_wakes_both_jobs() {
    let world = World::start(succeeding(500)).await;
    let first = world.create::<Job>(job("first", json!({}))).await;
    world.until("first", |status| status.ready == Some(1)).await;
    let pod = world.pods().await.remove(0).name_any();
    let second = world.create::<Job>(job("second", json!({}))).await;
    world
        .until("second", |status| status.ready == Some(1))
        .await;
    world.pass_secs(2).await;
    let handed = json!({"metadata": {
        "labels": {SELECTED_BY: second.uid()}, "ownerReferences": [reference(&second)],
    }});
    world.patch::<Pod>(&pod, handed).await;
    world.pass_secs(1).await;
    assert_eq!(pods_of(&world, &first).await, 1, "another takes its place");
    assert_eq!(pods_of(&world, &second).await, 1, "one of two is surplus");
}

#[tokio::test(start_paused = true)]
async fn job_05_11_whose_finalizer_is_an_orphans() {
    let world = World::start(succeeding(500)).await;
    let far = job("far", json!({"managedBy": "example.com/other"}));
    let far = world.create::<Job>(far).await;
    let condition = |type_: &str| json!({"type": type_, "status": "True"});
    let ended = json!({"status": {
        "startTime": "2026-11-23T12:00:00Z", "conditions": [condition("FailureTarget"), condition("Failed")],
    }});
    let jobs = world.api::<Job>();
    let params = PatchParams::default();
    let ended = jobs
        .patch_status("far", &params, &Patch::Merge(ended))
        .await;
    ended.expect("its own controller ends it");
    let other = |api_version: &str, kind: &str| {
        json!([{
            "apiVersion": api_version, "kind": kind, "name": "other", "uid": "other", "controller": true,
        }])
    };
    let rows = [
        ("nobodys", json!([]), false),
        ("of-a-job-that-is-gone", other("batch/v1", "Job"), false),
        ("of-another-kind", other("apps/v1", "ReplicaSet"), true),
        ("of-another-group", other("example.com/v1", "Job"), true),
        ("of-one-managed-elsewhere", json!([reference(&far)]), true),
    ];
    for (name, owners, _) in &rows {
        let pod = json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {
                "name": name, "ownerReferences": owners, "finalizers": [FINALIZER, "test/held"],
            },
            "spec": {"nodeName": "node-1", "containers": [{"name": "main", "image": "x"}]},
        });
        world.create::<Pod>(pod).await;
    }
    world.pass_secs(10).await;
    for (name, _, stays) in rows {
        let pod = world.api::<Pod>().get(name).await.expect("it is held");
        let tracked = pod.finalizers().iter().any(|own| own == FINALIZER);
        assert_eq!(tracked, stays, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn job_62_a_pod_that_is_taken_away_before_it_is_counted_is_lost() {
    let world = World::start(succeeding(20)).await;
    world.create::<Job>(job("pi", json!({}))).await;
    world.until("pi", |status| status.ready == Some(1)).await;
    let pod = world.pods().await.remove(0).name_any();
    let free = json!({"metadata": {"finalizers": null}});
    world.patch::<Pod>(&pod, free).await;
    let pods = world.api::<Pod>();
    let now = DeleteParams::default().grace_period(0);
    pods.delete(&pod, &now).await.expect("it is there");
    let done = world
        .until("pi", |status| is_true(status, "Complete"))
        .await;
    assert_eq!((done.succeeded, done.failed), (Some(1), None));
    let took = done.completion_time.expect("set").0;
    let took = took.duration_since(done.start_time.expect("set").0);
    assert!(
        took.as_secs() < 30,
        "the next one waits for nothing: {took}"
    );
}

#[tokio::test(start_paused = true)]
async fn job_45_a_controller_that_starts_knows_of_no_failures_in_a_row() {
    let mut world = World::start(crate::runner::failing_first(1)).await;
    world.create::<Job>(job("pi", json!({}))).await;
    world.until("pi", |status| status.failed == Some(1)).await;
    world.pass_secs(2).await;
    assert_eq!(world.pods().await.len(), 1, "ten seconds between the two");
    world.restart_controllers().await;
    world.pass_secs(1).await;
    assert_eq!(world.pods().await.len(), 2);
}
