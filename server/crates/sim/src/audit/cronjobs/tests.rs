//! Overlaps and slots, each put before the rules by hand.

use orrery_store::ChangeKind::{self, Delete, Put};
use serde_json::{Value, json};

use super::{SLOT, TWICE, TWO, UNSEEN};
use crate::audit::histories::judged;
use crate::sim::EPOCH;

const FIRST: &str = "2026-11-23T12:01:00Z";
const SECOND: &str = "2026-11-23T12:02:00Z";

fn cronjob(policy: &str, told: Option<&str>) -> Value {
    json!({
        "kind": "CronJob", "metadata": {"name": "tick", "uid": "tick"},
        "spec": {
            "schedule": "* * * * *", "concurrencyPolicy": policy,
            "jobTemplate": {"spec": {"template": {}}},
        },
        "status": {"lastScheduleTime": told},
    })
}

/// The CronJob's Job of that slot.
fn run(name: &str, slot: &str) -> Value {
    let owner = json!({
        "apiVersion": "batch/v1", "kind": "CronJob", "name": "tick", "uid": "tick", "controller": true,
    });
    json!({
        "kind": "Job", "spec": {"template": {}},
        "metadata": {
            "name": name, "uid": name, "annotations": {SLOT: slot}, "ownerReferences": [owner],
        },
    })
}

fn by_hand(mut job: Value) -> Value {
    job["metadata"]["annotations"] = json!({});
    job
}

fn leaving(mut job: Value) -> Value {
    job["metadata"]["deletionTimestamp"] = json!(EPOCH);
    job
}

fn ended(mut job: Value) -> Value {
    job["status"] = json!({"conditions": [{"type": "Complete", "status": "True"}]});
    job
}

#[test]
fn no_two_run_where_one_may() {
    let (first, second) = (|| run("first", FIRST), || run("second", SECOND));
    let rows = [
        ("Allow", "Allow", first(), second(), vec![]),
        ("Forbid", "Forbid", first(), second(), vec![TWO]),
        (
            "Forbid waits for one that is being deleted",
            "Forbid",
            leaving(first()),
            second(),
            vec![TWO],
        ),
        (
            "and for none that has ended",
            "Forbid",
            ended(first()),
            second(),
            vec![],
        ),
        ("Replace", "Replace", first(), second(), vec![TWO]),
        (
            "Replace does not wait for the one that it has deleted",
            "Replace",
            leaving(first()),
            second(),
            vec![],
        ),
        (
            "one that a person made is in nobody's way",
            "Forbid",
            by_hand(first()),
            second(),
            vec![],
        ),
        (
            "nor is anybody in its",
            "Forbid",
            first(),
            by_hand(second()),
            vec![],
        ),
    ];
    for (why, policy, first, second, expected) in rows {
        let history = [
            (0, Put, cronjob(policy, None)),
            (60, Put, first),
            (120, Put, second),
        ];
        assert_eq!(judged(&history), expected, "{why}");
    }
}

#[test]
fn a_policy_holds_once_its_change_can_be_known() {
    for (secs, expected) in [(105, vec![]), (115, vec![TWO])] {
        let history = [
            (0, Put, cronjob("Allow", None)),
            (60, Put, run("first", FIRST)),
            (100, Put, cronjob("Forbid", None)),
            (secs, Put, run("second", SECOND)),
        ];
        assert_eq!(judged(&history), expected, "after {secs} s");
    }
}

#[test]
fn a_slot_runs_once_and_is_told_of_once_it_ran() {
    type Changes = Vec<(ChangeKind, Value)>;
    let told = |slot: &str| cronjob("Allow", Some(slot));
    let first = || run("first", FIRST);
    let mut another = first();
    another["metadata"]["ownerReferences"][0]["uid"] = json!("before");
    let rows: [(&str, Changes, Vec<&str>); 7] = [
        ("it runs", vec![(Put, first()), (Put, told(FIRST))], vec![]),
        (
            "it ran, and its Job is gone",
            vec![(Put, first()), (Delete, first()), (Put, told(FIRST))],
            vec![],
        ),
        ("nothing ran", vec![(Put, told(FIRST))], vec![UNSEEN]),
        (
            "which is complained of once",
            vec![(Put, told(FIRST)), (Put, told(FIRST))],
            vec![UNSEEN],
        ),
        (
            "another slot ran",
            vec![(Put, first()), (Put, told(SECOND))],
            vec![UNSEEN],
        ),
        (
            "it runs again when its Job is gone",
            vec![
                (Put, first()),
                (Delete, first()),
                (Put, run("again", FIRST)),
            ],
            vec![TWICE],
        ),
        (
            "a Job says a slot that is none",
            vec![(Put, run("odd", "at noon"))],
            vec![TWICE],
        ),
    ];
    for (why, changes, expected) in rows {
        let created = (0, Put, cronjob("Allow", None));
        let changes = changes.into_iter().map(|(kind, object)| (90, kind, object));
        let history: Vec<_> = [created].into_iter().chain(changes).collect();
        assert_eq!(judged(&history), expected, "{why}");
    }
    let of_another = [
        (0, Put, cronjob("Allow", None)),
        (60, Put, another),
        (90, Put, told(FIRST)),
    ];
    assert_eq!(judged(&of_another), [UNSEEN], "an earlier one of the name");
}
