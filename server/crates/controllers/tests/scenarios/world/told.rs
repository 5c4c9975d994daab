//! What upstream tells as normal and what as a warning.

use k8s_openapi::api::core::v1::Event;

/// Reasons of normal Events. One that is in neither list has a test of its own.
const NORMAL: &[&str] = &[
    "Completed",
    "JobAlreadyActive",
    "MissingJob",
    "RegisteredNode",
    "RemovingNode",
    "Resumed",
    "SawCompletedJob",
    "Scheduled",
    "SuccessfulCreate",
    "SuccessfulDelete",
    "Suspended",
    "TaintManagerEviction",
];
const WARNING: &[&str] = &[
    "BackoffLimitExceeded",
    "DeadlineExceeded",
    "FailedCreate",
    "FailedDaemonPod",
    "FailedDelete",
    "FailedGet",
    "FailedIndexes",
    "FailedScheduling",
    "MaxFailedIndexesExceeded",
    "PodFailurePolicy",
    "TooManyMissedTimes",
    "TooManySucceededPods",
    "UnexpectedJob",
];

/// CJ-13 to CJ-55, JOB-25, JOB-51, JOB-90 to JOB-92, DS-15, EV-02.
pub fn check_type(event: &Event) {
    let reason = event.reason.as_deref().unwrap_or_default();
    let said = event.type_.as_deref();
    let is_in = |reasons: &[&str]| reasons.contains(&reason);
    let want = match (is_in(NORMAL), is_in(WARNING)) {
        (true, _) => Some("Normal"),
        (_, true) => Some("Warning"),
        _ => return,
    };
    assert_eq!(said, want, "{reason}: {:?}", event.message);
}
