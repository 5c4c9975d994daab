//! Why a slot did not run, or none does.

use jiff::Timestamp;
use k8s_openapi::api::batch::v1::CronJob;
use orrery_view::{Concurrency, EventRow, Kind, Millis, ObjectRef, Outcome, Run, SlotWhy};
use serde_json::{Value, json};

use super::event;
use crate::ledger::Spans;
use crate::whynot::slot::{Around, idle};

const MINUTE: Millis = 60_000;
const SLOT: Millis = 100 * MINUTE;
const NOW: Millis = 110 * MINUTE;

fn job(name: &str) -> ObjectRef {
    ObjectRef {
        kind: Kind::Job,
        namespace: "data".to_owned(),
        name: name.to_owned(),
    }
}

fn run(slot: Millis, start: Millis, end: Option<Millis>) -> (ObjectRef, Run) {
    let run = Run {
        slot: Some(slot),
        start: Some(start),
        end,
        outcome: Outcome::Running,
        ..Run::default()
    };
    (job("etl-1"), run)
}

/// What a row changes in a CronJob whose slot has no run and no known cause.
#[derive(Default)]
struct Case {
    concurrency: Concurrency,
    deadline_secs: Option<i64>,
    runs: Vec<(ObjectRef, Run)>,
    suspended: Spans,
    down: Vec<(Millis, Millis)>,
    terminating: bool,
    events: Vec<EventRow>,
    taken: Option<String>,
    outcome: Option<Outcome>,
    waiting: Option<Millis>,
}

fn why(case: &Case) -> SlotWhy {
    let around = Around {
        concurrency: case.concurrency,
        deadline_secs: case.deadline_secs,
        runs: case.runs.clone(),
        suspended: &case.suspended,
        waiting: case.waiting,
        down: case.down.clone(),
        terminating: case.terminating,
        events: &case.events,
        now: NOW,
    };
    let outcome = case.outcome.unwrap_or(Outcome::Missed);
    around.why(SLOT, outcome, case.taken.clone())
}

#[test]
fn a_slot_that_did_not_run_has_its_cause() {
    let said = |reason: &str, message: &str| Case {
        events: vec![event(reason, message, SLOT + 500)],
        ..Case::default()
    };
    let quota = "Error creating job: jobs.batch \"etl-2\" is forbidden: exceeded quota: small";
    let ending = "unable to create new content in namespace data because it is being terminated";
    let rows = [
        ("nothing is known", Case::default(), SlotWhy::Unknown),
        (
            "CJ-32 suspended then",
            Case {
                suspended: vec![(SLOT - 1, Some(SLOT + 1))],
                ..Case::default()
            },
            SlotWhy::Suspended,
        ),
        (
            "suspended later only",
            Case {
                suspended: vec![(SLOT + 1, None)],
                ..Case::default()
            },
            SlotWhy::Unknown,
        ),
        (
            "CJ-42 Forbid, and this run was active",
            Case {
                concurrency: Concurrency::Forbid,
                runs: vec![run(SLOT - MINUTE, SLOT - MINUTE, None)],
                ..Case::default()
            },
            SlotWhy::Held {
                by: Some(job("etl-1")),
            },
        ),
        (
            "CJ-42 the latest slot runs when this run is over",
            Case {
                concurrency: Concurrency::Forbid,
                runs: vec![run(SLOT - MINUTE, SLOT - MINUTE, None)],
                waiting: Some(SLOT),
                ..Case::default()
            },
            SlotWhy::Waits { by: job("etl-1") },
        ),
        (
            "CJ-44 Allow holds nothing back",
            Case {
                runs: vec![run(SLOT - MINUTE, SLOT - MINUTE, None)],
                ..Case::default()
            },
            SlotWhy::Unknown,
        ),
        (
            "the run before had ended",
            Case {
                concurrency: Concurrency::Forbid,
                runs: vec![run(SLOT - MINUTE, SLOT - MINUTE, Some(SLOT - 1))],
                ..Case::default()
            },
            SlotWhy::Unknown,
        ),
        (
            "CJ-43 Replace stopped it",
            Case {
                outcome: Some(Outcome::Replaced),
                ..Case::default()
            },
            SlotWhy::Replaced,
        ),
        (
            "the controller was down",
            Case {
                down: vec![(SLOT - 5, SLOT + MINUTE)],
                ..Case::default()
            },
            SlotWhy::ControllerDown {
                from: SLOT - 5,
                until: SLOT + MINUTE,
            },
        ),
        (
            "it was up again by the slot",
            Case {
                down: vec![(SLOT - 5, SLOT)],
                ..Case::default()
            },
            SlotWhy::Unknown,
        ),
        (
            "CJ-39 too late to start",
            Case {
                deadline_secs: Some(30),
                ..Case::default()
            },
            SlotWhy::PastDeadline { secs: 30 },
        ),
        (
            "there is still time",
            Case {
                deadline_secs: Some(3600),
                ..Case::default()
            },
            SlotWhy::Unknown,
        ),
        (
            "CJ-54 another Job has its name",
            Case {
                taken: Some("etl-2".to_owned()),
                ..Case::default()
            },
            SlotWhy::NameTaken {
                name: "etl-2".to_owned(),
            },
        ),
        (
            "CJ-36 a later slot was made up for",
            Case {
                runs: vec![run(SLOT + MINUTE, SLOT + 5 * MINUTE, None)],
                ..Case::default()
            },
            SlotWhy::Overtaken {
                slot: SLOT + MINUTE,
            },
        ),
        (
            "the later run was in time, so it tells nothing",
            Case {
                runs: vec![run(SLOT + MINUTE, SLOT + MINUTE, None)],
                ..Case::default()
            },
            SlotWhy::Unknown,
        ),
        (
            "CJ-55 quota",
            said("FailedCreate", quota),
            SlotWhy::CreateFailed {
                message: quota.to_owned(),
            },
        ),
        (
            "CJ-55 the namespace ends, by its message",
            said("FailedCreate", ending),
            SlotWhy::NamespaceTerminating,
        ),
        (
            "CJ-55 the namespace ends, without an event",
            Case {
                terminating: true,
                ..Case::default()
            },
            SlotWhy::NamespaceTerminating,
        ),
        (
            "CJ-36 more than 100",
            said("TooManyMissedTimes", "too many missed start times"),
            SlotWhy::TooMany,
        ),
        (
            "CJ-31 unknown zone at the time",
            said(
                "UnknownTimeZone",
                "invalid timeZone: \"Mars\": unknown time zone Mars",
            ),
            SlotWhy::UnknownZone {
                zone: "Mars".to_owned(),
            },
        ),
        (
            "CJ-34 unreadable at the time",
            said("UnparseableSchedule", "unparseable schedule: \"x\""),
            SlotWhy::InvalidSchedule {
                error: "unparseable schedule: \"x\"".to_owned(),
            },
        ),
        (
            "what was said before the slot is of another",
            Case {
                events: vec![event("FailedCreate", quota, SLOT - 1)],
                ..Case::default()
            },
            SlotWhy::Unknown,
        ),
        (
            "and so is what was said after the next run's slot",
            Case {
                runs: vec![run(SLOT + MINUTE, SLOT + MINUTE, None)],
                events: vec![event("FailedCreate", quota, SLOT + 2 * MINUTE)],
                ..Case::default()
            },
            SlotWhy::Unknown,
        ),
    ];
    for (sentence, case, expected) in rows {
        assert_eq!(why(&case), expected, "{sentence}");
    }
}

#[test]
fn a_cronjob_that_makes_no_runs_has_its_cause() {
    let now = Timestamp::from_second(1_795_435_200).expect("in range");
    let of = |spec: Value| -> CronJob {
        let mut object = json!({"metadata": {"name": "etl"}, "spec": {"jobTemplate": {}}});
        json_patch::merge(&mut object, &json!({ "spec": spec }));
        serde_json::from_value(object).expect("a CronJob")
    };
    let rows = [
        ("all is well", json!({"schedule": "* * * * *"}), None),
        (
            "CJ-32",
            json!({"schedule": "* * * * *", "suspend": true}),
            Some(SlotWhy::Suspended),
        ),
        (
            "CJ-31",
            json!({"schedule": "* * * * *", "timeZone": "Mars/Olympus"}),
            Some(SlotWhy::UnknownZone {
                zone: "Mars/Olympus".to_owned(),
            }),
        ),
        (
            "30 February",
            json!({"schedule": "0 0 30 2 *"}),
            Some(SlotWhy::NeverFires),
        ),
        (
            "CJ-35 @every never comes within a shorter deadline",
            json!({"schedule": "@every 1h", "startingDeadlineSeconds": 3599}),
            Some(SlotWhy::DeadlineBelowEvery { secs: 3600 }),
        ),
        (
            "it does within its own distance",
            json!({"schedule": "@every 1h", "startingDeadlineSeconds": 3600}),
            None,
        ),
    ];
    for (sentence, spec, expected) in rows {
        assert_eq!(idle(&of(spec), false, now), expected, "{sentence}");
    }
    let unreadable = idle(&of(json!({"schedule": "61 * * * *"})), false, now);
    assert!(matches!(unreadable, Some(SlotWhy::InvalidSchedule { error }) if !error.is_empty()));
    let ending = idle(&of(json!({"schedule": "* * * * *"})), true, now);
    assert_eq!(ending, Some(SlotWhy::NamespaceTerminating));
}
