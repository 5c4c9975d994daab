//! Controllers that die between any two writes, and the ones that take over.

use std::collections::BTreeSet;

use k8s_openapi::api::batch::v1::{CronJob, Job};
use kube::ResourceExt;
use serde_json::{Value, json};

use crate::jobs::job;
use crate::runner::{failing_first, succeeding};
use crate::world::{Crash, World, is_true};

/// More writes than any of these histories has; the last rounds crash nothing.
const WRITES: i64 = 30;

/// A crash at each write, before it and after it.
pub fn crashes() -> impl Iterator<Item = Crash> {
    (1..=WRITES).flat_map(|after| [false, true].map(|lost_answer| Crash { after, lost_answer }))
}

async fn check_job(spec: Value, failures: i32, crash: Crash) {
    let mut world =
        World::with_crash(failing_first(failures.unsigned_abs() as usize), Some(crash)).await;
    world.create::<Job>(job("pi", spec.clone())).await;
    world.pass_secs(40).await;
    if crash.after <= 5 {
        let status = world.job_status("pi").await;
        assert!(!is_true(&status, "Complete"), "{crash:?}: it did crash");
    }
    world.restart_controllers().await;
    let done = world
        .until("pi", |status| is_true(status, "Complete"))
        .await;
    assert_eq!(
        done.succeeded,
        Some(3),
        "{crash:?}: each completion is counted once"
    );
    assert_eq!(
        done.failed.unwrap_or(0),
        failures,
        "{crash:?}: each failure is counted once"
    );
    let pods = world.pods().await;
    assert_eq!(
        pods.len() as i32,
        3 + failures,
        "{crash:?}: no pod too many"
    );
    world.pass_secs(2).await;
    let tracked = world
        .pods()
        .await
        .iter()
        .filter(|pod| !pod.finalizers().is_empty())
        .count();
    assert_eq!(tracked, 0, "{crash:?}: no finalizer is left");
}

#[tokio::test(start_paused = true)]
async fn job_60_a_crash_between_any_two_writes_counts_every_pod_once() {
    for crash in crashes() {
        check_job(json!({"completions": 3, "parallelism": 2}), 0, crash).await;
        check_job(json!({"completions": 3, "parallelism": 2}), 1, crash).await;
    }
}

#[tokio::test(start_paused = true)]
async fn job_61_the_same_for_indexed_jobs() {
    for crash in crashes() {
        let spec = json!({"completions": 3, "parallelism": 2, "completionMode": "Indexed"});
        check_job(spec, 1, crash).await;
    }
}

#[tokio::test(start_paused = true)]
async fn cj_54_a_slot_never_runs_twice() {
    for crash in crashes() {
        let mut world = World::with_crash(succeeding(1), Some(crash)).await;
        let template = job("x", json!({}))["spec"].clone();
        world
            .create::<CronJob>(json!({
                "apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "tick"},
                "spec": {"schedule": "* * * * *", "jobTemplate": {"spec": template}, "successfulJobsHistoryLimit": 10},
            }))
            .await;
        world.pass_secs(150).await;
        world.restart_controllers().await;
        world.pass_secs(60).await;
        let names = world.job_names().await;
        let unique: BTreeSet<_> = names.iter().collect();
        assert_eq!(names.len(), unique.len(), "{crash:?}");
        assert!(names.len() <= 3, "{crash:?}: {names:?}");
        let status = world.cronjob("tick").await.status.expect("written");
        assert_eq!(
            status.last_schedule_time.expect("set").0.to_string(),
            "2026-11-23T12:03:00Z",
            "{crash:?}"
        );
        assert!(status.active.is_none(), "{crash:?}: {:?}", status.active);
    }
}
