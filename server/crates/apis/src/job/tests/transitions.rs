//! JOBV-13 by upstream's own table of what a write of a Job's status may change.

use serde_json::{Value, json};

use super::status::{START, check, conditions, started};
use crate::testing::merge;

const LATER: &str = "2026-01-01T00:01:00Z";
const NO_CRITERIA: &str = "status.conditions: Invalid value: cannot set Complete=True condition without the SuccessCriteriaMet=true condition";
const NO_TARGET: &str = "status.conditions: Invalid value: cannot set Failed=True condition without the FailureTarget=true condition";
const TARGET_AND_COMPLETE: &str =
    "status.conditions: Invalid value: cannot set Complete=True and FailureTarget=true conditions";

/// A status of these conditions, all true, that differs by `more`.
fn of(types: &[&str], more: Value) -> Value {
    let mut status = json!({"conditions": conditions(types)});
    merge(&mut status, &more);
    status
}

/// Begun and ended at the same time.
fn ended(types: &[&str]) -> Value {
    of(types, json!({"startTime": START, "completionTime": START}))
}

fn begun(types: &[&str]) -> Value {
    of(types, started())
}

#[test]
fn jobv_13_conditions_that_turn() {
    let both =
        "status.conditions: Invalid value: cannot set Complete=True and Failed=true conditions";
    let disabled = "status.conditions: Invalid value: cannot disable the terminal ";
    let [failed, complete, target] = ["Failed", "Complete", "FailureTarget"]
        .map(|type_| format!("{disabled}{type_}=True condition"));
    check(
        json!({}),
        vec![
            (
                "complete and failed at once",
                json!({}),
                ended(&["Complete", "Failed"]),
                vec![both, NO_TARGET, NO_CRITERIA],
            ),
            (
                "complete at once",
                json!({}),
                ended(&["Complete"]),
                vec![NO_CRITERIA],
            ),
            (
                "failed at once",
                json!({}),
                begun(&["Failed"]),
                vec![NO_TARGET],
            ),
            (
                "about to fail and complete at once",
                json!({}),
                ended(&["Complete", "FailureTarget"]),
                vec![TARGET_AND_COMPLETE, NO_CRITERIA],
            ),
            (
                "about to fail after completion",
                ended(&["Complete"]),
                ended(&["Complete", "FailureTarget"]),
                vec![TARGET_AND_COMPLETE],
            ),
            (
                "about to complete, indexed or not and whatever the policy",
                json!({}),
                of(&["SuccessCriteriaMet"], json!({})),
                vec![],
            ),
            (
                "complete after it was about to",
                begun(&["SuccessCriteriaMet"]),
                ended(&["SuccessCriteriaMet", "Complete"]),
                vec![],
            ),
            (
                "failed no more",
                of(&["Failed"], json!({})),
                json!({}),
                vec![failed.as_str()],
            ),
            (
                "complete no more",
                of(&["Complete"], json!({})),
                json!({}),
                vec![complete.as_str()],
            ),
            (
                "about to fail no more",
                of(&["FailureTarget"], json!({})),
                json!({}),
                vec![target.as_str()],
            ),
            (
                "about to complete no more, for it says so",
                of(&["SuccessCriteriaMet"], json!({})),
                json!({"conditions": [{"type": "SuccessCriteriaMet", "status": "False"}]}),
                vec![
                    "status.conditions: Invalid value: cannot disable the SuccessCriteriaMet=True condition",
                ],
            ),
        ],
    );
}

#[test]
fn jobv_13_times_that_change() {
    let immutable = format!(
        "status.startTime: Invalid value: \"{LATER}\": field is immutable for unsuspended job once set"
    );
    let running = "status.completionTime: Invalid value: \"2026-01-01T00:00:00Z\": cannot set completionTime when there is no Complete=True condition";
    check(
        json!({}),
        vec![
            (
                "the end of a Job that runs is taken back",
                json!({"startTime": START, "completionTime": START}),
                started(),
                vec![],
            ),
            (
                "an end before there is one",
                json!({}),
                json!({"completionTime": START}),
                vec![running],
            ),
            (
                "an end that was there before",
                json!({"completionTime": START}),
                json!({"completionTime": START, "active": 1}),
                vec![],
            ),
            (
                "failed without a beginning",
                of(&["FailureTarget"], json!({})),
                of(&["FailureTarget", "Failed"], json!({})),
                vec!["status.startTime: Required value: startTime is required for finished job"],
            ),
            (
                "complete without a beginning",
                of(&["SuccessCriteriaMet"], json!({})),
                of(
                    &["SuccessCriteriaMet", "Complete"],
                    json!({"completionTime": START}),
                ),
                vec!["status.startTime: Required value: startTime is required for finished job"],
            ),
            (
                "complete without an end",
                begun(&["SuccessCriteriaMet"]),
                begun(&["SuccessCriteriaMet", "Complete"]),
                vec![
                    "status.completionTime: Required value: completionTime is required for Complete jobs",
                ],
            ),
            (
                "complete, and the end taken away",
                of(&["Complete"], json!({"completionTime": START})),
                begun(&["Complete"]),
                vec![
                    "status.completionTime: Required value: completionTime is required for Complete jobs",
                ],
            ),
            (
                "complete, and the end another",
                of(&["Complete"], json!({"completionTime": START})),
                of(
                    &["Complete"],
                    json!({"startTime": START, "completionTime": LATER}),
                ),
                vec![
                    "status.completionTime: Invalid value: \"2026-01-01T00:01:00Z\": field is immutable",
                ],
            ),
            (
                "an end before the beginning",
                of(&["SuccessCriteriaMet"], json!({"startTime": LATER})),
                of(
                    &["SuccessCriteriaMet", "Complete"],
                    json!({"startTime": LATER, "completionTime": START}),
                ),
                vec![
                    "status.completionTime: Invalid value: \"2026-01-01T00:00:00Z\": must be equal to or after `startTime`",
                ],
            ),
            (
                "another beginning as it says that it runs again",
                begun(&["Suspended"]),
                json!({"startTime": LATER, "conditions": [{"type": "Suspended", "status": "False"}]}),
                vec![],
            ),
            (
                "another beginning as it forgets that it was suspended",
                begun(&["Suspended"]),
                json!({"startTime": LATER}),
                vec![immutable.as_str()],
            ),
            (
                "another beginning, and never suspended",
                started(),
                json!({"startTime": LATER, "conditions": [{"type": "Suspended", "status": "False"}]}),
                vec![immutable.as_str()],
            ),
        ],
    );
}

#[test]
fn jobv_13_counters_that_change() {
    let criteria = |more: Value| {
        let mut before = begun(&["SuccessCriteriaMet"]);
        merge(&mut before, &more);
        let mut after = ended(&["SuccessCriteriaMet", "Complete"]);
        merge(&mut after, &more);
        (before, after)
    };
    let target = |more: Value| {
        let mut before = begun(&["FailureTarget"]);
        merge(&mut before, &more);
        let mut after = begun(&["FailureTarget", "Failed"]);
        merge(&mut after, &more);
        (before, after)
    };
    let active = "status.active: Invalid value: 1: active>0 is invalid for finished job";
    let rows = [
        (
            "complete while active",
            criteria(json!({"active": 1})),
            active,
        ),
        ("failed while active", target(json!({"active": 1})), active),
        (
            "failed while terminating",
            target(json!({"terminating": 1})),
            "status.terminating: Invalid value: 1: terminating>0 is invalid for finished job",
        ),
        (
            "failed with failures to count",
            target(json!({"uncountedTerminatedPods": {"failed": ["a"]}})),
            "status.uncountedTerminatedPods: Invalid value: {\"Succeeded\":null,\"Failed\":[\"a\"]}: must be empty for finished job",
        ),
        (
            "complete with successes to count",
            criteria(json!({"uncountedTerminatedPods": {"succeeded": ["a"]}})),
            "status.uncountedTerminatedPods: Invalid value: {\"Succeeded\":[\"a\"],\"Failed\":null}: must be empty for finished job",
        ),
    ];
    for (why, (before, after), want) in rows {
        check(json!({}), vec![(why, before, after, vec![want])]);
    }
    let uncounted = |uid: &str| {
        let mut status = ended(&["Complete"]);
        status["uncountedTerminatedPods"] = json!({"failed": [uid]});
        status
    };
    let mut unrelated = uncounted("a");
    unrelated["conditions"] = conditions(&["Complete", "CustomJobCondition"]);
    check(
        json!({}),
        vec![
            (
                "other pods to count of a complete Job",
                uncounted("a"),
                uncounted("b"),
                vec![
                    "status.uncountedTerminatedPods: Invalid value: {\"Succeeded\":null,\"Failed\":[\"b\"]}: must be empty for finished job",
                ],
            ),
            (
                "the same, and a condition",
                uncounted("a"),
                unrelated,
                vec![],
            ),
            (
                "every counter up",
                json!({"active": 1, "succeeded": 2, "failed": 3, "terminating": 4}),
                json!({"active": 2, "succeeded": 3, "failed": 4, "ready": 1, "terminating": 4}),
                vec![],
            ),
            (
                "every counter below nothing, in upstream's order",
                json!({"active": 1, "succeeded": 2, "failed": 3, "terminating": 4}),
                json!({"active": -1, "succeeded": -2, "failed": -3, "ready": -1, "terminating": -2}),
                vec![
                    "status.active: Invalid value: -1: must be greater than or equal to 0",
                    "status.succeeded: Invalid value: -2: must be greater than or equal to 0",
                    "status.failed: Invalid value: -3: must be greater than or equal to 0",
                    "status.ready: Invalid value: -1: must be greater than or equal to 0",
                    "status.terminating: Invalid value: -2: must be greater than or equal to 0",
                    "status.failed: Invalid value: -3: cannot decrease the failed counter",
                    "status.succeeded: Invalid value: -2: cannot decrease the succeeded counter",
                ],
            ),
            (
                "more ready than active, as before",
                json!({"active": 1, "ready": 2}),
                json!({"active": 1, "ready": 2, "succeeded": 1}),
                vec![],
            ),
            (
                "nobody, and some twice",
                json!({}),
                json!({"uncountedTerminatedPods": {
                    "succeeded": ["a", "b", "c", "a", ""], "failed": ["c", "d", "e", "d", ""],
                }}),
                vec![
                    "status.uncountedTerminatedPods.succeeded[3]: Duplicate value: \"a\"",
                    "status.uncountedTerminatedPods.succeeded[4]: Invalid value: \"\": must not be empty",
                    "status.uncountedTerminatedPods.failed[0]: Duplicate value: \"c\"",
                    "status.uncountedTerminatedPods.failed[3]: Duplicate value: \"d\"",
                    "status.uncountedTerminatedPods.failed[4]: Invalid value: \"\": must not be empty",
                ],
            ),
        ],
    );
}

#[test]
fn jobv_13_indexes_that_change() {
    let completed = |text: &str| json!({"completedIndexes": text});
    let failed = |text: &str| json!({"failedIndexes": text});
    let and_active = |mut status: Value| {
        status["active"] = json!(1);
        status
    };
    let both = |completed: &str| json!({"failedIndexes": "0,2", "completedIndexes": completed});
    check(
        json!({"completions": 5}),
        vec![
            (
                "of a Job that has none",
                json!({}),
                completed("0"),
                vec![
                    "status.completedIndexes: Invalid value: \"0\": cannot set non-empty completedIndexes when non-indexed completion mode",
                ],
            ),
            (
                "the same, as before",
                completed("0"),
                and_active(completed("0")),
                vec![],
            ),
        ],
    );
    let format = "invalid format";
    check(
        json!({"completionMode": "Indexed", "completions": 5}),
        vec![
            (
                "failed ones, which nobody counts",
                json!({}),
                failed("0"),
                vec![
                    "status.failedIndexes: Invalid value: \"0\": cannot set non-null failedIndexes when backoffLimitPerIndex is null",
                ],
            ),
            (
                "no list",
                json!({}),
                completed(format),
                vec![
                    "status.completedIndexes: Invalid value: \"invalid format\": error parsing completedIndexes: cannot convert string to integer for index: \"invalid format\"",
                ],
            ),
            (
                "no list, as before",
                completed(format),
                and_active(completed(format)),
                vec![],
            ),
            (
                "completed ones that grow into those that failed before",
                both("3-4"),
                both("2-4"),
                vec![
                    "status.failedIndexes: Invalid value: \"0,2\": failedIndexes and completedIndexes overlap at index: 2",
                ],
            ),
            (
                "in both lists, as before",
                both("2-4"),
                and_active(both("2-4")),
                vec![],
            ),
        ],
    );
    check(
        json!({"completionMode": "Indexed", "completions": 5, "backoffLimitPerIndex": 1}),
        vec![
            (
                "failed ones in no list",
                json!({}),
                failed(format),
                vec![
                    "status.failedIndexes: Invalid value: \"invalid format\": error parsing failedIndexes: cannot convert string to integer for index: \"invalid format\"",
                ],
            ),
            (
                "failed ones in no list, as before",
                failed(format),
                and_active(failed(format)),
                vec![],
            ),
            (
                "one in both lists, beside what cannot be read",
                json!({}),
                json!({"completedIndexes": "x,1", "failedIndexes": "1"}),
                vec![
                    "status.completedIndexes: Invalid value: \"x,1\": error parsing completedIndexes: cannot convert string to integer for index: \"x\"",
                    "status.failedIndexes: Invalid value: \"1\": failedIndexes and completedIndexes overlap at index: 1",
                ],
            ),
        ],
    );
}
