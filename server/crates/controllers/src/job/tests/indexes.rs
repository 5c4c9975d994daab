//! Indexes that have failed, and whose failed pods wait for replacements.

use serde_json::{Value, json};

use super::shape::{Shape, awaiting, job, merge, pod, pods, sync};

fn failed(name: &str, index: i32, failures: i32) -> Value {
    pod(name, "Failed")
        .exit(1, 0)
        .index(index)
        .failures(failures)
}

fn per_index(more: Value) -> Value {
    let mut spec =
        json!({"completionMode": "Indexed", "completions": 3, "backoffLimitPerIndex": 1});
    merge(&mut spec, more);
    spec
}

#[test]
fn job_75_which_failed_pods_wait_for_their_replacements() {
    let other = |phase: &str| pod("b", phase).index(0).failures(1);
    let often = || per_index(json!({"backoffLimitPerIndex": 4}));
    let none: &[&str] = &[];
    let rows = [
        (
            "those of indexes that may be tried again",
            per_index(json!({})),
            vec![failed("a", 0, 0), failed("b", 1, 1), failed("c", 2, 0)],
            none,
            vec!["a", "c"],
        ),
        (
            "not one that is counted",
            per_index(json!({})),
            vec![failed("a", 0, 0).untracked()],
            none,
            vec![],
        ),
        (
            "nor one that was let go, which the cache does not show",
            per_index(json!({})),
            vec![failed("a", 0, 0)],
            &["a"][..],
            vec![],
        ),
        (
            "nor of an index that the Job does not have",
            per_index(json!({})),
            vec![failed("a", 4, 0)],
            none,
            vec![],
        ),
        (
            "nor of one that has its replacement",
            per_index(json!({})),
            vec![failed("a", 0, 0), other("Running")],
            none,
            vec![],
        ),
        (
            "nor of one that has succeeded",
            per_index(json!({})),
            vec![failed("a", 0, 0), other("Succeeded")],
            none,
            vec![],
        ),
        (
            "one for each index: that of the most failures",
            often(),
            vec![failed("a", 0, 0), failed("c", 0, 2), failed("b", 0, 1)],
            none,
            vec!["c"],
        ),
        (
            "ignored ones among them",
            often(),
            vec![failed("a", 0, 0).ignored(2), failed("b", 0, 1)],
            none,
            vec!["a"],
        ),
        (
            "then the latest",
            often(),
            vec![
                failed("a", 0, 1).exit(1, -1),
                failed("c", 0, 1),
                failed("b", 0, 1).exit(1, -2),
            ],
            none,
            vec!["c"],
        ),
    ];
    for (why, spec, seen, released, want) in rows {
        let got = awaiting(&job(spec, json!({})), &pods(seen), released);
        assert_eq!(got, want, "{why}");
    }
    let given_up = json!({"failedIndexes": "0"});
    let seen = pods(vec![failed("a", 0, 0)]);
    let got = awaiting(&job(per_index(json!({})), given_up), &seen, none);
    assert!(got.is_empty(), "nor of one that has failed: {got:?}");
}

#[test]
fn job_70_73_failed_indexes_before_and_now() {
    let two = |limit: i32| per_index(json!({"completions": 2, "backoffLimitPerIndex": limit}));
    let rows = [
        (
            "one of two",
            two(1),
            json!({}),
            vec![failed("a", 0, 0), failed("b", 1, 1)],
            Some("1"),
        ),
        (
            "none may fail",
            two(0),
            json!({}),
            vec![failed("a", 0, 0)],
            Some("0"),
        ),
        (
            "one that is counted is in the status",
            two(0),
            json!({}),
            vec![failed("a", 0, 0).untracked()],
            Some(""),
        ),
        (
            "one that the Job does not have",
            two(0),
            json!({}),
            vec![failed("a", 3, 0)],
            Some(""),
        ),
        (
            "one more than before",
            two(0),
            json!({"failedIndexes": "0"}),
            vec![failed("b", 1, 0)],
            Some("0,1"),
        ),
        (
            "the first",
            two(0),
            json!({"failedIndexes": ""}),
            vec![failed("b", 1, 0)],
            Some("1"),
        ),
        (
            "JOB-72: those before that the Job has no more",
            two(0),
            json!({"failedIndexes": "9"}),
            vec![failed("b", 1, 0)],
            Some("1"),
        ),
        (
            "without a limit there are none",
            json!({"completionMode": "Indexed", "completions": 2}),
            json!({"failedIndexes": "0"}),
            vec![],
            None,
        ),
    ];
    for (why, spec, status, seen, want) in rows {
        let first = sync(&job(spec, status), &pods(seen), 1).first;
        assert_eq!(first.failed_indexes.as_deref(), want, "{why}");
    }
}
