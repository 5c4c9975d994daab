use k8s_openapi::api::batch::v1::Job;
use serde_json::{Value, json};

use super::body;
use crate::Update;
use crate::testing::{created, merge, update_errors};

pub(super) const START: &str = "2026-01-01T00:00:00Z";

/// The errors of writing `status` over `before`, on a Job that differs by `spec` from a plain one.
fn written(spec: &Value, before: Value, status: Value) -> Vec<String> {
    let mut job: Job = created(body(json!({"spec": spec})));
    job.status = Some(serde_json::from_value(before).expect("a status"));
    let mut patch = status;
    // what is laid over is all there is
    let fields = serde_json::to_value(&job.status).expect("JSON");
    for (field, _) in fields.as_object().expect("an object") {
        if patch.get(field).is_none() {
            patch[field] = Value::Null;
        }
    }
    update_errors(&job, &json!({"status": patch}), Update::Status)
}

pub(super) fn conditions(types: &[&str]) -> Value {
    types
        .iter()
        .map(|type_| json!({"type": type_, "status": "True"}))
        .collect()
}

fn with(mut status: Value, more: Value) -> Value {
    merge(&mut status, &more);
    status
}

pub(super) fn started() -> Value {
    json!({"startTime": START})
}

fn complete() -> Value {
    json!({
        "startTime": START, "completionTime": "2026-01-01T00:01:00Z", "succeeded": 1,
        "conditions": conditions(&["SuccessCriteriaMet", "Complete"]),
    })
}

fn failed() -> Value {
    json!({"startTime": START, "conditions": conditions(&["FailureTarget", "Failed"])})
}

/// A sentence, the status before, the status written, the errors told.
pub(super) type Row<'a> = (&'a str, Value, Value, Vec<&'a str>);

pub(super) fn check(spec: Value, rows: Vec<Row<'_>>) {
    for (why, before, status, want) in rows {
        assert_eq!(written(&spec, before, status), want, "{why}");
    }
}

#[test]
fn jobv_13_counters_and_uncounted_pods() {
    for counter in ["active", "succeeded", "failed", "ready", "terminating"] {
        let found = written(&json!({}), json!({}), json!({counter: -1}));
        let want =
            format!("status.{counter}: Invalid value: -1: must be greater than or equal to 0");
        assert_eq!(found[0], want);
    }
    let uncounted = |succeeded: Value, failed: Value| json!({"uncountedTerminatedPods": {"succeeded": succeeded, "failed": failed}});
    check(
        json!({}),
        vec![
            (
                "each once",
                json!({}),
                uncounted(json!(["a"]), json!(["b"])),
                vec![],
            ),
            (
                "once in one list, twice over both",
                json!({}),
                uncounted(json!(["a", "a"]), json!(["a"])),
                vec![
                    "status.uncountedTerminatedPods.succeeded[1]: Duplicate value: \"a\"",
                    "status.uncountedTerminatedPods.failed[0]: Duplicate value: \"a\"",
                ],
            ),
            (
                "nobody",
                json!({}),
                uncounted(json!([""]), json!([""])),
                vec![
                    "status.uncountedTerminatedPods.succeeded[0]: Invalid value: \"\": must not be empty",
                    "status.uncountedTerminatedPods.failed[0]: Invalid value: \"\": must not be empty",
                ],
            ),
            (
                "failures are never forgotten",
                json!({"failed": 2}),
                json!({"failed": 1}),
                vec!["status.failed: Invalid value: 1: cannot decrease the failed counter"],
            ),
            (
                "nor are successes",
                json!({"succeeded": 2}),
                json!({"succeeded": 1}),
                vec!["status.succeeded: Invalid value: 1: cannot decrease the succeeded counter"],
            ),
            (
                "more ready than active",
                started(),
                with(started(), json!({"ready": 1})),
                vec!["status.ready: Invalid value: 1: cannot set more ready pods than active"],
            ),
            (
                "as before, whatever else is written",
                json!({"ready": 1}),
                json!({"ready": 1, "failed": 1}),
                vec![],
            ),
        ],
    );
    let elastic = json!({"completionMode": "Indexed", "completions": 3, "parallelism": 3});
    let fewer = |spec: &Value| written(spec, json!({"succeeded": 2}), json!({"succeeded": 1}));
    assert_eq!(fewer(&elastic), [""; 0], "a smaller elastic Job");
    let rigid = json!({"completionMode": "Indexed", "completions": 3, "parallelism": 2});
    assert_eq!(fewer(&rigid).len(), 1);
}

#[test]
fn jobv_13_conditions_that_exclude_or_need_each_other() {
    let at = "status.conditions: Invalid value: ";
    let told = |details: &[&str]| -> Vec<String> {
        details
            .iter()
            .map(|detail| format!("{at}{detail}"))
            .collect()
    };
    let rows: [(&str, Value, &[&str], Vec<String>); 9] = [
        ("progress", json!({}), &["Mine"], vec![]),
        (
            "over in two ways",
            complete(),
            &["SuccessCriteriaMet", "Complete", "FailureTarget", "Failed"],
            told(&[
                "cannot set Complete=True and Failed=true conditions",
                "cannot set Complete=True and FailureTarget=true conditions",
                "cannot set SuccessCriteriaMet=True and Failed=true conditions",
                "cannot set SuccessCriteriaMet=True and FailureTarget=true conditions",
            ]),
        ),
        (
            "success and a target of failure",
            started(),
            &["SuccessCriteriaMet", "FailureTarget"],
            told(&["cannot set SuccessCriteriaMet=True and FailureTarget=true conditions"]),
        ),
        (
            "failed without having been about to",
            started(),
            &["Failed"],
            told(&["cannot set Failed=True condition without the FailureTarget=true condition"]),
        ),
        (
            "complete without having been about to",
            complete(),
            &["Complete"],
            told(&[
                "cannot set Complete=True condition without the SuccessCriteriaMet=true condition",
                "cannot disable the SuccessCriteriaMet=True condition",
            ]),
        ),
        (
            "not failed any more",
            failed(),
            &["FailureTarget"],
            told(&["cannot disable the terminal Failed=True condition"]),
        ),
        (
            "nor about to",
            json!({"startTime": START, "conditions": conditions(&["FailureTarget"])}),
            &[],
            told(&["cannot disable the terminal FailureTarget=True condition"]),
        ),
        (
            "not to succeed any more",
            json!({"startTime": START, "conditions": conditions(&["SuccessCriteriaMet"])}),
            &[],
            told(&["cannot disable the SuccessCriteriaMet=True condition"]),
        ),
        (
            "to succeed after completion",
            json!({"startTime": START, "completionTime": START, "conditions": conditions(&["Complete"])}),
            &["Complete", "SuccessCriteriaMet"],
            told(&[
                "cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions",
            ]),
        ),
    ];
    for (why, before, types, want) in rows {
        let mut status = before.clone();
        status["conditions"] = conditions(types);
        let found: Vec<_> = written(&json!({}), before, status)
            .into_iter()
            .filter(|error| error.starts_with("status.conditions"))
            .collect();
        assert_eq!(found, want, "{why}");
    }
    let undone = written(
        &json!({}),
        complete(),
        with(started(), json!({"succeeded": 1})),
    );
    let want = format!("{at}cannot disable the terminal Complete=True condition");
    assert!(undone.contains(&want), "{undone:?}");
    let policy =
        json!({"completionMode": "Indexed", "successPolicy": {"rules": [{"succeededCount": 1}]}});
    let before = json!({"startTime": START, "completionTime": START, "conditions": conditions(&["Complete"])});
    let found = written(&policy, before.clone(), with(before, json!({"failed": 1})));
    let want = format!(
        "{at}cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True"
    );
    assert_eq!(found, [want]);
}

#[test]
fn jobv_13_times() {
    let path = "status.completionTime";
    let early = "2025-12-31T23:59:59Z";
    check(
        json!({}),
        vec![
            ("completion", started(), complete(), vec![]),
            (
                "complete at no time",
                started(),
                with(complete(), json!({"completionTime": null})),
                vec![
                    "status.completionTime: Required value: completionTime is required for Complete jobs",
                ],
            ),
            (
                "a time of completion, and not complete",
                started(),
                with(started(), json!({"completionTime": START})),
                vec![
                    "status.completionTime: Invalid value: \"2026-01-01T00:00:00Z\": cannot set completionTime when there is no Complete=True condition",
                ],
            ),
            (
                "complete before it began",
                started(),
                with(complete(), json!({"completionTime": early})),
                vec![
                    "status.completionTime: Invalid value: \"2025-12-31T23:59:59Z\": must be equal to or after `startTime`",
                ],
            ),
            (
                "complete at another time",
                complete(),
                with(
                    complete(),
                    json!({"completionTime": "2026-01-01T00:02:00Z"}),
                ),
                vec![
                    "status.completionTime: Invalid value: \"2026-01-01T00:02:00Z\": field is immutable",
                ],
            ),
            (
                "failed and never begun",
                json!({}),
                json!({"conditions": conditions(&["FailureTarget", "Failed"])}),
                vec!["status.startTime: Required value: startTime is required for finished job"],
            ),
            (
                "begun at another time",
                started(),
                json!({"startTime": "2026-01-01T00:00:01Z"}),
                vec![
                    "status.startTime: Invalid value: \"2026-01-01T00:00:01Z\": field is immutable for unsuspended job once set",
                ],
            ),
            (
                "not begun any more",
                started(),
                json!({}),
                vec![
                    "status.startTime: Invalid value: \"null\": field is immutable for unsuspended job once set",
                ],
            ),
            (
                "begun anew in the write that resumes it",
                json!({"startTime": START, "conditions": conditions(&["Suspended"])}),
                json!({"startTime": "2026-01-01T00:00:01Z", "conditions": [{"type": "Suspended", "status": "False"}]}),
                vec![],
            ),
        ],
    );
    let suspended = json!({"suspend": true});
    assert_eq!(
        written(&suspended, started(), json!({})),
        [""; 0],
        "{path}: while suspended"
    );
    let nothing = json!({"suspend": true, "completions": 0});
    let done = json!({"completionTime": START, "conditions": conditions(&["SuccessCriteriaMet", "Complete"])});
    assert_eq!(
        written(&nothing, json!({}), done),
        [""; 0],
        "suspended with nothing to do"
    );
}

#[test]
fn jobv_13_what_is_finished_has_nothing_left() {
    check(
        json!({}),
        vec![
            ("failed", started(), failed(), vec![]),
            (
                "active",
                started(),
                with(failed(), json!({"active": 1})),
                vec!["status.active: Invalid value: 1: active>0 is invalid for finished job"],
            ),
            (
                "terminating",
                started(),
                with(failed(), json!({"terminating": 1})),
                vec![
                    "status.terminating: Invalid value: 1: terminating>0 is invalid for finished job",
                ],
            ),
            (
                "uncounted",
                started(),
                with(
                    failed(),
                    json!({"uncountedTerminatedPods": {"failed": ["a"]}}),
                ),
                vec![
                    "status.uncountedTerminatedPods: Invalid value: {\"Succeeded\":null,\"Failed\":[\"a\"]}: must be empty for finished job",
                ],
            ),
            (
                "later, too",
                complete(),
                with(complete(), json!({"active": 1})),
                vec!["status.active: Invalid value: 1: active>0 is invalid for finished job"],
            ),
        ],
    );
}

#[test]
fn jobv_13_indexes() {
    let indexed = json!({"completionMode": "Indexed", "completions": 6, "parallelism": 6, "backoffLimitPerIndex": 1});
    check(
        indexed,
        vec![
            (
                "each its own",
                json!({}),
                json!({"completedIndexes": "0,2-3", "failedIndexes": "1,4-5"}),
                vec![],
            ),
            (
                "malformed",
                json!({}),
                json!({"completedIndexes": "0,x", "failedIndexes": "1,9"}),
                vec![
                    "status.completedIndexes: Invalid value: \"0,x\": error parsing completedIndexes: cannot convert string to integer for index: \"x\"",
                    "status.failedIndexes: Invalid value: \"1,9\": error parsing failedIndexes: too large index: \"9\"",
                ],
            ),
            (
                "malformed before, when nothing could be known of it",
                json!({"completedIndexes": "0,9"}),
                json!({"completedIndexes": "0,9", "active": 1}),
                vec![],
            ),
            (
                "both at once",
                json!({}),
                json!({"completedIndexes": "0-3", "failedIndexes": "2,5"}),
                vec![
                    "status.failedIndexes: Invalid value: \"2,5\": failedIndexes and completedIndexes overlap at index: 2",
                ],
            ),
        ],
    );
    check(
        json!({}),
        vec![
            (
                "indexes of a Job that has none",
                json!({}),
                json!({"completedIndexes": "0"}),
                vec![
                    "status.completedIndexes: Invalid value: \"0\": cannot set non-empty completedIndexes when non-indexed completion mode",
                ],
            ),
            (
                "failed ones where none are counted",
                json!({}),
                json!({"failedIndexes": ""}),
                vec![
                    "status.failedIndexes: Invalid value: \"\": cannot set non-null failedIndexes when backoffLimitPerIndex is null",
                ],
            ),
        ],
    );
}
