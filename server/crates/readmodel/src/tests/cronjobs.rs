//! CronJobs as rows.

use jiff::SignedDuration;
use k8s_openapi::api::batch::v1::Job;
use orrery_view::{CronJobStatus, Kind, ListQuery, Outcome, SlotWhy, SortBy};
use serde_json::{Value, json};

use super::{at, cronjob, job, object, outcomes, row};
use crate::model::Model;
use crate::page::page;

#[test]
fn a_slot_that_forbid_held_back_is_skipped_and_never_missed() {
    let mut model = Model::default();
    model.put_cronjob(&cronjob("etl", json!({})), at(0));
    model.put_job(&job("etl", 1, Some(("Complete", 2))), at(0));
    model.put_job(&job("etl", 2, None), at(0));
    let row = row(&mut model, at(4) + SignedDuration::from_secs(30));
    let expected = [
        Outcome::Succeeded,
        Outcome::Running,
        Outcome::Skipped,
        Outcome::Skipped,
    ];
    assert_eq!(outcomes(&row.strip), expected);
    let held = SlotWhy::Held {
        by: row.strip[1].job.clone(),
    };
    let waits = SlotWhy::Waits {
        by: row.strip[1].job.clone().expect("it is there"),
    };
    let whys: Vec<_> = row.gaps.iter().map(|gap| (gap.slot, &gap.why)).collect();
    let slot = |minute| at(minute).as_millisecond();
    assert_eq!(
        whys,
        [(slot(4), &waits), (slot(3), &held)],
        "each gap of a list's row has its own reason"
    );
    assert_eq!(row.status, CronJobStatus::Skipping);
    assert_eq!(row.active, 1);
    assert_eq!(row.next_run, Some(at(5).as_millisecond()));
}

#[test]
fn a_slot_that_waits_for_the_run_before_it_is_not_skipped() {
    let mut model = Model::default();
    model.put_cronjob(&cronjob("etl", json!({})), at(0));
    model.put_job(&job("etl", 1, None), at(0));
    let row = row(&mut model, at(2) + SignedDuration::from_secs(30));
    assert_eq!(row.status, CronJobStatus::Running);
    assert!(matches!(row.gaps[0].why, SlotWhy::Waits { .. }));
}

#[test]
fn slots_while_suspended_or_before_it_was_known_are_no_gaps() {
    let mut model = Model::default();
    model.put_cronjob(&cronjob("etl", json!({"spec": {"suspend": true}})), at(0));
    let suspended = row(&mut model, at(10));
    assert_eq!(suspended.strip, []);
    assert_eq!(suspended.status, CronJobStatus::Suspended);
    let would_run = at(11).as_millisecond();
    assert_eq!(
        suspended.next_run,
        Some(would_run),
        "the page says when it would run"
    );
    model.put_cronjob(&cronjob("etl", json!({"spec": {"suspend": false}})), at(10));
    let resumed = row(&mut model, at(12) + SignedDuration::from_secs(30));
    assert_eq!(outcomes(&resumed.strip), [Outcome::Missed, Outcome::Missed]);
}

#[test]
fn runs_are_remembered_when_their_jobs_are_gone() {
    let mut model = Model::default();
    model.put_cronjob(
        &cronjob("etl", json!({"spec": {"concurrencyPolicy": "Replace"}})),
        at(0),
    );
    model.put_job(&job("etl", 1, Some(("Failed", 2))), at(0));
    model.put_job(&job("etl", 2, None), at(0));
    model.remove_job("etl-1", at(3));
    // Replace deletes the old Job before the new one is made (CJ-43).
    model.remove_job("etl-2", at(3));
    model.put_job(&job("etl", 3, None), at(0));
    let row = row(&mut model, at(3) + SignedDuration::from_secs(1));
    let expected = [Outcome::Failed, Outcome::Replaced, Outcome::Running];
    assert_eq!(outcomes(&row.strip), expected);
    assert!(row.strip[0].job.is_none(), "there is no Job to link to");
}

#[test]
fn a_schedule_that_cannot_be_read_or_never_fires_is_invalid() {
    for schedule in ["61 * * * *", "0 0 30 2 *"] {
        let mut model = Model::default();
        model.put_cronjob(
            &cronjob("x", json!({"spec": {"schedule": schedule}})),
            at(0),
        );
        let row = row(&mut model, at(0));
        assert_eq!(
            (row.status, row.next_run),
            (CronJobStatus::Invalid, None),
            "{schedule}"
        );
    }
}

#[test]
fn a_run_that_began_before_all_time_has_a_place_in_a_list() {
    let began = json!({"status": {"startTime": "0001-01-01T00:00:00Z"}});
    let first = serde_json::to_value(job("etl", 0, None)).expect("a Job");
    let mut model = Model::default();
    model.put_job(&object::<Job>(first, began), at(0));
    model.put_job(&job("etl", 1, None), at(1));
    let mut query = ListQuery::of(Kind::Job);
    query.sort.by = SortBy::Duration;
    query.sort.descending = true;
    let rows = page(&model, &query, true, at(2)).rows;
    let names: Vec<_> = rows.iter().map(|row| row.head().name.as_str()).collect();
    assert_eq!(names, ["etl-0", "etl-1"], "the longest first");
}

#[test]
fn active_are_all_unfinished_jobs_that_it_owns_manual_ones_included() {
    let mut model = Model::default();
    // what its status says leaves manual runs out, and may be old
    model.put_cronjob(&cronjob("etl", json!({"status": {"active": []}})), at(0));
    let manual = |name: &str, owner_uid: &str, end: Option<(&str, i64)>| -> Job {
        let base = serde_json::to_value(job("etl", 1, end)).expect("a Job");
        object(
            base,
            json!({"metadata": {
                "name": name, "uid": name,
                "annotations": {"batch.kubernetes.io/cronjob-scheduled-timestamp": null,
                                "cronjob.kubernetes.io/instantiate": "manual"},
                "ownerReferences": [{"apiVersion": "batch/v1", "kind": "CronJob", "name": "etl",
                                     "uid": owner_uid, "controller": true}],
            }}),
        )
    };
    model.put_job(&job("etl", 1, None), at(1));
    model.put_job(&manual("etl-manual-a", "etl", None), at(1));
    assert_eq!(
        row(&mut model, at(2)).active,
        2,
        "the slot's and the manual one"
    );
    model.put_job(&manual("etl-manual-b", "etl", Some(("Complete", 2))), at(2));
    model.put_job(&manual("etl-manual-c", "an earlier etl", None), at(2));
    assert_eq!(
        row(&mut model, at(2)).active,
        2,
        "neither one that ended nor one of another CronJob of that name"
    );
    model.put_job(&manual("etl-manual-a", "etl", Some(("Failed", 3))), at(3));
    model.remove_job("etl-1", at(3));
    assert_eq!(row(&mut model, at(3)).active, 0);
}

#[test]
fn a_cronjobs_status_never_lies() {
    let status = |change: Value, job: Option<Job>| {
        let mut model = Model::default();
        model.put_cronjob(&cronjob("etl", change), at(0));
        if let Some(job) = job {
            model.put_job(&job, at(3));
        }
        row(&mut model, at(3)).status
    };
    let failed = || Some(job("etl", 1, Some(("Failed", 2))));
    for (sentence, change, job, expected) in [
        (
            "nothing has run yet",
            json!({}),
            None,
            CronJobStatus::Waiting,
        ),
        (
            "its last run failed",
            json!({}),
            failed(),
            CronJobStatus::Failing,
        ),
        (
            "suspended is not failed",
            json!({"spec": {"suspend": true}}),
            failed(),
            CronJobStatus::Suspended,
        ),
    ] {
        assert_eq!(status(change, job), expected, "{sentence}");
    }
}
