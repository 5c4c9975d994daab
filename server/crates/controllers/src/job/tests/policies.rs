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
            "JOB-74: more than maxFailedIndexes",
            json!({"maxFailedIndexes": 0}),
            vec![pod("a", "Failed").exit(1, 0).index(0).failures(1)],
            "0",
            "MaxFailedIndexesExceeded",
        ),
        (
            "JOB-74: not as many as maxFailedIndexes",
            json!({"maxFailedIndexes": 1}),
            vec![pod("a", "Failed").exit(1, 0).index(0).failures(1)],
            "0",
            "",
        ),
        (
            "JOB-74: all done and one failed",
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
        let interim = sync.first.conditions.iter().flatten().next();
        let got = interim.and_then(|c| c.reason.clone());
        assert_eq!(got.unwrap_or_default(), reason, "{why}");
        let message = interim.and_then(|c| c.message.clone());
        let want = match reason {
            "" => None,
            "FailedIndexes" => Some("Job has failed indexes"),
            _ => Some("Job has exceeded the specified maximal number of failed indexes"),
        };
        assert_eq!(message.as_deref(), want, "JOB-74: {why}");
    }
}

#[test]
fn job_77_78_failure_policy() {
    let exit = |action: &str, operator: &str, values: Value| json!({"action": action, "onExitCodes": {"operator": operator, "values": values}});
    let of = |container: &str, mut rule: Value| {
        rule["onExitCodes"]["containerName"] = json!(container);
        rule
    };
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
            "of this container",
            vec![of("main", exit("FailJob", "In", json!([42])))],
            plain.clone(),
            "Container main for pod default/a failed with exit code 42 matching FailJob rule at index 0",
            1,
        ),
        (
            "of another container",
            vec![of("other", exit("FailJob", "In", json!([42])))],
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

#[test]
fn job_77_78_the_first_condition_of_the_pod_that_matches_is_named() {
    let condition = |type_: &str, status: &str| json!({"type": type_, "status": status});
    let both = [
        condition("Late", "True"),
        condition("DisruptionTarget", "True"),
    ];
    let rows = [
        (
            "in the pod's order, not the rule's",
            json!([
                condition("Early", "True"),
                condition("Late", "True"),
                condition("DisruptionTarget", "True")
            ]),
            "Late",
        ),
        (
            "the status counts",
            json!([
                condition("Late", "False"),
                condition("DisruptionTarget", "True")
            ]),
            "DisruptionTarget",
        ),
    ];
    for (why, conditions, named) in rows {
        let mut failed = pod("a", "Failed").exit(1, 0);
        failed["status"]["conditions"] = conditions;
        let patterns = both.iter().rev().collect::<Vec<_>>();
        let rule = json!({"action": "FailJob", "onPodConditions": patterns});
        let spec = json!({"podFailurePolicy": {"rules": [rule]}});
        let sync = sync(&job(spec, json!({})), &pods(vec![failed]), 1);
        let condition = sync.first.conditions.iter().flatten().next();
        let want = format!("Pod default/a has condition {named} matching FailJob rule at index 0");
        assert_eq!(
            condition.and_then(|c| c.message.clone()),
            Some(want),
            "{why}"
        );
    }
}

#[test]
fn job_81_the_first_container_that_matches_is_named() {
    let ended = |name: &str, code: i32| {
        json!({
            "name": name, "image": "", "imageID": "", "ready": false, "restartCount": 0,
            "state": {"terminated": {"exitCode": code}},
        })
    };
    let running = json!({"name": "r", "image": "", "imageID": "", "ready": false, "restartCount": 0, "state": {"running": {}}});
    let rows = [
        (
            "the first of two",
            vec![ended("a", 42), ended("b", 42)],
            vec![],
            "a",
        ),
        (
            "one that does not match is passed over",
            vec![ended("a", 1), ended("b", 42)],
            vec![],
            "b",
        ),
        (
            "JOB-77: success is passed over",
            vec![ended("a", 0), ended("b", 42)],
            vec![],
            "b",
        ),
        (
            "JOB-77: one that runs is passed over",
            vec![running, ended("b", 42)],
            vec![],
            "b",
        ),
        (
            "JOB-77: regular ones before init ones",
            vec![ended("a", 42)],
            vec![ended("i", 42)],
            "a",
        ),
        (
            "JOB-77: init ones too",
            vec![ended("a", 0)],
            vec![ended("i", 42)],
            "i",
        ),
    ];
    let rule = json!({"action": "FailJob", "onExitCodes": {"operator": "In", "values": [42]}});
    for (why, regular, init, named) in rows {
        let mut failed = pod("p", "Failed");
        failed["status"]["containerStatuses"] = json!(regular);
        failed["status"]["initContainerStatuses"] = json!(init);
        let spec = json!({"podFailurePolicy": {"rules": [rule]}});
        let sync = sync(&job(spec, json!({})), &pods(vec![failed]), 1);
        let condition = sync.first.conditions.iter().flatten().next();
        let want = format!(
            "Container {named} for pod default/p failed with exit code 42 matching FailJob rule at index 0"
        );
        assert_eq!(
            condition.and_then(|c| c.message.clone()),
            Some(want),
            "{why}"
        );
    }
}
