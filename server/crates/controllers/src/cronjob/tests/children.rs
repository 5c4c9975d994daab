//! Which Jobs are a CronJob's, which of them go, and what the active list makes of them.

use std::sync::Arc;

use k8s_openapi::api::batch::v1::{CronJobStatus, Job};
use kube::ResourceExt;
use serde_json::{Value, json};

use super::super::active::{is_active, remove, settle_finished, unexpected, unseen};
use super::super::history::{expired, finished};
use super::{cronjob, time};
use crate::note::Note;

/// A Job that ended so (`""` when it runs), started at this second of noon (negative: never).
fn job(name: &str, end: &str, started: i64) -> Arc<Job> {
    let conditions = match end {
        "" => json!([]),
        end => json!([{"type": end, "status": "True"}]),
    };
    let mut status = json!({"conditions": conditions});
    if started >= 0 {
        status["startTime"] = json!(format!("2026-11-23T12:00:{started:02}Z"));
        status["completionTime"] = json!(format!("2026-11-23T12:01:{started:02}Z"));
    }
    let job =
        json!({"metadata": {"name": name, "namespace": "default", "uid": name}, "status": status});
    Arc::new(serde_json::from_value(job).expect("a literal Job"))
}

#[test]
fn cj_10_to_14_history() {
    let jobs = [
        job("c", "Complete", 3),
        job("b", "Complete", 1),
        job("a", "Complete", 1),
        job("never", "Complete", -1),
        job("f", "Failed", 0),
        job("g", "Failed", 2),
        job("running", "", 0),
    ];
    let rows = [
        ("no limits", json!({}), vec![]),
        (
            "oldest first, ties by name",
            json!({"successfulJobsHistoryLimit": 2}),
            vec!["a", "b"],
        ),
        (
            "never started comes last",
            json!({"successfulJobsHistoryLimit": 1}),
            vec!["a", "b", "c"],
        ),
        (
            "each kind has its own limit",
            json!({"successfulJobsHistoryLimit": 3, "failedJobsHistoryLimit": 1}),
            vec!["a", "f"],
        ),
        (
            "as many as may stay, and fewer",
            json!({"successfulJobsHistoryLimit": 4, "failedJobsHistoryLimit": 9}),
            vec![],
        ),
        (
            "CJ-14: none is kept",
            json!({"failedJobsHistoryLimit": 0}),
            vec!["f", "g"],
        ),
    ];
    for (why, spec, want) in rows {
        let cronjob = cronjob(spec, json!({}));
        let names: Vec<_> = expired(&cronjob.spec, &jobs)
            .iter()
            .map(|job| job.name_any())
            .collect();
        assert_eq!(names, want, "{why}");
    }
}

#[test]
fn cj_11_only_a_condition_that_is_true_ends_a_job() {
    let rows = [
        ("Complete", "True", Some("Complete")),
        ("Failed", "True", Some("Failed")),
        ("Complete", "False", None),
        ("Failed", "Unknown", None),
        ("Suspended", "True", None),
        ("SuccessCriteriaMet", "True", None),
        ("FailureTarget", "True", None),
    ];
    for (type_, status, want) in rows {
        let conditions = json!([{"type": type_, "status": status}]);
        let job = json!({"metadata": {"name": "x"}, "status": {"conditions": conditions}});
        let job: Job = serde_json::from_value(job).expect("a literal Job");
        assert_eq!(finished(&job), want, "{type_} is {status}");
    }
}

#[test]
fn cj_12_the_oldest_go_first_by_their_start_and_then_their_names() {
    let rows = [
        ("neither started", [("b", -1), ("a", -1)], ["a", "b"]),
        ("one started", [("a", -1), ("b", 1)], ["b", "a"]),
        ("the other did", [("a", 1), ("b", -1)], ["a", "b"]),
        ("at the same time", [("b", 1), ("a", 1)], ["a", "b"]),
        ("one after the other", [("a", 2), ("b", 1)], ["b", "a"]),
    ];
    let cronjob = cronjob(json!({"failedJobsHistoryLimit": 0}), json!({}));
    for (why, jobs, want) in rows {
        let jobs = jobs.map(|(name, started)| job(name, "Failed", started));
        let gone = expired(&cronjob.spec, &jobs);
        let names: Vec<_> = gone.iter().map(|job| job.name_any()).collect();
        assert_eq!(names, want, "{why}");
    }
}

#[test]
fn cj_20_to_24_the_active_list() {
    let jobs = [
        job("new", "", 0),
        job("old", "", 0),
        job("done", "Complete", 5),
        job("bad", "Failed", 9),
        job("hand", "Complete", 7),
    ];
    let status = json!({"active": [
        {"name": "old", "uid": "old"}, {"name": "done", "uid": "done"}, {"name": "bad", "uid": "bad"}, {"name": "gone", "uid": "gone"},
    ]});
    let mut status: CronJobStatus = serde_json::from_value(status).expect("a literal status");
    let names: Vec<_> = unexpected(&status, &jobs)
        .iter()
        .map(|job| job.name_any())
        .collect();
    assert_eq!(names, ["new"], "CJ-20");
    let missing: Vec<_> = unseen(&status, &jobs)
        .into_iter()
        .filter_map(|entry| entry.name)
        .collect();
    assert_eq!(missing, ["gone"], "CJ-23");
    let (changed, notes) = settle_finished(&mut status, &jobs);
    assert!(changed);
    let saw = [
        "Saw completed job: done, condition: Complete",
        "Saw completed job: bad, condition: Failed",
    ];
    let saw = saw.map(|text| Note::normal("SawCompletedJob", text));
    assert_eq!(notes, saw, "CJ-21");
    assert_eq!(
        status.last_successful_time.as_ref().map(|time| time.0),
        Some(time("12:01:07")),
        "CJ-22: the latest, listed or not"
    );
    let left: Vec<_> = status
        .active
        .iter()
        .flatten()
        .filter_map(|entry| entry.name.clone())
        .collect();
    assert_eq!(left, ["old", "gone"]);
    assert!(
        !settle_finished(&mut status, &jobs).0,
        "a second look changes nothing"
    );
}

#[test]
fn cj_22_the_latest_success_is_told_and_an_earlier_one_changes_nothing() {
    let rows = [
        ("none is told yet", None, "12:01:05", true),
        ("an earlier one is", Some("12:01:04"), "12:01:05", true),
        ("this one is", Some("12:01:05"), "12:01:05", false),
        ("a later one is", Some("12:01:06"), "12:01:06", false),
    ];
    for (why, told, want, changes) in rows {
        let told = told.map(|at| format!("2026-11-23T{at}Z"));
        let status = json!({ "lastSuccessfulTime": told });
        let mut status: CronJobStatus = serde_json::from_value(status).expect("a literal status");
        let (changed, notes) = settle_finished(&mut status, &[job("done", "Complete", 5)]);
        assert_eq!((changed, notes.len()), (changes, 0), "{why}");
        let last = status.last_successful_time.map(|time| time.0);
        assert_eq!(last, Some(time(want)), "{why}");
    }
    let untimed = [job("untimed", "Complete", -1)];
    let mut status = CronJobStatus::default();
    let told = settle_finished(&mut status, &untimed);
    assert_eq!(told, (false, vec![]), "a success that has no time");
    assert_eq!(status.last_successful_time, None);
}

#[test]
fn cj_23_an_entry_without_a_uid_leaves_the_list_too_and_is_missed() {
    let status = json!({"active": [{"name": "old", "uid": "old"}, {"name": "bare"}]});
    let mut status: CronJobStatus = serde_json::from_value(status).expect("a literal status");
    assert!(is_active(&status, Some("old")));
    assert!(!is_active(&status, None), "what has no uid is no Job's");
    for (why, uid, was_there, left) in [
        ("one that is not there", Some("new"), false, 2),
        ("the one without", None, true, 1),
        ("there was one", None, false, 1),
        ("the last", Some("old"), true, 0),
    ] {
        assert_eq!(remove(&mut status, uid), was_there, "{why}");
        assert_eq!(status.active.iter().flatten().count(), left, "{why}");
    }
    assert!(status.active.is_none());
}

#[test]
fn cj_02_children_are_known_by_the_name_of_their_controller() {
    let owner = |kind: &str, uid: &str, controller: bool| json!({"apiVersion": "batch/v1", "kind": kind, "name": "tick", "uid": uid, "controller": controller});
    let rows = [
        ("its own", json!([owner("CronJob", "cj", true)]), true),
        (
            "of an earlier one of that name",
            json!([owner("CronJob", "before", true)]),
            true,
        ),
        ("of another kind", json!([owner("Other", "x", true)]), true),
        (
            "owned but not controlled",
            json!([owner("CronJob", "cj", false)]),
            false,
        ),
        ("ownerless", json!([]), false),
    ];
    let found = |namespace: &str, owners: &Value| {
        let labels = json!({"of": "an earlier template"});
        let meta = json!({"name": "j", "namespace": namespace, "labels": labels, "ownerReferences": owners});
        let meta = serde_json::from_value(meta).expect("literal metadata");
        crate::manager::indexes::controller_name(&meta)
    };
    for (why, owners, seen) in rows {
        assert_eq!(found("default", &owners) == ["default/tick"], seen, "{why}");
        assert_ne!(found("other", &owners), ["default/tick"], "elsewhere");
    }
}
