//! The CronJob controller's pure steps, by id.

mod children;
mod order;
mod upstream;

use jiff::Timestamp;
use k8s_openapi::api::batch::v1::{CronJob, CronJobStatus};
use kube::ResourceExt;
use serde_json::{Value, json};

use super::new_job::new_job;
use super::slot::{Decision, SCHEDULE_CHANGED_AT, decide, too_late, unreadable};
use crate::note::Note;

fn time(text: &str) -> Timestamp {
    format!("2026-11-23T{text}Z")
        .parse()
        .expect("a literal time")
}

fn cronjob(spec: Value, status: Value) -> CronJob {
    let mut cronjob = json!({
        "metadata": {"name": "tick", "namespace": "default", "uid": "cj", "creationTimestamp": "2026-11-23T12:00:00Z"},
        "spec": {"schedule": "* * * * *", "jobTemplate": {"spec": {"template": {}}}},
        "status": status,
    });
    for (key, value) in spec.as_object().expect("an object") {
        cronjob["spec"][key] = value.clone();
    }
    serde_json::from_value(cronjob).expect("a literal CronJob")
}

fn decided(spec: Value, status: Value, now: &str) -> Decision {
    let cronjob = cronjob(spec, status);
    decide(
        &cronjob,
        &cronjob.status.clone().unwrap_or_default(),
        None,
        time(now),
    )
}

#[test]
fn cj_30_to_44_is_a_slot_due() {
    let active =
        |name: &str| json!({"active": [{"name": name, "namespace": "default", "uid": "x"}]});
    let rows = [
        (
            "CJ-35: before the first slot",
            json!({}),
            json!({}),
            "12:00:59",
            None,
            Some("12:01:00"),
            vec![],
        ),
        (
            "CJ-35: at the slot",
            json!({}),
            json!({}),
            "12:01:00",
            Some("12:01:00"),
            Some("12:02:00"),
            vec![],
        ),
        (
            "CJ-35: after last",
            json!({}),
            json!({"lastScheduleTime": "2026-11-23T12:05:00Z"}),
            "12:05:30",
            None,
            Some("12:06:00"),
            vec![],
        ),
        (
            "CJ-36: only the latest of many",
            json!({}),
            json!({}),
            "13:00:30",
            Some("13:00:00"),
            Some("13:01:00"),
            vec![],
        ),
        (
            "CJ-36: more than a hundred",
            json!({}),
            json!({}),
            "15:00:30",
            Some("15:00:00"),
            Some("15:01:00"),
            vec!["TooManyMissedTimes"],
        ),
        (
            "CJ-39: an over-late slot is not considered",
            json!({"startingDeadlineSeconds": 20}),
            json!({}),
            "12:05:30",
            None,
            Some("12:06:00"),
            vec![],
        ),
        (
            "CJ-39: within the deadline",
            json!({"startingDeadlineSeconds": 40}),
            json!({}),
            "12:05:30",
            Some("12:05:00"),
            Some("12:06:00"),
            vec![],
        ),
        (
            "CJ-40: a deadline below ten seconds is as good as any",
            json!({"startingDeadlineSeconds": 5}),
            json!({}),
            "12:05:04",
            Some("12:05:00"),
            Some("12:06:00"),
            vec![],
        ),
        (
            "CJ-40: and only skips what is later than it",
            json!({"startingDeadlineSeconds": 5}),
            json!({}),
            "12:05:06",
            None,
            Some("12:06:00"),
            vec![],
        ),
        (
            "CJ-57: the wake is the slot itself, without upstream's pad of 100 ms",
            json!({"schedule": "*/7 * * * *"}),
            json!({}),
            "12:07:30",
            Some("12:07:00"),
            Some("12:14:00"),
            vec![],
        ),
        (
            "CJ-32: suspended",
            json!({"suspend": true}),
            json!({}),
            "12:05:00",
            None,
            None,
            vec![],
        ),
        (
            "CJ-31: no such zone",
            json!({"timeZone": "Mars/Base"}),
            json!({}),
            "12:05:00",
            None,
            None,
            vec!["UnknownTimeZone"],
        ),
        (
            "CJ-34: no such schedule",
            json!({"schedule": "* * *"}),
            json!({}),
            "12:05:00",
            None,
            None,
            vec!["UnparseableSchedule"],
        ),
        (
            "CJ-35: never fires",
            json!({"schedule": "59 23 31 2 *"}),
            json!({}),
            "12:05:00",
            None,
            None,
            vec!["InvalidSchedule"],
        ),
        (
            "CJ-33: a zone in the schedule",
            json!({"schedule": "TZ=UTC * * * * *"}),
            json!({}),
            "12:01:00",
            Some("12:01:00"),
            Some("12:02:00"),
            vec!["UnsupportedSchedule"],
        ),
        (
            "CJ-33: a zone",
            json!({"schedule": "30 21 * * *", "timeZone": "Asia/Seoul"}),
            json!({}),
            "12:30:00",
            Some("12:30:00"),
            None,
            vec![],
        ),
        (
            "CJ-42: Forbid",
            json!({"concurrencyPolicy": "Forbid"}),
            active("other"),
            "12:01:00",
            None,
            Some("12:02:00"),
            vec!["JobAlreadyActive"],
        ),
        (
            "CJ-44: Allow",
            json!({"concurrencyPolicy": "Allow"}),
            active("other"),
            "12:01:00",
            Some("12:01:00"),
            Some("12:02:00"),
            vec![],
        ),
        (
            "CJ-41: its Job is active",
            json!({}),
            active("tick-29923921"),
            "12:01:00",
            None,
            Some("12:02:00"),
            vec![],
        ),
        (
            "CJ-41: its slot is the last one",
            json!({"startingDeadlineSeconds": 300}),
            json!({"lastScheduleTime": "2026-11-23T12:01:00Z"}),
            "12:01:00",
            None,
            Some("12:02:00"),
            vec![],
        ),
    ];
    for (why, spec, status, now, run, wake, notes) in rows {
        let decision = decided(spec, status, now);
        assert_eq!(decision.run, run.map(time), "{why}");
        if wake.is_some() || run.is_none() {
            assert_eq!(decision.wake_at, wake.map(time), "{why}");
        }
        let reasons: Vec<_> = decision
            .notes
            .iter()
            .map(|note| note.reason.as_str())
            .collect();
        assert_eq!(reasons, notes, "{why}");
        let as_upstream = |note: &Note| note.warning == (note.reason != "JobAlreadyActive");
        assert!(
            decision.notes.iter().all(as_upstream),
            "{why}: warnings but one"
        );
    }
    assert!(
        decided(
            json!({"concurrencyPolicy": "Replace"}),
            active("other"),
            "12:01:00"
        )
        .replace,
        "CJ-43"
    );
}

#[test]
fn cj_texts_of_events() {
    let rows = [
        (
            json!({"timeZone": "Mars/Base"}),
            r#"invalid timeZone: "Mars/Base": unknown time zone Mars/Base"#,
        ),
        (
            json!({"schedule": "* * *"}),
            r#"unparseable schedule: "* * *" : expected exactly 5 fields, found 3: [* * *]"#,
        ),
        (
            json!({"schedule": "0 0 30 2 *"}),
            "invalid schedule: 0 0 30 2 * : time difference between two schedules is less than 1 second",
        ),
        (
            json!({"schedule": "TZ=UTC * * * * *"}),
            r#"CRON_TZ or TZ used in schedule "TZ=UTC * * * * *" is not officially supported, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details"#,
        ),
        // quoted as Go quotes
        (
            json!({"timeZone": "Mars/\u{e9}\u{1}"}),
            "invalid timeZone: \"Mars/\u{e9}\\x01\": unknown time zone Mars/\u{e9}\u{1}",
        ),
        (
            json!({"schedule": "\"*\"\u{3000}*\t*"}),
            "unparseable schedule: \"\\\"*\\\"\\u3000*\\t*\" : expected exactly 5 fields, found 3: [\"*\" * *]",
        ),
        (
            json!({"schedule": "TZ=UTC *\u{a0}* * * *"}),
            r#"CRON_TZ or TZ used in schedule "TZ=UTC *\u00a0* * * *" is not officially supported, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details"#,
        ),
    ];
    for (spec, want) in rows {
        let decision = decided(spec, json!({}), "12:05:00");
        assert_eq!(decision.notes[0].message, want);
    }
}

#[test]
fn cj_39_a_slot_is_missed_once_its_deadline_is_over() {
    let missed = "Missed scheduled time to start a job: Mon, 23 Nov 2026 12:05:00 +0000";
    let rows = [
        ("no deadline", None, "23:59:59", None),
        ("before it", Some(9), "12:05:08", None),
        ("at it", Some(9), "12:05:09", None),
        ("past it", Some(9), "12:05:10", Some(missed)),
    ];
    for (why, deadline_secs, now, want) in rows {
        let told = too_late(time("12:05:00"), deadline_secs, time(now));
        let want = want.map(|text| Note::warning("MissSchedule", text));
        assert_eq!(told, want, "{why}");
    }
}

#[test]
fn cj_04_a_schedule_that_was_changed_to_nonsense_is_told() {
    let rows = [
        ("one that is read", json!({}), None),
        (
            "four fields",
            json!({"schedule": "* * * *"}),
            Some("* * * *"),
        ),
        (
            "with a zone",
            json!({"schedule": "61 * * * *", "timeZone": "Asia/Seoul"}),
            Some("61 * * * *"),
        ),
        (
            "a zone that is none is the sync's to tell (CJ-31)",
            json!({"timeZone": "Mars/Base"}),
            None,
        ),
        (
            "but not the schedule beside it",
            json!({"schedule": "nonsense", "timeZone": "Mars/Base"}),
            Some("nonsense"),
        ),
    ];
    for (why, spec, want) in rows {
        let told = unreadable(&cronjob(spec, json!({})));
        let want = want.map(|schedule| {
            let message = format!("unparseable schedule for cronjob: {schedule}");
            Note::warning("UnParseableCronJobSchedule", message)
        });
        assert_eq!(told, want, "{why}");
    }
}

#[test]
fn cj_04_a_changed_schedule_starts_afresh() {
    let cronjob = cronjob(json!({"schedule": "*/10 * * * *"}), json!({}));
    let status = CronJobStatus::default();
    let changed = Some(time("12:35:00"));
    let at_once = decide(&cronjob, &status, changed, time("12:35:00"));
    assert_eq!(
        (at_once.run, at_once.wake_at),
        (None, Some(time("12:40:00")))
    );
    assert_eq!(
        decide(&cronjob, &status, changed, time("12:36:00")).run,
        None,
        "12:30 is past"
    );
    assert_eq!(
        decide(&cronjob, &status, Some(time("13:00:00")), time("12:36:00")).run,
        Some(time("12:30:00")),
        "the clock was set back since"
    );
    assert_eq!(
        decide(&cronjob, &status, changed, time("12:40:00")).run,
        Some(time("12:40:00"))
    );
}

#[test]
fn cj_04_a_controller_that_comes_later_reads_the_change_off_the_object() {
    let rows = [
        ("past of the change", "12:35:00", "12:36:00", None),
        ("its next slot", "12:35:00", "12:40:00", Some("12:40:00")),
        (
            "a change to come is none",
            "13:00:00",
            "12:36:00",
            Some("12:30:00"),
        ),
    ];
    for (why, changed, now, run) in rows {
        let mut cronjob = cronjob(json!({"schedule": "*/10 * * * *"}), json!({}));
        let said = time(changed).to_string();
        cronjob
            .annotations_mut()
            .insert(SCHEDULE_CHANGED_AT.to_owned(), said);
        let decision = decide(&cronjob, &CronJobStatus::default(), None, time(now));
        assert_eq!(decision.run, run.map(time), "{why}");
    }
}

#[test]
fn cj_50_to_52_the_job_of_a_slot() {
    let rows = [
        ("UTC without a zone", json!({}), "2026-11-23T12:01:00Z"),
        (
            "in the CronJob's zone",
            json!({"timeZone": "Asia/Seoul"}),
            "2026-11-23T21:01:00+09:00",
        ),
    ];
    for (why, spec, want) in rows {
        let mut cronjob = cronjob(spec, json!({}));
        cronjob.spec.job_template.metadata = serde_json::from_value(json!({
            "name": "ignored", "labels": {"a": "b"}, "finalizers": ["x/y"],
            "annotations": {"c": "d", "batch.kubernetes.io/cronjob-scheduled-timestamp": "the template's"},
        }))
        .expect("literal metadata");
        let job = new_job(&cronjob, time("12:01:00"));
        assert_eq!(job.name_any(), "tick-29923921", "{why}");
        let later = new_job(&cronjob, time("12:01:59"));
        assert_eq!(later.name_any(), "tick-29923921", "CJ-50: by the minute");
        assert_eq!(job.namespace(), cronjob.namespace(), "{why}");
        assert_eq!(job.labels()["a"], "b", "CJ-51: the template's labels");
        assert_eq!(job.annotations()["c"], "d", "CJ-51: and annotations");
        assert_eq!(
            job.annotations()["batch.kubernetes.io/cronjob-scheduled-timestamp"],
            want,
            "{why}"
        );
        assert!(job.finalizers().is_empty(), "CJ-51: not its finalizers");
        assert_eq!(job.spec, cronjob.spec.job_template.spec, "CJ-52");
        let owner = &job.owner_references()[0];
        let flags = (owner.controller, owner.block_owner_deletion);
        assert_eq!(flags, (Some(true), Some(true)), "CJ-52");
        assert_eq!(
            (
                owner.api_version.as_str(),
                owner.kind.as_str(),
                owner.name.as_str(),
                owner.uid.as_str()
            ),
            ("batch/v1", "CronJob", "tick", "cj")
        );
    }
}

#[test]
fn cj_30_a_cronjob_being_deleted_starts_nothing() {
    let mut leaving = cronjob(json!({}), json!({}));
    leaving.metadata.deletion_timestamp =
        serde_json::from_value(json!("2026-11-23T12:00:30Z")).ok();
    let decision = decide(&leaving, &CronJobStatus::default(), None, time("12:05:00"));
    assert_eq!(decision, Decision::default(), "no Job, no event, no wake");
}
