//! Slots and runs that a strip of twenty does not reach.

use orrery_view::{CronJobDetail, CronJobStatus, SlotWhy};

use super::*;

fn detail(model: &mut Model, cronjob: &CronJob, now: Timestamp) -> CronJobDetail {
    model.refresh(Kind::CronJob, now);
    let fetched = crate::detail::Fetched::CronJob(Box::new(cronjob.clone()));
    match crate::detail::build(model, fetched, now) {
        orrery_view::Detail::CronJob(detail) => detail,
        other => panic!("a CronJob's detail, not {other:?}"),
    }
}

/// Runs that a person started, one each minute, and that ended at once.
fn manual(minutes: std::ops::Range<i64>) -> impl Iterator<Item = Job> {
    minutes.map(|minute| {
        let base = serde_json::to_value(job("etl", minute, Some(("Complete", minute))));
        object(
            base.expect("a Job"),
            json!({"metadata": {
                "name": format!("etl-manual-{minute}"), "uid": format!("etl-manual-{minute}"),
                "annotations": {"batch.kubernetes.io/cronjob-scheduled-timestamp": null,
                                "cronjob.kubernetes.io/instantiate": "manual"},
            }}),
        )
    })
}

#[test]
fn a_run_that_goes_on_is_told_however_many_came_after_it() {
    let mut model = Model::default();
    let etl = cronjob("etl", json!({}));
    model.put_cronjob(&etl, at(0));
    model.put_job(&job("etl", 1, None), at(1));
    for job in manual(2..60) {
        model.put_job(&job, at(60));
    }
    let now = at(60) + SignedDuration::from_secs(30);
    let row = row(&mut model, now);
    assert_eq!(row.strip.len(), 20);
    let first = &row.strip[0];
    assert_eq!(
        (first.slot, first.outcome),
        (Some(at(1).as_millisecond()), Outcome::Running)
    );
    let last = row.last_run.expect("something ran");
    assert_eq!(
        last.start,
        Some(at(59).as_millisecond()),
        "the latest to begin"
    );
    let on_axis = detail(&mut model, &etl, now).timeline;
    assert_eq!(outcomes(&on_axis)[0], Outcome::Running);
}

#[test]
fn the_last_run_is_told_when_twenty_slots_after_it_were_skipped() {
    let mut model = Model::default();
    model.put_cronjob(&cronjob("etl", json!({})), at(0));
    model.put_job(&job("etl", 1, None), at(1));
    let row = row(&mut model, at(40));
    assert_eq!(
        outcomes(&row.strip)[..2],
        [Outcome::Running, Outcome::Skipped]
    );
    let last = row.last_run.expect("it runs");
    assert_eq!(last.outcome, Outcome::Running);
}

#[test]
fn each_slot_of_the_timeline_that_did_not_run_has_its_reason() {
    let mut model = Model::default();
    let suspended = |suspend| cronjob("etl", json!({"spec": {"suspend": suspend}}));
    let etl = suspended(false);
    model.put_cronjob(&etl, at(0));
    model.put_job(&job("etl", 1, Some(("Complete", 4))), at(4));
    model.put_job(&job("etl", 4, Some(("Complete", 4))), at(4));
    // between the fifth and the seventh minute nothing was to run
    model.put_cronjob(&suspended(true), at(4) + SignedDuration::from_secs(30));
    model.put_cronjob(&etl, at(7) + SignedDuration::from_secs(30));
    model.put_job(&job("etl", 8, Some(("Complete", 8))), at(8));
    for job in manual(9..40) {
        model.put_job(&job, at(40));
    }
    let now = at(9) + SignedDuration::from_secs(5);
    let detail = detail(&mut model, &etl, now);
    assert!(detail.row.gaps.is_empty(), "the strip has later runs alone");
    let told = detail.not_run.iter();
    let told: Vec<_> = told.map(|gap| (gap.slot, gap.outcome, &gap.why)).collect();
    let slot = |minute| at(minute).as_millisecond();
    let held = SlotWhy::Held {
        by: model.jobs_of("etl").find_map(|job| job.run().job),
    };
    let expected = [7, 6, 5, 3, 2].map(|minute| {
        let why = match minute {
            5.. => &SlotWhy::Suspended,
            _ => &held,
        };
        (slot(minute), Outcome::Skipped, why)
    });
    assert_eq!(told, expected);
}

#[test]
fn slots_of_a_schedule_that_it_did_not_have_then_are_none_of_its() {
    let mut model = Model::default();
    let each = |schedule: &str| cronjob("etl", json!({"spec": {"schedule": schedule}}));
    model.put_cronjob(&each("0 0 1 1 *"), at(0));
    let minutely = each("* * * * *");
    model.put_cronjob(&minutely, at(10) + SignedDuration::from_secs(30));
    let now = at(12) + SignedDuration::from_secs(30);
    let slot = |minute| at(minute).as_millisecond();
    let told = detail(&mut model, &minutely, now).not_run;
    let told: Vec<_> = told.iter().map(|gap| gap.slot).collect();
    assert_eq!(told, [slot(12), slot(11)]);
    let strip = row(&mut model, now).strip;
    let strip: Vec<_> = strip.iter().filter_map(|run| run.slot).collect();
    assert_eq!(strip, [slot(11), slot(12)]);
}

#[test]
fn a_row_changes_at_its_slot_and_when_that_is_too_old_to_get_its_job_yet() {
    let mut model = Model::default();
    model.put_cronjob(&cronjob("etl", json!({})), at(0));
    let secs = |minute, secs| at(minute) + SignedDuration::from_secs(secs);
    for (now, next) in [
        (secs(0, 30), at(1)),
        (at(1), secs(1, 10)),
        (secs(1, 10), at(2)),
        (secs(2, 0), secs(2, 10)),
    ] {
        model.refresh(Kind::CronJob, now);
        assert_eq!(model.next_slot(), Some(next.as_millisecond()), "{now}");
    }
    let strip = row(&mut model, secs(2, 10)).strip;
    assert_eq!(outcomes(&strip), [Outcome::Missed, Outcome::Missed]);
}

/// CRON-10: not from when someone looks.
#[test]
fn every_counts_from_the_last_run_or_the_creation() {
    let hourly = |status, deadline: Option<i64>| {
        let spec = json!({"schedule": "@every 1h", "startingDeadlineSeconds": deadline});
        cronjob("etl", json!({"spec": spec, "status": status}))
    };
    let ran = json!({"lastScheduleTime": at(-10)});
    let rows = [
        ("created an hour ago", hourly(json!({}), None), Some(at(60))),
        (
            "ran ten minutes ago",
            hourly(ran.clone(), None),
            Some(at(50)),
        ),
        ("CJ-35 never due", hourly(ran, Some(60)), None),
    ];
    for (why, etl, next) in rows {
        let mut model = Model::default();
        model.put_cronjob(&etl, at(0));
        let detail = detail(&mut model, &etl, at(20));
        let next = next.map(|at| at.as_millisecond());
        assert_eq!(detail.row.next_run, next, "{why}");
        assert_eq!(detail.upcoming.first().copied(), next, "{why}");
        let after = detail.upcoming.get(1).copied();
        assert_eq!(after, next.map(|next| next + 3_600_000), "{why}");
        let invalid = detail.row.status == CronJobStatus::Invalid;
        assert_eq!(invalid, next.is_none(), "{why}");
    }
}
