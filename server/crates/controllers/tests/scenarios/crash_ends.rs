//! Controllers that die at any write on a Job's way to another end than plain success.

use std::sync::Arc;

use k8s_openapi::api::batch::v1::{Job, JobStatus};
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::crashes::crashes;
use crate::jobs::job;
use crate::runner::{Script, succeeding};
use crate::world::{Crash, World, conditions, is_true};

const INDEX: &str = "batch.kubernetes.io/job-completion-index";

/// The uids of the pods that have started, in order.
type Started = Arc<Mutex<Vec<String>>>;

/// The first pod that starts fails after a second, the others run on.
fn first_fails() -> (Script, Started) {
    let started = Started::default();
    let told = started.clone();
    let script: Script = Arc::new(move |pod: &Pod, _| {
        let (uid, mut told) = (pod.uid().unwrap_or_default(), told.lock());
        if !told.contains(&uid) {
            told.push(uid.clone());
        }
        if told[0] == uid { (1, 1) } else { (1_000, 0) }
    });
    (script, started)
}

/// Index 0 succeeds after a second, the others run on.
fn first_index_succeeds() -> Script {
    Arc::new(|pod: &Pod, _| match pod.annotations()[INDEX].as_str() {
        "0" => (1, 0),
        _ => (1_000, 0),
    })
}

/// Each index succeeds after a second, index 0 at its second try.
fn first_try_of_index_0_fails() -> Script {
    let started = Started::default();
    Arc::new(move |pod: &Pod, _| {
        let (uid, mut told) = (pod.uid().unwrap_or_default(), started.lock());
        if pod.annotations()[INDEX] == "0" && !told.contains(&uid) {
            told.push(uid.clone());
        }
        (1, i32::from(told.first() == Some(&uid)))
    })
}

/// The Job's status in the end, whatever happened at the crash. The first writes come long before it.
async fn ends(script: Script, spec: Value, crash: Crash, end: &str) -> (World, JobStatus) {
    let mut world = World::with_crash(script, Some(crash)).await;
    world.create::<Job>(job("pi", spec)).await;
    world.pass_secs(40).await;
    if crash.after <= 5 {
        let status = world.job_status("pi").await;
        assert!(!is_true(&status, end), "{crash:?}: it did crash");
    }
    world.restart_controllers().await;
    let done = world.until("pi", |status| is_true(status, end)).await;
    world.pass_secs(5).await;
    let pods = world.pods().await;
    let is_tracked = |pod: &Pod| !pod.finalizers().is_empty();
    assert!(!pods.iter().any(is_tracked), "{crash:?}: JOB-53");
    assert_eq!(world.job_status("pi").await, done, "{crash:?}: for good");
    let idle = (done.active, done.ready, done.terminating);
    assert_eq!(idle, (None, Some(0), Some(0)), "{crash:?}");
    (world, done)
}

#[tokio::test(start_paused = true)]
async fn job_48_50_a_job_that_fails_counts_each_pod_once_though_a_write_kills_the_controller() {
    for crash in crashes() {
        let (script, started) = first_fails();
        let spec = json!({"completions": 3, "parallelism": 3, "backoffLimit": 0});
        let (_, done) = ends(script, spec, crash, "Failed").await;
        let told = [
            "FailureTarget=True BackoffLimitExceeded",
            "Failed=True BackoffLimitExceeded",
        ];
        assert_eq!(conditions(&done), told, "{crash:?}");
        let started = started.lock().len();
        assert!(started <= 3, "{crash:?}: {started} pods");
        let failed = done.failed.map(i64::from);
        assert_eq!(failed, i64::try_from(started).ok(), "{crash:?}: all failed");
        assert_eq!((done.succeeded, done.completion_time), (None, None));
    }
}

#[tokio::test(start_paused = true)]
async fn job_48_80_a_success_policy_ends_the_job_once_though_a_write_kills_the_controller() {
    for crash in crashes() {
        let spec = json!({
            "completions": 3, "parallelism": 3, "completionMode": "Indexed",
            "successPolicy": {"rules": [{"succeededIndexes": "0"}]},
        });
        let (_, done) = ends(first_index_succeeds(), spec, crash, "Complete").await;
        let told = [
            "SuccessCriteriaMet=True SuccessPolicy",
            "Complete=True SuccessPolicy",
        ];
        assert_eq!(conditions(&done), told, "{crash:?}");
        let completed = (done.succeeded, done.completed_indexes.as_deref());
        assert_eq!(completed, (Some(1), Some("0")), "{crash:?}");
        // what the dead controller had stopped, and not let go, counts as it does upstream
        assert!(done.failed.unwrap_or(0) <= 2, "{crash:?}: {done:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn job_91_92_a_suspension_counts_no_failure_though_a_write_kills_the_controller() {
    for crash in crashes() {
        let mut world = World::with_crash(succeeding(30), Some(crash)).await;
        let spec = json!({"completions": 2, "parallelism": 2});
        world.create::<Job>(job("pi", spec)).await;
        world.pass_secs(5).await;
        let suspend = |yes: bool| json!({"spec": {"suspend": yes}});
        world.patch::<Job>("pi", suspend(true)).await;
        world.pass_secs(5).await;
        world.restart_controllers().await;
        let held = world.until("pi", |status| is_true(status, "Suspended"));
        let held = held.await;
        world.pass_secs(5).await;
        assert!(world.pods().await.is_empty(), "{crash:?}");
        assert_eq!((held.failed, held.start_time), (None, None), "{crash:?}");
        world.patch::<Job>("pi", suspend(false)).await;
        let done = world.until("pi", |status| is_true(status, "Complete"));
        let done = done.await;
        let counts = (done.succeeded, done.failed);
        assert_eq!(counts, (Some(2), None), "{crash:?}");
        assert_eq!(world.pods().await.len(), 2, "{crash:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn job_23_75_an_index_keeps_the_count_of_its_failures_though_a_write_kills_the_controller() {
    for crash in crashes() {
        let spec = json!({
            "completions": 2, "parallelism": 2, "completionMode": "Indexed",
            "backoffLimitPerIndex": 1,
        });
        let script = first_try_of_index_0_fails();
        let (world, done) = ends(script, spec, crash, "Complete").await;
        let counts = (done.succeeded, done.failed);
        assert_eq!(counts, (Some(2), Some(1)), "{crash:?}");
        assert_eq!(done.completed_indexes.as_deref(), Some("0,1"), "{crash:?}");
        let failed = done.failed_indexes.unwrap_or_default();
        assert!(failed.is_empty(), "{crash:?}: {failed}");
        let tries = world.pods().await.into_iter().map(|pod| {
            let note = |name: &str| pod.annotations()[name].clone();
            (
                note(INDEX),
                note("batch.kubernetes.io/job-index-failure-count"),
            )
        });
        let mut tries: Vec<_> = tries.collect();
        tries.sort();
        let want = [("0", "0"), ("0", "1"), ("1", "0")];
        let want = want.map(|(index, failures)| (index.to_owned(), failures.to_owned()));
        assert_eq!(tries, want, "{crash:?}");
    }
}
