//! The table by which upstream tests a sync (`TestControllerV2SyncCronJob`), as far as a sync decides without asking
//! anybody: the same clock, past and policies. Its rows about caches that lag are in `tests/scenarios/lagging.rs`.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use orrery_informer::object_reference;
use serde_json::{Value, json};

use crate::cronjob::active::{settle_finished, unexpected};
use crate::cronjob::new_job::new_job;
use crate::cronjob::slot::decide;

/// A time of the 19th, or of the day that comes before a `T`.
fn at(text: &str) -> Timestamp {
    let day = if text.contains('T') { "" } else { "19T" };
    let time = format!("2016-05-{day}{text}Z");
    time.parse().expect("a literal time")
}

/// What became of the last run.
#[derive(Clone, Copy)]
enum Run {
    Done,
    Active,
}

/// When the CronJob was made, and its last run with the slot of that.
#[derive(Clone, Copy)]
struct Past {
    made: &'static str,
    ran: Option<(&'static str, Run)>,
}

fn never(made: &'static str) -> Past {
    Past { made, ran: None }
}

fn done(made: &'static str, slot: &'static str) -> Past {
    let ran = Some((slot, Run::Done));
    Past { made, ran }
}

fn active(made: &'static str, slot: &'static str) -> Past {
    let ran = Some((slot, Run::Active));
    Past { made, ran }
}

/// The CronJob, hourly unless `spec` says otherwise, and the Job of its last run.
fn hourly(policy: &str, spec: &Value, past: Past) -> (CronJob, Vec<Arc<Job>>) {
    let mut whole = json!({"schedule": "0 * * * ?", "concurrencyPolicy": policy});
    let given = spec.as_object().expect("an object");
    for (key, value) in given {
        whole[key] = value.clone();
    }
    let mut cronjob = super::cronjob(whole, json!({}));
    cronjob.metadata.creation_timestamp = Some(Time(at(past.made)));
    let Some((slot, run)) = past.ran else {
        return (cronjob, Vec::new());
    };
    let mut job = new_job(&cronjob, at(slot));
    job.metadata.uid = Some("1234".to_owned());
    let status = cronjob.status.get_or_insert_default();
    status.last_schedule_time = Some(Time(at(slot)));
    match run {
        Run::Active => status.active = Some(vec![object_reference(&job)]),
        Run::Done => {
            let ended = json!({"conditions": [{"type": "Complete", "status": "True"}], "completionTime": ended(slot).to_string()});
            job.status = serde_json::from_value(ended).expect("a literal status");
        }
    }
    (cronjob, vec![Arc::new(job)])
}

fn ended(slot: &str) -> Timestamp {
    at(slot) + SignedDuration::from_secs(10)
}

#[test]
fn cj_30_to_44_a_sync_decides_as_in_upstreams_own_table() {
    let all = "Allow Forbid Replace";
    let within = |secs: i64| json!({"startingDeadlineSeconds": secs});
    let every = || json!({"schedule": "@every 1h"});
    let every_within =
        |secs: i64| json!({"schedule": "@every 1h", "startingDeadlineSeconds": secs});
    let new_york = || json!({"timeZone": "America/New_York"});
    let (fresh, ran, runs) = (
        never("09:59:00"),
        done("08:59:00", "09:01:00"),
        active("08:59:00", "09:01:00"),
    );
    #[rustfmt::skip]
    let rows = [
        ("never ran, not valid schedule", all, json!({"schedule": "obvious error schedule"}), fresh, "09:59:00", None, None, vec!["UnparseableSchedule"]),
        ("never ran, not valid time zone", all, json!({"timeZone": "bad timezone"}), fresh, "09:59:00", None, None, vec!["UnknownTimeZone"]),
        ("never ran, not time", all, json!({}), fresh, "09:59:00", None, Some("10:00:00"), vec![]),
        ("never ran, not time in zone", all, new_york(), fresh, "09:59:00", None, Some("10:00:00"), vec![]),
        ("never ran, is time", all, json!({}), fresh, "10:01:00", Some("10:00:00"), Some("11:00:00"), vec![]),
        ("never ran, is time in zone", all, new_york(), fresh, "10:01:00", Some("10:00:00"), Some("11:00:00"), vec![]),
        ("never ran, is time in zone, but TZ is also set in schedule", all, json!({"schedule": "TZ=UTC 0 * * * ?", "timeZone": "America/New_York"}), fresh, "10:01:00", Some("10:00:00"), Some("11:00:00"), vec!["UnsupportedSchedule"]),
        ("never ran, is time, suspended", all, json!({"suspend": true}), fresh, "10:01:00", None, None, vec![]),
        ("never ran, is time, past deadline", all, within(10), fresh, "10:12:00", None, Some("11:00:00"), vec![]),
        ("never ran, is time, not past deadline", all, within(1_000_000), fresh, "10:01:00", Some("10:00:00"), Some("11:00:00"), vec![]),
        ("prev ran but done, not time", all, json!({}), ran, "09:59:00", None, Some("10:00:00"), vec![]),
        ("prev ran but done, is time", all, json!({}), ran, "10:01:00", Some("10:00:00"), Some("11:00:00"), vec![]),
        ("prev ran but done, is time, suspended", all, json!({"suspend": true}), ran, "10:01:00", None, None, vec![]),
        ("prev ran but done, is time, past deadline", all, within(10), ran, "10:01:00", None, Some("11:00:00"), vec![]),
        ("prev ran but done, is time, not past deadline", all, within(1_000_000), ran, "10:01:00", Some("10:00:00"), Some("11:00:00"), vec![]),
        ("this ran but done, time drifted back", all, json!({}), done("08:59:00", "10:00:00"), "09:59:00", None, Some("11:00:00"), vec![]),
        ("still active, not time", all, json!({}), runs, "09:59:00", None, Some("10:00:00"), vec![]),
        ("still active, is time", "Allow Replace", json!({}), runs, "10:01:00", Some("10:00:00"), Some("11:00:00"), vec![]),
        ("still active, is time", "Forbid", json!({}), runs, "10:01:00", None, Some("11:00:00"), vec!["JobAlreadyActive"]),
        ("still active, is time, suspended", all, json!({"suspend": true}), runs, "10:01:00", None, None, vec![]),
        ("still active, is time, past deadline", all, within(10), runs, "10:01:00", None, Some("11:00:00"), vec![]),
        ("still active, is time, not past deadline", "Allow", within(1_000_000), runs, "10:01:00", Some("10:00:00"), Some("11:00:00"), vec![]),
        ("prev ran but done, long overdue, not past deadline", all, within(1_000_000), ran, "26T10:00:00", Some("26T10:00:00"), Some("26T11:00:00"), vec!["TooManyMissedTimes"]),
        ("prev ran but done, long overdue, no deadline", all, json!({}), ran, "26T10:00:00", Some("26T10:00:00"), Some("26T11:00:00"), vec!["TooManyMissedTimes"]),
        ("prev ran but done, long overdue, past medium deadline", all, within(7_200), ran, "26T10:00:00", Some("26T10:00:00"), Some("26T11:00:00"), vec![]),
        ("prev ran but done, long overdue, past short deadline", all, within(10), ran, "26T10:00:00", Some("26T10:00:00"), Some("26T11:00:00"), vec![]),
        ("with @every, never ran, not time", all, every(), fresh, "10:00:00", None, Some("10:59:00"), vec![]),
        ("with @every, never ran, is time", all, every(), never("08:59:00"), "09:59:00", Some("09:59:00"), Some("10:59:00"), vec![]),
        ("with @every, never ran, is time, past deadline", all, every_within(10), never("08:59:00"), "09:59:11", None, Some("10:59:00"), vec![]),
        ("with @every, never ran, is time, not past deadline", all, every_within(1_000_000), never("08:59:00"), "09:59:09", Some("09:59:00"), Some("10:59:00"), vec![]),
        ("with @every, prev ran but done, not time", all, every(), done("08:59:00", "09:59:00"), "10:00:00", None, Some("10:59:00"), vec![]),
        ("with @every, prev ran but done, is time", all, every(), done("08:59:00", "09:59:00"), "11:00:00", Some("10:59:00"), Some("11:59:00"), vec![]),
        ("with @every, prev ran but done, is time, past deadline", all, every_within(10), done("08:59:00", "09:59:00"), "10:59:11", None, Some("11:59:00"), vec![]),
        ("with @every, prev ran but done, is time: a short deadline moves what it counts from", all, every_within(10), done("08:59:00", "09:59:00"), "10:59:09", None, Some("11:59:00"), vec![]),
        ("with @every, still active, not time", all, every(), active("08:59:00", "09:59:00"), "10:00:00", None, Some("10:59:00"), vec![]),
        ("with @every, still active, is time", "Allow", every(), active("08:59:00", "08:59:00"), "10:01:00", Some("09:59:00"), Some("10:59:00"), vec![]),
        ("with @every, still active, is time, past deadline", all, every_within(10), active("08:59:00", "09:59:00"), "10:59:11", None, Some("11:59:00"), vec![]),
        ("with @every, still active, is time, not past deadline", "Allow", every_within(1_000_000), active("08:59:00", "09:59:00"), "10:59:09", Some("10:59:00"), Some("11:59:00"), vec![]),
        ("with @every, prev ran but done, long overdue, no deadline", all, every(), done("09:01:00", "10:01:00"), "26T10:00:00", Some("26T09:01:00"), Some("26T10:01:00"), vec!["TooManyMissedTimes"]),
        ("with @every, prev ran but done, long overdue, past deadline", all, every_within(10), done("09:01:00", "10:01:00"), "26T10:01:11", None, Some("26T11:01:00"), vec![]),
    ];
    for (why, policies, spec, past, now, run, wake, want) in rows {
        for policy in policies.split(' ') {
            let (cronjob, jobs) = hourly(policy, &spec, past);
            let mut status = cronjob.status.clone().unwrap_or_default();
            assert!(unexpected(&status, &jobs).is_empty(), "{why}, {policy}");
            let (changed, notes) = settle_finished(&mut status, &jobs);
            assert!(notes.is_empty(), "{why}, {policy}: it had left the list");
            let decision = decide(&cronjob, &status, None, at(now));
            assert_eq!(decision.run, run.map(at), "{why}, {policy}");
            assert_eq!(decision.wake_at, wake.map(at), "{why}, {policy}");
            let replaces = run.is_some() && policy == "Replace";
            assert_eq!(decision.replace, replaces, "{why}, {policy}");
            let told = decision.notes.iter().map(|note| note.reason.as_str());
            assert_eq!(told.collect::<Vec<_>>(), want, "{why}, {policy}");
            let succeeded = match past.ran {
                Some((slot, Run::Done)) => Some(Time(ended(slot))),
                _ => None,
            };
            assert_eq!(changed, succeeded.is_some(), "{why}, {policy}");
            assert_eq!(status.last_successful_time, succeeded, "{why}, {policy}");
        }
    }
}

/// `TestControllerV2UpdateCronJob`, and what its rows leave out.
#[test]
fn cj_04_cron_10_a_changed_schedule_comes_next_as_in_upstreams_own_table() {
    let ran = done("08:59:00", "09:59:00");
    let rows = [
        (
            "spec.schedule changed",
            "*/1 * * * *",
            ran,
            "09:59:59",
            "10:00:00",
        ),
        (
            "with @every, cadence decrease",
            "@every 3m",
            ran,
            "09:59:59",
            "10:02:00",
        ),
        (
            "with @every, cadence increase",
            "@every 1m",
            ran,
            "09:59:59",
            "10:00:00",
        ),
        (
            "with @every, some of its slots are past",
            "@every 1h",
            done("08:59:00", "09:00:00"),
            "11:30:00",
            "12:00:00",
        ),
        (
            "with @every, never ran",
            "@every 1h",
            never("08:59:00"),
            "09:30:00",
            "09:59:00",
        ),
    ];
    for (why, schedule, past, changed, next) in rows {
        let (cronjob, _) = hourly("Allow", &json!({"schedule": schedule}), past);
        let status = cronjob.status.clone().unwrap_or_default();
        let seen = Some(at(changed));
        let decision = decide(&cronjob, &status, seen, at(changed));
        assert_eq!(decision.run, None, "{why}");
        assert_eq!(decision.wake_at, Some(at(next)), "{why}");
        let decision = decide(&cronjob, &status, seen, at(next));
        assert_eq!(decision.run, Some(at(next)), "{why}");
    }
    // a deadline moves what @every counts from, and so it never comes within a shorter one
    for (deadline_secs, runs) in [(3_599, false), (3_600, true)] {
        let spec = json!({"schedule": "@every 1h", "startingDeadlineSeconds": deadline_secs});
        let (cronjob, _) = hourly("Allow", &spec, done("08:59:00", "09:59:00"));
        let status = cronjob.status.clone().unwrap_or_default();
        let decision = decide(&cronjob, &status, Some(at("10:30:00")), at("10:59:00"));
        let slot = runs.then(|| at("10:59:00"));
        assert_eq!(decision.run, slot, "within {deadline_secs} s");
    }
}
