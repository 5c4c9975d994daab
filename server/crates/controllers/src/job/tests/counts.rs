//! Accounting of ended pods.

use serde_json::{Value, json};

use super::shape::{Shape, job, pod, pods, sync};

#[test]
fn job_60_to_63_accounting() {
    let rows = [
        (
            "new ones of both kinds",
            json!({}),
            json!({}),
            vec![pod("a", "Succeeded"), pod("b", "Failed")],
            (Some(1), Some(1)),
        ),
        (
            "an uncounted one is not counted twice",
            json!({}),
            json!({"uncountedTerminatedPods": {"succeeded": ["a"]}}),
            vec![pod("a", "Succeeded")],
            (Some(1), None),
        ),
        (
            "an uncounted one that is gone counts",
            json!({}),
            json!({"uncountedTerminatedPods": {"failed": ["x"]}}),
            vec![],
            (None, Some(1)),
        ),
        (
            "without a finalizer it has been counted",
            json!({}),
            json!({"succeeded": 1}),
            vec![pod("a", "Succeeded").untracked()],
            (Some(1), None),
        ),
        (
            "JOB-42: restarts in their place are no failures",
            json!({"template": {"spec": {"restartPolicy": "OnFailure", "containers": []}}}),
            json!({"failed": 1}),
            vec![pod("a", "Running").restarts(4)],
            (None, Some(1)),
        ),
        (
            "JOB-40: a leaving pod has failed",
            json!({}),
            json!({}),
            vec![pod("a", "Running").leaving()],
            (None, Some(1)),
        ),
        (
            "JOB-40: with a failure policy not yet",
            json!({"podFailurePolicy": {"rules": []}}),
            json!({}),
            vec![pod("a", "Running").leaving()],
            (None, None),
        ),
        (
            "JOB-50: what a rule ignores is not counted",
            json!({"podFailurePolicy": {"rules": [
                {"action": "Ignore", "onExitCodes": {"operator": "In", "values": [42]}},
            ]}}),
            json!({}),
            vec![pod("a", "Failed").exit(42, 0)],
            (None, None),
        ),
        (
            "JOB-71: a pod without an index is not counted",
            json!({"completionMode": "Indexed"}),
            json!({}),
            vec![pod("a", "Failed"), pod("b", "Succeeded")],
            (None, None),
        ),
        (
            "JOB-79: with replacement Failed not yet",
            json!({"podReplacementPolicy": "Failed"}),
            json!({}),
            vec![pod("a", "Running").leaving()],
            (None, None),
        ),
        (
            "JOB-71: an index out of range is not counted",
            json!({"completionMode": "Indexed"}),
            json!({}),
            vec![pod("a", "Failed").index(9)],
            (None, None),
        ),
        (
            "JOB-61: an index counts once",
            json!({"completionMode": "Indexed"}),
            json!({}),
            vec![
                pod("a", "Succeeded").index(1),
                pod("b", "Succeeded").index(1),
            ],
            (Some(1), None),
        ),
        (
            "JOB-72: scaling down forgets indexes",
            json!({"completionMode": "Indexed", "completions": 2}),
            json!({"completedIndexes": "0,5", "succeeded": 2}),
            vec![],
            (Some(1), None),
        ),
        (
            "JOB-72: scaling up keeps them",
            json!({"completionMode": "Indexed", "completions": 5}),
            json!({"completedIndexes": "0,1", "succeeded": 2}),
            vec![pod("a", "Succeeded").index(4)],
            (Some(3), None),
        ),
    ];
    for (why, spec, status, seen, want) in rows {
        let sync = sync(&job(spec, status), &pods(seen), 1);
        assert_eq!(
            (sync.settled.status.succeeded, sync.settled.status.failed),
            want,
            "{why}"
        );
    }
}

#[test]
fn job_60_a_round_counts_five_hundred() {
    let seen = pods(
        (0..700)
            .map(|n| pod(&format!("p{n}"), "Succeeded"))
            .collect(),
    );
    let sync = sync(
        &job(json!({"completions": 700, "parallelism": 700}), json!({})),
        &seen,
        1,
    );
    assert_eq!(sync.released.len(), 500);
    assert_eq!(sync.settled.status.succeeded, Some(500));
    assert!(!sync.settled.finished, "not in this round");
}

#[test]
fn job_30_active_ready_and_terminating_pods() {
    let rows = [
        ("pending", pod("a", "Pending"), (1, 0, 0)),
        ("running", pod("a", "Running"), (1, 0, 0)),
        ("ready", pod("a", "Running").ready(0), (1, 1, 0)),
        ("of no phase yet", pod("a", ""), (1, 0, 0)),
        (
            "being deleted",
            pod("a", "Running").ready(0).leaving(),
            (0, 0, 1),
        ),
        ("ended", pod("a", "Failed").untracked(), (0, 0, 0)),
        (
            "ended and being deleted",
            pod("a", "Succeeded").leaving().untracked(),
            (0, 0, 0),
        ),
    ];
    for (why, seen, want) in rows {
        // no room for another pod: the counts are those of what is seen
        let job = job(
            json!({"parallelism": 1, "podReplacementPolicy": "Failed"}),
            json!({}),
        );
        let sync = sync(&job, &pods(vec![seen]), 1);
        let active =
            sync.first.active.unwrap_or(0) - i32::try_from(sync.created.len()).expect("few");
        let got = (
            active,
            sync.first.ready.unwrap_or(0),
            sync.first.terminating.unwrap_or(0),
        );
        assert_eq!(got, want, "{why}");
    }
}

#[test]
fn job_62_whose_finalizer_may_go() {
    let rows: [(&str, Value, Value, Vec<&str>); 6] = [
        ("a success", json!({}), pod("a", "Succeeded"), vec!["a"]),
        (
            "a failure",
            json!({}),
            pod("a", "Failed").exit(1, 0),
            vec!["a"],
        ),
        (
            "not of a pod that runs",
            json!({}),
            pod("a", "Running"),
            vec![],
        ),
        (
            "one that is deleted has failed",
            json!({}),
            pod("a", "Running").leaving(),
            vec!["a"],
        ),
        (
            "JOB-79: not yet when only the failed are replaced",
            json!({"podReplacementPolicy": "Failed"}),
            pod("a", "Running").leaving(),
            vec![],
        ),
        (
            "any when the Job ends",
            json!({"completions": 0}),
            pod("a", "Running").leaving(),
            vec!["a"],
        ),
    ];
    for (why, spec, seen, released) in rows {
        let sync = sync(&job(spec, json!({})), &pods(vec![seen]), 1);
        assert_eq!(sync.released, released, "{why}");
    }
}
