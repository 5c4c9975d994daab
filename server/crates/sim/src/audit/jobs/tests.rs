//! What is too many, what runs again and what is lost, each put before the rules by hand.

use orrery_store::ChangeKind;
use serde_json::{Value, json};

use super::counted::{LOST, ONCE};
use super::{RUN_AGAIN, TOO_MANY, TWO_FOR_AN_INDEX};
use crate::audit::histories;
use crate::sim::EPOCH;

const TRACKED: &str = "batch.kubernetes.io/job-tracking";

/// What the rules say of puts, each so many seconds after the start.
fn judged(puts: &[(i64, Value)]) -> Vec<&'static str> {
    let puts = puts.iter();
    let history: Vec<_> = puts
        .map(|(secs, object)| (*secs, ChangeKind::Put, object.clone()))
        .collect();
    histories::judged(&history)
}

fn job(spec: Value, status: Value) -> Value {
    let mut job = json!({
        "kind": "Job", "metadata": {"name": "pi", "uid": "pi"},
        "spec": {"template": {}}, "status": status,
    });
    for (field, value) in spec.as_object().into_iter().flatten() {
        job["spec"][field] = value.clone();
    }
    job
}

fn pod(name: &str, phase: &str) -> Value {
    json!({
        "kind": "Pod",
        "metadata": {"name": name, "uid": name, "finalizers": [TRACKED], "ownerReferences": [
            {"apiVersion": "batch/v1", "kind": "Job", "name": "pi", "uid": "pi", "controller": true},
        ]},
        "status": {"phase": phase},
    })
}

fn indexed(name: &str, index: &str, phase: &str) -> Value {
    let mut pod = pod(name, phase);
    pod["metadata"]["annotations"] = json!({"batch.kubernetes.io/job-completion-index": index});
    pod
}

fn leaving(mut pod: Value) -> Value {
    pod["metadata"]["deletionTimestamp"] = json!(EPOCH);
    pod
}

fn released(mut pod: Value) -> Value {
    pod["metadata"]["finalizers"] = json!([]);
    pod
}

fn three_of(indexes: i32) -> Value {
    json!({"completionMode": "Indexed", "completions": indexes, "parallelism": 3})
}

#[test]
fn no_more_pods_than_are_wanted() {
    let plain = |parallelism: i32, completions: i32| {
        let spec = json!({"parallelism": parallelism, "completions": completions});
        job(spec, json!({}))
    };
    let ending = |kind: &str| {
        let condition = json!({"type": kind, "status": "True", "lastTransitionTime": EPOCH});
        job(
            json!({"completions": 9, "parallelism": 9}),
            json!({"conditions": [condition]}),
        )
    };
    let replaces =
        |policy: &str| json!({"parallelism": 1, "completions": 3, "podReplacementPolicy": policy});
    let judges = json!({"parallelism": 1, "completions": 3, "podFailurePolicy": {"rules": []}});
    let queue = json!({"parallelism": 2});
    let shrinks = |indexes: i32| {
        let status = json!({"completedIndexes": "1", "succeeded": 1});
        job(three_of(indexes), status)
    };
    let (running, done) = ("Running", "Succeeded");
    let rows = [
        (
            "as many as are left to complete",
            vec![
                (0, plain(3, 2)),
                (0, pod("a", running)),
                (0, pod("b", running)),
            ],
            vec![],
        ),
        (
            "more than are left to complete",
            vec![
                (0, plain(3, 1)),
                (0, pod("a", running)),
                (0, pod("b", running)),
            ],
            vec![TOO_MANY],
        ),
        (
            "a success that nobody has counted yet is one less",
            vec![
                (0, plain(3, 2)),
                (0, pod("a", done)),
                (60, pod("b", running)),
                (60, pod("c", running)),
            ],
            vec![TOO_MANY],
        ),
        (
            "who has not heard of it may still act",
            vec![
                (0, plain(3, 2)),
                (0, pod("a", done)),
                (5, pod("b", running)),
                (5, pod("c", running)),
            ],
            vec![],
        ),
        (
            "a failure is replaced",
            vec![
                (0, plain(1, 1)),
                (0, pod("a", "Failed")),
                (60, pod("b", running)),
            ],
            vec![],
        ),
        (
            "parallelism was lowered just now",
            vec![
                (0, plain(2, 9)),
                (0, pod("a", running)),
                (50, plain(1, 9)),
                (55, pod("b", running)),
            ],
            vec![],
        ),
        (
            "parallelism was lowered before",
            vec![
                (0, plain(2, 9)),
                (0, pod("a", running)),
                (50, plain(1, 9)),
                (65, pod("b", running)),
            ],
            vec![TOO_MANY],
        ),
        (
            "the Job fails",
            vec![(0, ending("FailureTarget")), (60, pod("a", running))],
            vec![TOO_MANY],
        ),
        (
            "the Job is complete",
            vec![(0, ending("SuccessCriteriaMet")), (60, pod("a", running))],
            vec![TOO_MANY],
        ),
        (
            "a pod on its way out is replaced at once",
            vec![
                (0, job(replaces("TerminatingOrFailed"), json!({}))),
                (0, leaving(pod("a", running))),
                (60, pod("b", running)),
            ],
            vec![],
        ),
        (
            "unless the Job wants to see it end",
            vec![
                (0, job(replaces("Failed"), json!({}))),
                (0, leaving(pod("a", running))),
                (60, pod("b", running)),
            ],
            vec![TOO_MANY],
        ),
        (
            "or judge it",
            vec![
                (0, job(judges, json!({}))),
                (0, leaving(pod("a", running))),
                (60, pod("b", running)),
            ],
            vec![TOO_MANY],
        ),
        (
            "a work queue that is worked off",
            vec![
                (0, job(queue.clone(), json!({}))),
                (0, pod("a", done)),
                (60, pod("b", running)),
            ],
            vec![TOO_MANY],
        ),
        (
            "one that is not",
            vec![
                (0, job(queue, json!({}))),
                (0, pod("a", "Failed")),
                (60, pod("b", running)),
            ],
            vec![],
        ),
        (
            "two for an index",
            vec![
                (0, job(three_of(3), json!({}))),
                (0, indexed("a", "0", running)),
                (0, indexed("b", "0", running)),
            ],
            vec![TWO_FOR_AN_INDEX],
        ),
        (
            "one for each",
            vec![
                (0, job(three_of(3), json!({}))),
                (0, indexed("a", "0", running)),
                (0, indexed("b", "1", running)),
            ],
            vec![],
        ),
        (
            "one for an index that is done",
            vec![
                (0, job(three_of(3), json!({}))),
                (0, indexed("a", "0", done)),
                (60, indexed("b", "0", running)),
            ],
            vec![RUN_AGAIN],
        ),
        (
            "one of a Job that has shrunk, whose status tells of what it had done",
            vec![
                (0, job(three_of(2), json!({}))),
                (0, indexed("b", "1", done)),
                (1, shrinks(2)),
                (1, released(indexed("b", "1", done))),
                (2, shrinks(1)),
                (60, indexed("a", "0", running)),
            ],
            vec![],
        ),
    ];
    for (why, puts, expected) in rows {
        assert_eq!(judged(&puts), expected, "{why}");
    }
}

#[test]
fn the_counters_tell_of_what_there_was() {
    let counts = |status: Value| job(json!({"completions": 3, "parallelism": 3}), status);
    let failed = |failed: i32, waiting: Value| {
        counts(json!({"failed": failed, "uncountedTerminatedPods": {"failed": waiting}}))
    };
    let of_indexes = |succeeded: i32, completed: &str| {
        let status = json!({"succeeded": succeeded, "completedIndexes": completed});
        job(three_of(3), status)
    };
    let a = |phase: &str| (0, pod("a", phase));
    let rows = [
        (
            "a failure that waited is counted",
            vec![
                (0, counts(json!({}))),
                a("Failed"),
                (0, failed(0, json!(["a"]))),
                (0, failed(1, json!([]))),
            ],
            vec![],
        ),
        (
            "a failure that waited is forgotten",
            vec![
                (0, counts(json!({}))),
                a("Failed"),
                (0, failed(0, json!(["a"]))),
                (0, failed(0, json!([]))),
            ],
            vec![ONCE],
        ),
        (
            "a failure is counted that never waited",
            vec![
                (0, counts(json!({}))),
                a("Failed"),
                (0, failed(1, json!([]))),
            ],
            vec![ONCE],
        ),
        (
            "a success is counted that never waited",
            vec![
                (0, counts(json!({}))),
                a("Succeeded"),
                (0, counts(json!({"succeeded": 1}))),
            ],
            vec![ONCE],
        ),
        (
            "an index is done",
            vec![
                (0, job(three_of(3), json!({}))),
                (0, indexed("a", "0", "Succeeded")),
                (0, of_indexes(1, "0")),
            ],
            vec![],
        ),
        (
            "two pods of one index count for two",
            vec![
                (0, job(three_of(3), json!({}))),
                (0, indexed("a", "0", "Succeeded")),
                (0, indexed("b", "0", "Succeeded")),
                (0, of_indexes(2, "0")),
            ],
            vec![ONCE],
        ),
        (
            "an index is done that no pod has done",
            vec![
                (0, job(three_of(3), json!({}))),
                (0, indexed("a", "0", "Succeeded")),
                (0, of_indexes(1, "1")),
            ],
            vec![ONCE],
        ),
    ];
    for (why, puts, expected) in rows {
        assert_eq!(judged(&puts), expected, "{why}");
    }
}

#[test]
fn no_pod_is_let_go_uncounted() {
    let plain = json!({"completions": 3, "parallelism": 3});
    let ignoring = json!({
        "completions": 3, "parallelism": 3,
        "podFailurePolicy": {"rules": [{
            "action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget"}],
        }]},
    });
    let suspended = json!({"completions": 3, "parallelism": 3, "suspend": true});
    let narrow = json!({"completions": 3, "parallelism": 0});
    let waits = |kind: &str| json!({"uncountedTerminatedPods": {kind: ["a"]}});
    let (failed, done) = (pod("a", "Failed"), pod("a", "Succeeded"));
    let mut disrupted = failed.clone();
    disrupted["status"]["conditions"] = json!([{"type": "DisruptionTarget", "status": "True"}]);
    let (first, fourth) = (
        indexed("a", "0", "Succeeded"),
        indexed("a", "3", "Succeeded"),
    );
    let counted = json!({"succeeded": 1, "completedIndexes": "0"});
    let rows = [
        (
            "a failure waits",
            &plain,
            waits("failed"),
            &failed,
            60,
            vec![],
        ),
        (
            "a success waits",
            &plain,
            waits("succeeded"),
            &done,
            60,
            vec![],
        ),
        (
            "a failure does not",
            &plain,
            json!({}),
            &failed,
            60,
            vec![LOST],
        ),
        (
            "a success does not",
            &plain,
            json!({}),
            &done,
            60,
            vec![LOST],
        ),
        (
            "a rule ignores it",
            &ignoring,
            json!({}),
            &disrupted,
            60,
            vec![],
        ),
        (
            "no rule does",
            &ignoring,
            json!({}),
            &failed,
            60,
            vec![LOST],
        ),
        (
            "the Job is suspended",
            &suspended,
            json!({}),
            &pod("a", "Running"),
            60,
            vec![],
        ),
        (
            "it is one too many",
            &narrow,
            json!({}),
            &pod("a", "Running"),
            60,
            vec![],
        ),
        (
            "it is wanted",
            &plain,
            json!({}),
            &pod("a", "Running"),
            60,
            vec![LOST],
        ),
        (
            "it has ended just now",
            &suspended,
            json!({}),
            &done,
            5,
            vec![],
        ),
        (
            "it ended before",
            &suspended,
            json!({}),
            &done,
            60,
            vec![LOST],
        ),
        (
            "its index is done",
            &three_of(3),
            counted,
            &first,
            60,
            vec![],
        ),
        (
            "its index is not",
            &three_of(3),
            json!({}),
            &first,
            60,
            vec![LOST],
        ),
        (
            "it has no business there",
            &three_of(3),
            json!({}),
            &fourth,
            60,
            vec![],
        ),
    ];
    for (why, spec, status, pod, after_secs, expected) in rows {
        // a person has made the pod, and the status tells of it
        let puts = [
            (
                0,
                job(json!({"completions": 9, "parallelism": 9}), json!({})),
            ),
            (0, pod.clone()),
            (0, job(spec.clone(), status)),
            (after_secs, released(pod.clone())),
        ];
        let mut found = judged(&puts);
        // how it came to be so is not at issue
        found.retain(|rule| *rule == LOST);
        assert_eq!(found, expected, "{why}");
    }
}
