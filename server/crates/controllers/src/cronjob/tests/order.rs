//! What comes first where several things could be said of a CronJob, and what keeps a slot from running.

use serde_json::json;

use super::{cronjob, decided, time};
use crate::cronjob::slot::decide;

#[test]
fn cj_30_to_34_the_first_thing_that_is_wrong_is_told() {
    let rows = [
        (
            "CJ-31 is before CJ-32",
            json!({"timeZone": "Mars/Base", "suspend": true}),
            vec!["UnknownTimeZone"],
        ),
        (
            "CJ-31 is before CJ-33",
            json!({"timeZone": "Mars/Base", "schedule": "TZ=UTC * * * * *"}),
            vec!["UnknownTimeZone"],
        ),
        (
            "CJ-31 is before CJ-34",
            json!({"timeZone": "Mars/Base", "schedule": "nonsense"}),
            vec!["UnknownTimeZone"],
        ),
        (
            "CJ-32 is before CJ-33 and CJ-34",
            json!({"suspend": true, "schedule": "TZ=UTC nonsense"}),
            vec![],
        ),
        (
            "CJ-33 and then CJ-34",
            json!({"schedule": "TZ=UTC nonsense"}),
            vec!["UnsupportedSchedule", "UnparseableSchedule"],
        ),
        (
            "CJ-33: TZ anywhere",
            json!({"schedule": "* * * * TZ"}),
            vec!["UnsupportedSchedule", "UnparseableSchedule"],
        ),
        (
            "CJ-33: a zone of its own that is none is CJ-34's",
            json!({"schedule": "TZ=Mars/Base * * * * *", "timeZone": "Asia/Seoul"}),
            vec!["UnsupportedSchedule", "UnparseableSchedule"],
        ),
        (
            "CJ-33 and then CJ-35",
            json!({"schedule": "CRON_TZ=UTC 59 23 31 2 *"}),
            vec!["UnsupportedSchedule", "InvalidSchedule"],
        ),
    ];
    for (why, spec, want) in rows {
        let decision = decided(spec.clone(), json!({}), "12:05:00");
        let told = decision.notes.iter().map(|note| note.reason.as_str());
        assert_eq!(told.collect::<Vec<_>>(), want, "{why}");
        assert_eq!((decision.run, decision.wake_at), (None, None), "{why}");

        let mut leaving = cronjob(spec, json!({}));
        leaving.metadata.deletion_timestamp = leaving.metadata.creation_timestamp.clone();
        let status = leaving.status.clone().unwrap_or_default();
        let decision = decide(&leaving, &status, None, time("12:05:00"));
        assert!(decision.notes.is_empty(), "CJ-30 is before {why}");
    }
}

#[test]
fn cj_41_to_43_what_is_active_at_a_slot() {
    let entry = |name: &str, namespace: Option<&str>| json!({"name": name, "namespace": namespace, "uid": "x"});
    let (own, home) = ("tick-29923921", Some("default"));
    let rows = [
        ("nothing", "Forbid", vec![], true, vec![]),
        (
            "CJ-42: another slot's",
            "Forbid",
            vec![entry("tick-29923920", home)],
            false,
            vec!["JobAlreadyActive"],
        ),
        (
            "CJ-41: this slot's, of which nothing is told",
            "Forbid",
            vec![entry("tick-29923920", home), entry(own, home)],
            false,
            vec![],
        ),
        (
            "CJ-41: this slot's, which is not replaced",
            "Replace",
            vec![entry(own, home)],
            false,
            vec![],
        ),
        (
            "CJ-43: another slot's",
            "Replace",
            vec![entry("tick-29923920", home)],
            true,
            vec![],
        ),
        (
            "CJ-41: one of that name elsewhere is another",
            "Allow",
            vec![entry(own, Some("elsewhere")), entry(own, None)],
            true,
            vec![],
        ),
    ];
    for (why, policy, active, runs, want) in rows {
        let spec = json!({"concurrencyPolicy": policy});
        let decision = decided(spec, json!({"active": active}), "12:01:00");
        let slot = runs.then(|| time("12:01:00"));
        assert_eq!(decision.run, slot, "{why}");
        assert_eq!(decision.replace, runs && policy == "Replace", "{why}");
        assert_eq!(decision.wake_at, Some(time("12:02:00")), "{why}");
        let told = decision.notes.iter().map(|note| note.reason.as_str());
        assert_eq!(told.collect::<Vec<_>>(), want, "{why}");
    }
}

#[test]
fn cj_36_42_that_slots_were_missed_is_told_before_what_keeps_the_latest() {
    let active = json!({"active": [{"name": "tick-1", "namespace": "default", "uid": "x"}]});
    let decision = decided(json!({"concurrencyPolicy": "Forbid"}), active, "15:00:30");
    let told = decision.notes.iter().map(|note| note.reason.as_str());
    let want = ["TooManyMissedTimes", "JobAlreadyActive"];
    assert_eq!(told.collect::<Vec<_>>(), want);
    assert_eq!(decision.run, None);
    assert_eq!(decision.wake_at, Some(time("15:01:00")));
}
