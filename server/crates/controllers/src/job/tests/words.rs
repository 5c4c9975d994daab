//! What the conditions of a Job say, to the letter.

use k8s_openapi::api::batch::v1::JobStatus;
use serde_json::json;

use super::shape::{Shape, at, job, pod, pods, sync};

/// Type, status, reason and message of each condition, in order.
fn said(status: &JobStatus) -> Vec<[String; 4]> {
    let conditions = status.conditions.clone().unwrap_or_default().into_iter();
    let words = conditions.map(|c| {
        let (reason, message) = (c.reason.unwrap_or_default(), c.message.unwrap_or_default());
        [c.type_, c.status, reason, message]
    });
    words.collect()
}

#[test]
fn job_41_to_49_what_announces_an_end_and_the_end_itself_say_the_same() {
    let failure = ["FailureTarget", "Failed"];
    let success = ["SuccessCriteriaMet", "Complete"];
    let policy = json!({"rules": [{"succeededIndexes": "2"}, {"succeededCount": 1}]});
    let rows = [
        (
            json!({}),
            json!({"succeeded": 3}),
            vec![],
            success,
            "CompletionsReached",
            "Reached expected number of succeeded pods",
        ),
        (
            json!({"completionMode": "Indexed", "successPolicy": policy}),
            json!({}),
            vec![pod("a", "Succeeded").index(0)],
            success,
            "SuccessPolicy",
            "Matched rules at index 1",
        ),
        (
            json!({"backoffLimit": 0}),
            json!({}),
            vec![pod("a", "Failed").exit(1, 0)],
            failure,
            "BackoffLimitExceeded",
            "Job has reached the specified backoff limit",
        ),
        (
            json!({"activeDeadlineSeconds": 1}),
            json!({"startTime": at(-9)}),
            vec![],
            failure,
            "DeadlineExceeded",
            "Job was active longer than specified deadline",
        ),
    ];
    for (spec, status, seen, types, reason, message) in rows {
        let sync = sync(&job(spec, status), &pods(seen), 1);
        let want = types.map(|type_| [type_, "True", reason, message].map(str::to_owned));
        assert_eq!(said(&sync.settled.status), want);
    }
}

#[test]
fn job_90_92_what_is_said_of_a_suspension_and_of_its_end() {
    let asleep = sync(&job(json!({"suspend": true}), json!({})), &[], 1).first;
    let suspended = ["Suspended", "True", "JobSuspended", "Job suspended"];
    assert_eq!(said(&asleep), [suspended.map(str::to_owned)]);
    let status = json!({"conditions": asleep.conditions});
    let awake = sync(&job(json!({}), status), &[], 2).first;
    let resumed = ["Suspended", "False", "JobResumed", "Job resumed"];
    assert_eq!(said(&awake), [resumed.map(str::to_owned)]);
}

#[test]
fn job_06_44_a_failure_that_was_none_becomes_one_and_is_told_once() {
    let old = json!([{"type": "Failed", "status": "False", "reason": "ByHand", "message": "m"}]);
    let status = json!({"startTime": at(-15), "conditions": old});
    let sync = sync(&job(json!({"activeDeadlineSeconds": 10}), status), &[], 1);
    let (reason, message) = (
        "DeadlineExceeded",
        "Job was active longer than specified deadline",
    );
    let want = ["Failed", "FailureTarget"].map(|type_| [type_, "True", reason, message]);
    let want = want.map(|words| words.map(str::to_owned));
    assert_eq!(said(&sync.settled.status), want);
    assert!(sync.settled.finished);
}
