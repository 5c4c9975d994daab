//! Syncs that do less than usual, and why.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Pod;
use orrery_informer::ObjectKey;
use serde_json::{Value, json};

use super::super::controller::BACKOFF;
use super::super::memory::{Memories, Memory};
use super::super::spec::Spec;
use super::shape::{Shape, at, job, noon, pod, pods, sync, sync_unsettled, told};
use crate::note::Note;

#[test]
fn job_04_a_failed_sync_waits_one_second_doubling_to_a_minute() {
    let delays = (1..=9).map(|failures| BACKOFF.after(failures));
    let want = [1, 2, 4, 8, 16, 32, 60, 60, 60].map(Duration::from_secs);
    assert_eq!(delays.collect::<Vec<_>>(), want);
}

#[test]
fn job_06_an_unknown_completion_mode_is_not_synced() {
    let rows = [
        (json!("Indexed"), true),
        (json!("NonIndexed"), true),
        (json!(null), true),
        (json!("Random"), false),
    ];
    for (mode, known) in rows {
        let job = job(json!({"completionMode": mode}), json!({}));
        let spec = Spec::of(&job).expect("it has a spec");
        let told = "Skipped Job sync because completion mode is unknown";
        let told = (!known).then(|| Note::warning("UnknownCompletionMode", told));
        assert_eq!(spec.unknown_completion_mode(), told, "{mode}");
    }
}

#[test]
fn job_08_what_is_remembered_is_of_this_very_job() {
    let memories = Memories::default();
    let (key, first) = (ObjectKey::new("default", "pi"), job(json!({}), json!({})));
    let mut memory = memories.take(&key, &first);
    memory.finished = true;
    memories.put(key.clone(), memory);
    let again = memories.take(&key, &first);
    assert!(again.finished, "no sync follows the terminal condition");
    memories.put(key.clone(), again);
    let mut second = first;
    second.metadata.uid = Some("another".to_owned());
    assert!(
        !memories.take(&key, &second).finished,
        "but of a new Job of that name"
    );
}

#[test]
fn job_26_nothing_is_made_or_deleted_before_the_last_deletions_are_seen() {
    let job = job(json!({"parallelism": 1}), json!({}));
    let running = |n: i32| (0..n).map(|n| pod(&format!("p{n}"), "Running"));
    for seen in [vec![], running(3).collect()] {
        let sync = sync_unsettled(&job, &pods(seen), 1);
        assert_eq!((sync.created.len(), sync.deleted.len()), (0, 0));
    }
    let suspended = super::shape::job(json!({"suspend": true}), json!({}));
    let seen = running(3).map(|pod| pod.ready(0)).collect();
    let sync = sync_unsettled(&suspended, &pods(seen), 1);
    assert!(sync.deleted.is_empty(), "JOB-91: nor for a suspension");
    assert!(told(&sync.first).is_empty(), "which is not told of either");
    assert_eq!((sync.first.active, sync.first.ready), (Some(3), Some(3)));
    let mut memory = Memory::default();
    let leaving = pods(vec![pod("a", "Running").leaving()]);
    let staying = pods(vec![pod("a", "Running")]);
    let rows = [
        ("a pod that stays is waited for", &staying, 299, true),
        ("for five minutes", &staying, 300, false),
        ("one that is seen leaving is not", &leaving, 1, false),
    ];
    for (why, seen, secs, waits) in rows {
        memory.deleting = [("a".to_owned(), noon())].into();
        observe(&mut memory, seen, secs);
        assert_eq!(!memory.deleting.is_empty(), waits, "{why}");
    }
}

fn observe(memory: &mut Memory, pods: &[Arc<Pod>], secs: i64) {
    let now = noon() + SignedDuration::from_secs(secs);
    memory.observe(pods.iter().map(Arc::as_ref), now);
}

fn leaving_job(spec: Value) -> Job {
    let mut job = job(spec, json!({"startTime": at(0)}));
    job.metadata.deletion_timestamp = serde_json::from_value(json!(at(0))).ok();
    job
}

#[test]
fn job_27_a_job_being_deleted_makes_and_deletes_nothing() {
    let rows = [
        ("too few", vec![], vec![]),
        (
            "too many",
            (0..5).map(|n| pod(&format!("p{n}"), "Running")).collect(),
            vec!["p0", "p1", "p2", "p3", "p4"],
        ),
        (
            "one is done, one waits",
            vec![pod("a", "Pending"), pod("b", "Succeeded")],
            vec!["a", "b"],
        ),
    ];
    for (why, seen, released) in rows {
        let stays = |pod: &&Value| pod["status"]["phase"] != "Succeeded";
        let active = i32::try_from(seen.iter().filter(stays).count()).expect("few");
        for suspend in [false, true] {
            let job = leaving_job(json!({"suspend": suspend}));
            let sync = sync(&job, &pods(seen.clone()), 1);
            assert_eq!((sync.created.len(), sync.deleted.len()), (0, 0), "{why}");
            assert!(told(&sync.first).is_empty(), "{why}: nor told of");
            assert_eq!(sync.first.active.unwrap_or(0), active, "{why}");
            assert_eq!(sync.released, released, "{why}: JOB-62: finalizers go");
            assert_eq!(sync.settled.status.failed, None, "{why}: none has failed");
        }
    }
}

#[test]
fn job_28_a_job_being_deleted_can_still_end() {
    let job = leaving_job(json!({"activeDeadlineSeconds": 1}));
    let sync = sync(&job, &[], 2);
    assert_eq!(
        told(&sync.settled.status),
        [
            "FailureTarget=True DeadlineExceeded",
            "Failed=True DeadlineExceeded"
        ]
    );
}
