//! Which rule of a failure policy decides about a pod, and pods about which none does.

use serde_json::{Value, json};

use super::super::failure_policy::{Ruling, rule};
use super::shape::{Shape, at, job, pod, pods, sync, told};

#[test]
fn job_77_78_which_rule_decides() {
    let exit = |action: &str, operator: &str, values: Value| json!({"action": action, "onExitCodes": {"operator": operator, "values": values}});
    let on = |action: &str, status: Value| json!({"action": action, "onPodConditions": [{"type": "DisruptionTarget", "status": status}]});
    let failed = |codes: &[(&str, i32)]| {
        let statuses = codes.iter().map(|(name, code)| {
            json!({
                "name": name, "image": "", "imageID": "", "ready": false, "restartCount": 0,
                "state": {"terminated": {"exitCode": code}},
            })
        });
        let mut failed = pod("p", "Failed");
        failed["status"]["containerStatuses"] = statuses.collect();
        failed
    };
    let disrupted = |status: &str| {
        let mut failed = failed(&[("main", 32)]);
        failed["status"]["conditions"] = json!([{"type": "DisruptionTarget", "status": status}]);
        failed
    };
    let of = |container: &str, code: i32, index: usize| {
        Ruling::FailJob(format!(
            "Container {container} for pod default/p failed with exit code {code} matching FailJob rule at index {index}"
        ))
    };
    let rows = [
        ("no rules", json!([]), failed(&[("main", 2)]), Ruling::Count),
        (
            "an action of a later version is passed over",
            json!([
                exit("Rest", "In", json!([1, 2])),
                exit("FailJob", "In", json!([2, 3]))
            ]),
            failed(&[("main", 2)]),
            of("main", 2, 1),
        ),
        (
            "with conditions, too",
            json!([on("Rest", json!("True")), on("Ignore", json!("True"))]),
            disrupted("True"),
            Ruling::Ignore,
        ),
        (
            "such an action alone is none",
            json!([exit("Rest", "In", json!([2]))]),
            failed(&[("main", 2)]),
            Ruling::Count,
        ),
        (
            "so is an operator of a later version",
            json!([
                exit("Ignore", "Near", json!([1, 2])),
                exit("FailJob", "In", json!([2, 3]))
            ]),
            failed(&[("main", 2)]),
            of("main", 2, 1),
        ),
        (
            "an end without an error is no other code",
            json!([exit("FailJob", "NotIn", json!([111]))]),
            failed(&[("main", 111), ("support", 0)]),
            Ruling::Count,
        ),
        (
            "any error is not 0",
            json!([exit("FailJob", "NotIn", json!([0]))]),
            failed(&[("main", 1), ("support", 0)]),
            of("main", 1, 0),
        ),
        (
            "both rules match, each by another container: the first decides",
            json!([
                exit("Ignore", "In", json!([1, 2, 3])),
                exit("FailJob", "In", json!([5, 6, 7]))
            ]),
            failed(&[("one", 6), ("two", 2)]),
            Ruling::Ignore,
        ),
        (
            "Count decides, too",
            json!([
                exit("Count", "In", json!([1, 2])),
                exit("Ignore", "In", json!([2, 3]))
            ]),
            failed(&[("main", 2)]),
            Ruling::Count,
        ),
        (
            "Count by a condition",
            json!([
                on("Count", json!("True")),
                exit("Ignore", "In", json!([32]))
            ]),
            disrupted("True"),
            Ruling::Count,
        ),
        (
            "FailIndex by a condition",
            json!([on("FailIndex", json!("True"))]),
            disrupted("True"),
            Ruling::FailIndex,
        ),
        (
            "FailIndex by a code",
            json!([exit("FailIndex", "In", json!([1, 2, 3]))]),
            failed(&[("main", 2)]),
            Ruling::FailIndex,
        ),
        (
            "a condition that is False, as wanted",
            json!([on("Ignore", json!("False"))]),
            disrupted("False"),
            Ruling::Ignore,
        ),
        (
            "one that is Unknown, as wanted",
            json!([on("Ignore", json!("Unknown"))]),
            disrupted("Unknown"),
            Ruling::Ignore,
        ),
        (
            "one that is True where False is wanted",
            json!([on("Ignore", json!("False"))]),
            disrupted("True"),
            Ruling::Count,
        ),
        (
            "one that is False where True is wanted",
            json!([on("Ignore", json!("True"))]),
            disrupted("False"),
            Ruling::Count,
        ),
        (
            "the third rule is the first that matches",
            json!([
                exit("Ignore", "In", json!([1])),
                on("Ignore", json!("True")),
                exit("FailJob", "NotIn", json!([5])),
                exit("Count", "In", json!([32])),
            ]),
            failed(&[("main", 32)]),
            of("main", 32, 2),
        ),
    ];
    for (why, rules, failed, want) in rows {
        let policy = serde_json::from_value(json!({ "rules": rules })).expect("a literal policy");
        let seen = pods(vec![failed]);
        let failed = &seen[0];
        assert_eq!(rule(Some(&policy), failed), want, "{why}");
        assert_eq!(rule(None, failed), Ruling::Count, "{why}: no policy");
        assert_eq!(want.counts(), want != Ruling::Ignore, "{why}");
    }
}

#[test]
fn job_77_78_79_pods_that_no_rule_judges() {
    let fail_job = json!({"rules": [{"action": "FailJob", "onExitCodes": {"operator": "In", "values": [42]}}]});
    let count = json!({"rules": [{"action": "Count", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}]});
    let ignore = json!({"rules": [{"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}]});
    let mut evicted = pod("a", "Failed").leaving();
    evicted["status"]["conditions"] = json!([{"type": "DisruptionTarget", "status": "True"}]);
    let rows = [
        (
            "one that runs, though a container of it has ended so",
            fail_job,
            pod("a", "Running").exit(42, 0),
            (Some(1), None, 0, Some(0)),
        ),
        (
            "one that is being deleted and has not failed yet: it is waited for",
            count,
            pod("a", "").leaving(),
            (None, None, 0, Some(1)),
        ),
        (
            "one that is ignored delays the next, too",
            ignore,
            evicted,
            (None, None, 1, Some(0)),
        ),
    ];
    for (why, policy, seen, want) in rows {
        let spec = json!({
            "parallelism": 1, "completions": 1, "backoffLimit": 0, "podFailurePolicy": policy,
        });
        let sync = sync(
            &job(spec, json!({"startTime": at(0)})),
            &pods(vec![seen]),
            1,
        );
        let status = &sync.settled.status;
        let got = (
            status.active,
            status.failed,
            sync.released.len(),
            status.terminating,
        );
        assert_eq!(got, want, "{why}");
        assert!(sync.created.is_empty() && told(status).is_empty(), "{why}");
    }
}
