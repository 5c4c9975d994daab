//! Which of several ends a Job comes to.

use serde_json::{Value, json};

use super::shape::{Shape, at, job, merge, pod, pods, sync};

#[test]
fn job_44_which_reason_comes_first() {
    let fail_job = json!({"rules": [{"action": "FailJob", "onExitCodes": {"operator": "In", "values": [42]}}]});
    let announced = |kind: &str| json!([{"type": kind, "status": "True", "reason": "Announced", "message": "m"}]);
    let per_index = json!({
        "completionMode": "Indexed", "backoffLimitPerIndex": 0, "completions": 2,
        "successPolicy": {"rules": [{"succeededIndexes": "0"}]},
    });
    let half = || {
        vec![
            pod("a", "Succeeded").index(0),
            pod("b", "Failed").exit(42, 0).index(1),
        ]
    };
    let past = json!({"startTime": at(-9)});
    let rows = [
        (
            "a success that was announced, before a rule that fails the Job",
            json!({"podFailurePolicy": fail_job}),
            json!({"conditions": announced("SuccessCriteriaMet")}),
            vec![pod("a", "Failed").exit(42, 0)],
            "Complete Announced",
        ),
        (
            "a success that was announced, before a failure that was, too",
            json!({}),
            json!({"conditions": [
                {"type": "FailureTarget", "status": "True", "reason": "Other", "message": "m"},
                {"type": "SuccessCriteriaMet", "status": "True", "reason": "Announced", "message": "m"},
            ]}),
            vec![],
            "Complete Announced",
        ),
        (
            "a success that was announced, before the backoff limit",
            json!({"backoffLimit": 0}),
            json!({"conditions": announced("SuccessCriteriaMet")}),
            vec![pod("a", "Failed").exit(1, 0)],
            "Complete Announced",
        ),
        (
            "a success that was announced, before failed indexes",
            json!({}),
            json!({"conditions": announced("SuccessCriteriaMet")}),
            half(),
            "Complete Announced",
        ),
        (
            "a failure that was announced, before the success policy",
            json!({"completions": 3, "parallelism": 3}),
            json!({"conditions": announced("FailureTarget")}),
            vec![pod("a", "Succeeded").index(0)],
            "Failed Announced",
        ),
        (
            "the backoff limit, before the success policy",
            json!({"backoffLimit": 0, "backoffLimitPerIndex": null}),
            json!({}),
            half(),
            "Failed BackoffLimitExceeded",
        ),
        (
            "a rule that fails the Job, before the success policy",
            json!({"podFailurePolicy": fail_job}),
            json!({}),
            half(),
            "Failed PodFailurePolicy",
        ),
        (
            "an index that failed once and succeeded is none that failed",
            json!({"completions": 1, "backoffLimitPerIndex": 1, "successPolicy": null}),
            json!({}),
            vec![
                pod("a", "Failed").exit(1, 0).index(0),
                pod("b", "Succeeded").index(0).failures(1),
            ],
            "Complete CompletionsReached",
        ),
        (
            "a failure that was announced, before plain success",
            json!({}),
            json!({"conditions": announced("FailureTarget"), "succeeded": 3}),
            vec![],
            "Failed Announced",
        ),
        (
            "a rule that fails the Job, before the deadline",
            json!({"podFailurePolicy": fail_job, "activeDeadlineSeconds": 1}),
            past.clone(),
            vec![pod("a", "Failed").exit(42, 0)],
            "Failed PodFailurePolicy",
        ),
        (
            "the deadline, before too many failed indexes",
            json!({"activeDeadlineSeconds": 1, "maxFailedIndexes": 0}),
            past.clone(),
            half(),
            "Failed DeadlineExceeded",
        ),
        (
            "too many failed indexes, before failed ones",
            json!({"maxFailedIndexes": 0}),
            json!({}),
            half(),
            "Failed MaxFailedIndexesExceeded",
        ),
        (
            "failed indexes, before the success policy",
            json!({}),
            json!({}),
            half(),
            "Failed FailedIndexes",
        ),
        (
            "the success policy, before plain success",
            json!({"completions": 1}),
            json!({}),
            vec![pod("a", "Succeeded").index(0)],
            "Complete SuccessPolicy",
        ),
        (
            "suspended, too: a rule that fails the Job",
            json!({"podFailurePolicy": fail_job, "suspend": true}),
            json!({}),
            vec![pod("a", "Failed").exit(42, 0)],
            "Failed PodFailurePolicy",
        ),
        (
            "suspended, too: the success policy",
            json!({"suspend": true}),
            json!({}),
            vec![pod("a", "Succeeded").index(0)],
            "Complete SuccessPolicy",
        ),
        (
            "suspended, too: failed indexes",
            json!({"suspend": true}),
            json!({}),
            half(),
            "Failed FailedIndexes",
        ),
    ];
    for (why, more, status, seen, want) in rows {
        let is_indexed = |pod: &Value| pod["metadata"]["annotations"] != json!({});
        let mut spec = match seen.iter().any(is_indexed) {
            true => per_index.clone(),
            false => json!({}),
        };
        merge(&mut spec, more);
        let sync = sync(&job(spec, status), &pods(seen), 1);
        let last = sync.settled.status.conditions.iter().flatten().next_back();
        let got = last.map(|c| format!("{} {}", c.type_, c.reason.clone().unwrap_or_default()));
        assert_eq!(got.unwrap_or_default(), want, "{why}");
    }
}
