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
    let near = world.create::<Job>(job("near", json!({}))).await;
    let owned = |api_version: &str, name: &str, uid: Option<String>| json!([{"apiVersion": api_version, "kind": "Job", "name": name, "uid": uid}]);
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
        ("of-a-cronjob", other("batch/v1", "CronJob"), true),
        (
            "owned-by-a-job-that-does-not-control-it",
            owned("batch/v1", "near", near.uid()),
            false,
        ),
        (
            "owned-by-another-group",
            owned("example.com/v1", "other", Some("other".to_owned())),
            false,
        ),
    ];
    for (name, owners, _) in &rows {
        world.create::<Pod>(held(name, owners)).await;
    }
    world.pass_secs(10).await;
    for (name, _, stays) in rows {
        let pod = world.api::<Pod>().get(name).await.expect("it is held");
        let tracked = pod.finalizers().iter().any(|own| own == FINALIZER);
        assert_eq!(tracked, stays, "{name}");
    }
}

/// A pod that counts for a Job, and that nothing takes away.
fn held(name: &str, owners: &Value) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": name, "ownerReferences": owners, "finalizers": [FINALIZER, "test/held"],
        },
        "spec": {"nodeName": "node-1", "containers": [{"name": "main", "image": "x"}]},
    })
}

#[tokio::test(start_paused = true)]
async fn job_11_pods_that_were_left_while_nobody_looked_are_let_go() {
    let mut world = World::without_controllers(succeeding(500)).await;
    let gone = json!([{
        "apiVersion": "batch/v1", "kind": "Job", "name": "gone", "uid": "gone", "controller": true,
    }]);
    let rows = [("nobodys", json!([])), ("of-a-job-that-is-gone", gone)];
    for (name, owners) in &rows {
        world.create::<Pod>(held(name, owners)).await;
    }
    world.pass_secs(5).await;
    for started in [false, true] {
        if started {
            world.restart_controllers().await;
            world.pass_secs(5).await;
        }
        for (name, _) in &rows {
            let pod = world.api::<Pod>().get(name).await.expect("it is held");
            let tracked = pod.finalizers().iter().any(|own| own == FINALIZER);
            assert_eq!(tracked, !started, "{name}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn job_10_a_pod_that_loses_its_owner_is_taken_back() {
    let world = World::start(succeeding(100)).await;
    let made = world.create::<Job>(job("own", json!({}))).await;
    world.until("own", |status| status.ready == Some(1)).await;
    let pod = world.pods().await.remove(0).name_any();
    let lost = json!({"metadata": {"ownerReferences": null}});
    world.patch::<Pod>(&pod, lost).await;
    world.pass_secs(5).await;
    let pods = world.pods().await;
    assert_eq!(pods.len(), 1, "none takes its place");
    assert_eq!(pods[0].name_any(), pod);
    assert_eq!(json!(pods[0].owner_references()), json!([reference(&made)]));
    assert_eq!(
        pods[0].finalizers(),
        [FINALIZER],
        "it is counted in the end"
    );
    let done = world
        .until("own", |status| is_true(status, "Complete"))
        .await;
    assert_eq!((done.succeeded, done.failed), (Some(1), None));
}

#[tokio::test(start_paused = true)]
async fn job_03_10_a_pod_is_adopted_by_what_a_selector_says_of_its_labels() {
    let world = World::start(succeeding(100)).await;
    let mut manual = job("manual", json!({"manualSelector": true}));
    let rule = json!({"key": "foo", "operator": "In", "values": ["bar", "baz"]});
    manual["spec"]["selector"] = json!({"matchExpressions": [rule]});
    manual["spec"]["template"]["metadata"] = json!({"labels": {"foo": "bar"}});
    let made = world.create::<Job>(manual).await;
    world
        .until("manual", |status| status.ready == Some(1))
        .await;
    for (name, labels) in [
        ("meant", json!({"foo": "baz"})),
        ("other", json!({"foo": "qux"})),
    ] {
        let pod = json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": labels},
            "spec": {"nodeName": "node-1", "restartPolicy": "Never", "containers": [{"name": "main", "image": "x"}]},
        });
        world.create::<Pod>(pod).await;
        world.pass_secs(5).await;
        assert_eq!(pods_of(&world, &made).await, 1, "one of two is surplus");
    }
    let pods = world.pods().await;
    let strays = pods.iter().filter(|pod| pod.owner_references().is_empty());
    let strays: Vec<_> = strays.map(ResourceExt::name_any).collect();
    assert_eq!(strays, ["other"]);
}

#[tokio::test(start_paused = true)]
async fn job_05_a_job_made_anew_for_another_controller_is_left_alone() {
    let world = World::start(succeeding(500)).await;
    world.create::<Job>(job("pi", json!({}))).await;
    world.until("pi", |status| status.ready == Some(1)).await;
    let jobs = world.api::<Job>();
    let gone = jobs.delete("pi", &DeleteParams::background()).await;
    gone.expect("it is there");
    let far = job("pi", json!({"managedBy": "example.com/other"}));
    let far = world.create::<Job>(far).await;
    world.pass_secs(60).await;
    assert_eq!(pods_of(&world, &far).await, 0);
    assert!(world.pods().await.is_empty(), "those of the first go");
    assert_eq!(world.job_status("pi").await, Default::default());
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
