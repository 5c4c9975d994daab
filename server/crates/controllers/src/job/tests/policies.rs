//! Failure policy and failed indexes.

use serde_json::{Value, json};

use super::shape::{Shape, job, merge, pod, pods, sync};

#[test]
fn job_73_74_78_failed_indexes() {
    let rule = json!({"rules": [{"action": "FailIndex", "onExitCodes": {"operator": "In", "values": [42]}}]});
    let rows = [
        (
            "below the limit",
            json!({}),
            vec![pod("a", "Failed").exit(1, 0).index(0).failures(0)],
            "",
            "",
        ),
        (
            "at the limit",
            json!({}),
            vec![pod("a", "Failed").exit(1, 0).index(0).failures(1)],
            "0",
            "",
        ),
        (
            "a FailIndex rule at once",
            json!({"podFailurePolicy": rule}),
            vec![pod("a", "Failed").exit(42, 0).index(0).failures(0)],
            "0",
            "",
        ),
        (
            "more than maxFailedIndexes",
            json!({"maxFailedIndexes": 0}),
            vec![pod("a", "Failed").exit(1, 0).index(0).failures(1)],
            "0",
            "MaxFailedIndexesExceeded",
        ),
        (
            "all done and one failed",
            json!({"completions": 1}),
            vec![pod("a", "Failed").exit(1, 0).index(0).failures(1)],
            "0",
            "FailedIndexes",
        ),
    ];
    for (why, more, seen, failed, reason) in rows {
        let mut spec = json!({"completionMode": "Indexed", "backoffLimitPerIndex": 1});
        merge(&mut spec, more);
        let sync = sync(&job(spec, json!({})), &pods(seen), 1);
        assert_eq!(sync.first.failed_indexes.as_deref(), Some(failed), "{why}");
        let interim = sync
            .first
            .conditions
            .iter()
            .flatten()
            .next()
            .and_then(|c| c.reason.clone());
        assert_eq!(interim.unwrap_or_default(), reason, "{why}");
    }
}

#[test]
fn job_77_78_failure_policy() {
    let exit = |action: &str, operator: &str, values: Value| json!({"action": action, "onExitCodes": {"operator": operator, "values": values}});
    let condition = |action: &str| json!({"action": action, "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]});
    let mut evicted = pod("a", "Failed").exit(137, 0);
    evicted["status"]["conditions"] = json!([{"type": "DisruptionTarget", "status": "True"}]);
    let plain = pod("a", "Failed").exit(42, 0);
    let rows = [
        (
            "In",
            vec![exit("FailJob", "In", json!([1, 42]))],
            plain.clone(),
            "Container main for pod default/a failed with exit code 42 matching FailJob rule at index 0",
            1,
        ),
        (
            "NotIn",
            vec![exit("FailJob", "NotIn", json!([42]))],
            plain.clone(),
            "",
            1,
        ),
        (
            "the first match decides",
            vec![
                exit("Ignore", "In", json!([42])),
                exit("FailJob", "In", json!([42])),
            ],
            plain.clone(),
            "",
            0,
        ),
        (
            "Count",
            vec![exit("Count", "In", json!([42]))],
            plain.clone(),
            "",
            1,
        ),
        (
            "a condition",
            vec![exit("Count", "In", json!([1])), condition("FailJob")],
            evicted.clone(),
            "Pod default/a has condition DisruptionTarget matching FailJob rule at index 1",
            1,
        ),
        (
            "an ignored condition",
            vec![condition("Ignore")],
            evicted,
            "",
            0,
        ),
        ("no match counts", vec![condition("Ignore")], plain, "", 1),
    ];
    for (why, rules, failed, message, counted) in rows {
        let spec = json!({"podFailurePolicy": {"rules": rules}});
        let sync = sync(&job(spec, json!({})), &pods(vec![failed]), 1);
        assert_eq!(sync.settled.status.failed.unwrap_or(0), counted, "{why}");
        let got = sync
            .first
            .conditions
            .iter()
            .flatten()
            .next()
            .and_then(|c| c.message.clone());
        assert_eq!(got.unwrap_or_default(), message, "{why}");
    }
}
