//! One round of counting: what waits in the status, whose finalizer goes, what is written.

use std::collections::BTreeSet;

use k8s_openapi::api::batch::v1::JobStatus;
use serde_json::{Value, json};

use super::super::finish::Finish;
use super::super::memory::Memory;
use super::super::settle::settle;
use super::super::spec::Spec;
use super::shape::{Shape, at, finished, job, noon, pod, pods, sync, sync_released, told};

/// Uids that wait in the status, successes and failures.
fn waiting(status: &JobStatus) -> (Vec<String>, Vec<String>) {
    let lists = status.uncounted_terminated_pods.clone().expect("JOB-63");
    (
        lists.succeeded.unwrap_or_default(),
        lists.failed.unwrap_or_default(),
    )
}

fn uids(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Pods named by letters, in alphabetical order, each succeeded (`s`) or failed (`f`).
fn ended(phases: &str) -> Vec<Value> {
    let named = ('a'..='z').zip(phases.chars());
    let pods = named.map(|(name, phase)| match phase {
        's' => pod(&name.to_string(), "Succeeded"),
        _ => pod(&name.to_string(), "Failed").exit(1, 0),
    });
    pods.collect()
}

fn without_finalizer(mut pods: Vec<Value>, names: &str) -> Vec<Value> {
    for pod in &mut pods {
        let name = pod["metadata"]["name"].as_str().unwrap_or_default();
        if names.contains(name) {
            *pod = pod.take().untracked();
        }
    }
    pods
}

#[test]
fn job_41_60_a_pod_is_counted_once_while_it_waits_and_after_it_was_let_go() {
    let leaving = |phase: &str, name: &str| pod(name, phase).leaving();
    let none: &[&str] = &[];
    let rows = [
        (
            "some are counted",
            json!({"succeeded": 2, "failed": 1}),
            without_finalizer(ended("sssff"), "ad"),
            none,
            (4, 2),
        ),
        (
            "some wait",
            json!({"succeeded": 1, "failed": 1, "uncountedTerminatedPods": {"succeeded": ["a", "c"], "failed": ["e", "f"]}}),
            without_finalizer(ended("ssssfff"), "abe"),
            none,
            (4, 4),
        ),
        (
            "some were let go, and the cache shows them as they were",
            json!({"succeeded": 2, "failed": 2, "uncountedTerminatedPods": {"succeeded": ["a"], "failed": ["d"]}}),
            without_finalizer(ended("sssffff"), "ad"),
            &["b", "f"][..],
            (4, 5),
        ),
        (
            "JOB-40: some are being deleted",
            json!({"succeeded": 1, "failed": 1}),
            vec![
                leaving("Succeeded", "a"),
                leaving("Failed", "b"),
                leaving("Running", "c"),
                leaving("Pending", "d"),
                leaving("Running", "e").untracked(),
                leaving("Pending", "f").untracked(),
            ],
            none,
            (2, 4),
        ),
    ];
    for (why, status, seen, released, want) in rows {
        let job = job(json!({}), status);
        assert_eq!(finished(&job, &pods(seen), released), want, "{why}");
    }
}

#[test]
fn job_60_what_waits_is_written_before_and_counted_after_the_finalizers_go() {
    let none: &[&str] = &[];
    let lists = |succeeded: &[&str], failed: &[&str]| (uids(succeeded), uids(failed));
    let waits = |succeeded: Value, failed: Value| json!({"succeeded": succeeded, "failed": failed});
    let many = json!({"completions": 20, "parallelism": 1, "backoffLimit": 20});
    let rows = [
        (
            "new ones, of those that are being deleted too",
            json!({}),
            vec![
                pod("a", "Succeeded"),
                pod("b", "Failed").exit(1, 0),
                pod("c", "Succeeded").leaving(),
                pod("d", "Failed").exit(1, 0).leaving(),
                pod("e", "Pending").leaving(),
                pod("f", "Pending"),
            ],
            none,
            lists(&["a", "c"], &["b", "d", "e"]),
            (None, None),
            vec!["a", "b", "c", "d", "e"],
            (Some(2), Some(3)),
        ),
        (
            "past and new ones",
            json!({"succeeded": 2, "failed": 3, "uncountedTerminatedPods": waits(json!(["a", "e"]), json!(["b", "f"]))}),
            without_finalizer(ended("sfsfs"), "e"),
            none,
            lists(&["a", "c"], &["b", "d"]),
            (Some(3), Some(4)),
            vec!["a", "b", "c", "d"],
            (Some(5), Some(6)),
        ),
        (
            "some were let go before, and the cache does not show it",
            json!({"succeeded": 2, "failed": 3, "uncountedTerminatedPods": waits(json!(["a", "g"]), json!(["b", "h"]))}),
            ended("sfsfsfsf"),
            &["c", "d", "g", "h"][..],
            lists(&["a", "e"], &["b", "f"]),
            (Some(3), Some(4)),
            vec!["a", "b", "e", "f"],
            (Some(5), Some(6)),
        ),
    ];
    for (why, status, seen, gone, waits, before, released, after) in rows {
        let sync = sync_released(&job(many.clone(), status), &pods(seen), 1, gone);
        assert!(sync.wrote_first, "{why}");
        assert_eq!(waiting(&sync.first), waits, "{why}");
        assert_eq!((sync.first.succeeded, sync.first.failed), before, "{why}");
        assert_eq!(sync.released, released, "{why}");
        let status = sync.settled.status;
        assert!(sync.settled.write, "{why}");
        assert_eq!(waiting(&status), (vec![], vec![]), "{why}");
        assert_eq!((status.succeeded, status.failed), after, "{why}");
    }
}

#[test]
fn job_60_a_round_counts_five_hundred_with_those_that_wait_already() {
    let mut seen: Vec<_> = (0..500).map(|n| pod(&n.to_string(), "Succeeded")).collect();
    seen.push(pod("b", "Failed").exit(1, 0));
    let status = json!({"uncountedTerminatedPods": {"failed": ["a", "b"]}});
    let spec = json!({"completions": 900, "parallelism": 1});
    let round = sync(&job(spec, status), &pods(seen), 1);
    assert_eq!(round.released.len(), 499, "b waits already");
    let (succeeded, failed) = waiting(&round.first);
    assert_eq!((succeeded.len(), failed), (499, vec!["b".to_owned()]));
    let status = &round.settled.status;
    assert_eq!((status.succeeded, status.failed), (Some(499), Some(1)));
    assert_eq!(waiting(status), (vec![], vec!["b".to_owned()]));

    let indexed = (0..501).map(|n| pod(&n.to_string(), "Succeeded").index(n));
    let spec = json!({"completionMode": "Indexed", "completions": 501, "parallelism": 1});
    let round = sync(&job(spec, json!({})), &pods(indexed.collect()), 1);
    assert_eq!(round.released.len(), 500, "JOB-61: indexes, too");
    assert_eq!(round.first.completed_indexes.as_deref(), Some("0-499"));
    assert!(!round.settled.finished, "one is left");
}

#[test]
fn job_61_70_72_indexes_that_are_done() {
    let succeeded = |name: &str, index: i32| pod(name, "Succeeded").index(index);
    let failed = |name: &str, index: i32| pod(name, "Failed").exit(1, 0).index(index);
    let running = |name: &str, index: i32| pod(name, "Running").index(index);
    let before = |completed: &str, count: i32| {
        json!({
            "startTime": at(0), "active": 2, "ready": 0, "terminating": 0,
            "uncountedTerminatedPods": {}, "completedIndexes": completed, "succeeded": count,
        })
    };
    let rows = [
        (
            "new successes, in whatever order they are seen",
            6,
            json!({}),
            vec![
                succeeded("c", 3),
                succeeded("a", 1),
                succeeded("d", 3),
                running("e", 5),
                pod("f", "Succeeded"),
            ],
            Some("1,3"),
            (Some(2), None),
            4,
        ),
        (
            "none is left of the Job as it is now",
            2,
            before("3", 1),
            vec![running("a", 0), running("b", 1)],
            None,
            (None, None),
            0,
        ),
        (
            "one is left, and it is new",
            2,
            before("3", 1),
            vec![running("a", 0), succeeded("b", 1)],
            Some("1"),
            (Some(1), None),
            1,
        ),
        (
            "failures count, of one index each",
            6,
            json!({}),
            vec![
                failed("a", 1),
                failed("b", 3),
                failed("c", 3),
                running("d", 5),
                pod("e", "Failed").exit(1, 0),
            ],
            None,
            (None, Some(3)),
            4,
        ),
        (
            "past and new ones",
            7,
            json!({"failed": 2, "succeeded": 5, "completedIndexes": "0-2,4,6,7"}),
            vec![
                succeeded("u", 0).untracked(),
                failed("v", 1).untracked(),
                succeeded("w", 1),
                succeeded("x", 3),
                failed("a", 2),
                failed("b", 5),
            ],
            Some("0-4,6"),
            (Some(6), Some(4)),
            4,
        ),
    ];
    for (why, completions, status, seen, completed, counts, released) in rows {
        let spec = json!({"completionMode": "Indexed", "completions": completions});
        let sync = sync(&job(spec, status), &pods(seen), 1);
        assert!(sync.wrote_first, "{why}");
        assert_eq!(sync.first.completed_indexes.as_deref(), completed, "{why}");
        assert_eq!(sync.released.len(), released, "{why}");
        let status = sync.settled.status;
        assert_eq!((status.succeeded, status.failed), counts, "{why}");
    }
}

#[test]
fn job_60_nothing_new_is_nothing_to_write() {
    let known = json!({
        "startTime": at(0), "active": 1, "ready": 0, "terminating": 0, "uncountedTerminatedPods": {},
    });
    let mut less = known.clone();
    less["active"] = json!(0);
    for (status, writes) in [(known, false), (less, true)] {
        let job = job(json!({"parallelism": 1, "completions": 1}), status);
        let sync = sync(&job, &pods(vec![pod("a", "Running")]), 1);
        assert_eq!((sync.wrote_first, sync.settled.write), (writes, false));
    }
}

#[test]
fn job_50_60_what_counts_when_the_job_ends() {
    let failing = json!({"backoffLimit": 0});
    let met = json!([{"type": "SuccessCriteriaMet", "status": "True", "reason": "SuccessPolicy", "message": "m"}]);
    let target =
        json!([{"type": "FailureTarget", "status": "True", "reason": "r", "message": "m"}]);
    let ignore =
        json!({"rules": [{"action": "Ignore", "onExitCodes": {"operator": "In", "values": [42]}}]});
    let rows = [
        (
            "a pod that waits as a failure stays one, whatever it says by now",
            failing.clone(),
            json!({"uncountedTerminatedPods": {"failed": ["a", "b"]}}),
            ended("fs"),
            (None, Some(2), true),
        ),
        (
            "a Job that fails: what still runs has failed",
            failing.clone(),
            json!({}),
            vec![
                pod("a", "Succeeded"),
                pod("b", "Failed").exit(1, 0),
                pod("c", "Running"),
            ],
            (Some(1), Some(2), false),
        ),
        (
            "but not what a rule ignores",
            json!({"backoffLimit": 0, "podFailurePolicy": ignore}),
            json!({}),
            vec![
                pod("a", "Failed").exit(42, 0),
                pod("b", "Failed").exit(1, 0),
            ],
            (None, Some(1), true),
        ),
        (
            "a Job whose policy is met: what still runs has not failed, what failed has",
            json!({}),
            json!({"conditions": met}),
            vec![
                pod("a", "Succeeded"),
                pod("b", "Failed").exit(1, 0),
                pod("c", "Pending"),
            ],
            (Some(1), Some(1), false),
        ),
        (
            "the failure waits for one that is counted and on its way out",
            json!({}),
            json!({"conditions": target, "uncountedTerminatedPods": {"failed": ["a"]}}),
            vec![pod("a", "Running").leaving().untracked()],
            (None, Some(1), false),
        ),
        (
            "so does the success",
            json!({}),
            json!({"conditions": met, "uncountedTerminatedPods": {"succeeded": ["b"], "failed": ["a"]}}),
            vec![pod("a", "Running").leaving().untracked()],
            (Some(1), Some(1), false),
        ),
    ];
    for (why, spec, status, seen, want) in rows {
        let settled = sync(&job(spec, status), &pods(seen), 1).settled;
        let counts = (settled.status.succeeded, settled.status.failed);
        assert_eq!((counts.0, counts.1, settled.finished), want, "{why}");
    }
}

#[test]
fn job_48_nothing_is_final_before_all_is_counted_and_gone() {
    let rows = [
        ("all is", json!({}), true),
        (
            "a failure waits",
            json!({"uncountedTerminatedPods": {"failed": ["a"]}}),
            false,
        ),
        (
            "a success waits",
            json!({"uncountedTerminatedPods": {"succeeded": ["a"]}}),
            false,
        ),
        ("one is on its way out", json!({"terminating": 1}), false),
    ];
    for (why, status, ends) in rows {
        let job = job(json!({}), status);
        let spec = Spec::of(&job).expect("it has a spec");
        let status = job.status.clone().expect("a literal status");
        let tracked = BTreeSet::from(["a".to_owned()]);
        let finish = Finish::completions_reached();
        let settled = settle(spec, status.clone(), &tracked, Some(&finish), noon());
        assert_eq!((settled.finished, settled.write), (ends, ends), "{why}");
        assert_eq!(settled.notes.is_empty(), !ends, "{why}");
        assert_eq!(told(&settled.status).is_empty(), !ends, "{why}");
        let completed = settled.status.completion_time.map(|time| time.0);
        assert_eq!(completed, ends.then(noon), "{why}");
        let none = settle(spec, status, &tracked, None, noon());
        assert!(!none.finished && told(&none.status).is_empty(), "{why}");
    }
}

#[test]
fn job_60_a_pod_that_was_let_go_is_forgotten_once_the_cache_shows_it() {
    let rows = [
        ("it does not yet", vec![pod("a", "Succeeded")], true),
        ("it does", vec![pod("a", "Succeeded").untracked()], false),
        ("the pod is gone", vec![], false),
    ];
    for (why, seen, remembered) in rows {
        let mut memory = Memory::default();
        memory.released.insert("a".to_owned());
        let seen = pods(seen);
        memory.observe(seen.iter().map(AsRef::as_ref), noon());
        assert_eq!(memory.released.contains("a"), remembered, "{why}");
    }
}
