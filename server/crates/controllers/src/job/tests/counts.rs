//! Accounting of ended pods.

use serde_json::json;

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
            "JOB-40: a leaving pod has failed",
            json!({}),
            json!({}),
            vec![pod("a", "Running").leaving()],
            (None, Some(1)),
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
