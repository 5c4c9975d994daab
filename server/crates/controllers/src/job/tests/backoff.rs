//! Back-off of creation.

use std::sync::Arc;

use jiff::SignedDuration;
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use serde_json::json;

use super::super::backoff::Backoff;
use super::super::pod_facts::{COMPLETION_INDEX, INDEX_FAILURES, INDEX_IGNORED_FAILURES};
use super::shape::{Shape, at, job, noon, pod, pods, sync, sync_after};

#[test]
fn job_38_active_stays_real_while_creation_backs_off() {
    let seen = pods(vec![
        pod("a", "Running").ready(0),
        pod("b", "Failed").exit(1, 0),
    ]);
    let sync = sync(&job(json!({}), json!({})), &seen, 1);
    assert_eq!(
        (sync.created.len(), sync.first.active, sync.first.ready),
        (0, Some(1), Some(1))
    );
    assert_eq!(sync.wake_at, Some(noon() + SignedDuration::from_secs(10)));
}

#[test]
fn job_45_46_backoff_doubles_from_ten_seconds_to_ten_minutes() {
    let failure = |n: i64| pods(vec![pod(&format!("f{n}"), "Failed").exit(1, n)]);
    let mut backoff = Backoff::default();
    let mut delays = Vec::new();
    for n in 0..9 {
        let pods = failure(n);
        backoff = backoff.after(&[], &[&pods[0]]);
        let ends = backoff.ends_at().expect("there was a failure");
        delays.push(ends.duration_since(noon()).as_secs() - n);
    }
    assert_eq!(delays, [10, 20, 40, 80, 160, 320, 600, 600, 600]);
    let success = pods(vec![pod("s", "Succeeded").exit(0, 20)]);
    let after = failure(21);
    assert_eq!(
        backoff.after(&[&success[0]], &[]).ends_at(),
        None,
        "a success resets it"
    );
    let one = backoff
        .after(&[&success[0]], &[&failure(19)[0], &after[0]])
        .ends_at()
        .expect("one is later");
    assert_eq!(
        one.duration_since(noon()).as_secs(),
        31,
        "a later failure of the same sync counts"
    );
}

#[test]
fn job_45_failures_in_a_row_since_the_last_success() {
    type Row<'a> = (&'a str, &'a [i64], &'a [i64], &'a [i64], Option<i64>);
    let succeeded = |secs: &i64| pod("s", "Succeeded").exit(0, *secs);
    let failed = |secs: &i64| pod("f", "Failed").exit(1, *secs);
    let none: &[i64] = &[];
    let rows: [Row<'_>; 11] = [
        ("nothing has ended", none, none, none, None),
        ("one failure", none, none, &[0], Some(10)),
        (
            "two: the later one counts",
            none,
            none,
            &[1, 0],
            Some(1 + 20),
        ),
        ("two before a success", none, &[2], &[0, 1], None),
        (
            "two before and two after it",
            none,
            &[2],
            &[4, 0, 1, 3],
            Some(4 + 20),
        ),
        ("one at the time of a success", none, &[2], &[2], None),
        ("a success alone", &[0, 1], &[2], none, None),
        (
            "the latest of two successes",
            none,
            &[5, 2],
            &[3, 6],
            Some(6 + 10),
        ),
        ("one more than before", &[0, 0], none, &[5], Some(5 + 40)),
        (
            "a success forgets those before",
            &[0, 1],
            &[2],
            &[3],
            Some(3 + 10),
        ),
        ("nothing new", &[0, 1], none, none, Some(1 + 20)),
    ];
    for (why, before, successes, failures, want) in rows {
        let before = pods(before.iter().map(failed).collect());
        let successes = pods(successes.iter().map(succeeded).collect());
        let failures = pods(failures.iter().map(failed).collect());
        let before = Backoff::default().after(&[], &by_ref(&before));
        let record = before.after(&by_ref(&successes), &by_ref(&failures));
        let ends = record
            .ends_at()
            .map(|at| at.duration_since(noon()).as_secs());
        assert_eq!(ends, want, "{why}");
    }
}

fn by_ref(pods: &[Arc<Pod>]) -> Vec<&Pod> {
    pods.iter().map(Arc::as_ref).collect()
}

#[test]
fn job_45_failures_that_are_counted_and_gone_are_waited_for() {
    let job = job(
        json!({"parallelism": 1, "completions": 1}),
        json!({"failed": 1}),
    );
    let gone = pods(vec![pod("f", "Failed").exit(1, 0)]);
    let once = Backoff::default().after(&[], &by_ref(&gone));
    let rows = [
        ("it is waited for", once, 9, 0, Some(10)),
        ("that long", once, 10, 1, None),
        ("none is known of", Backoff::default(), 9, 1, None),
    ];
    for (why, backoff, now, created, wake) in rows {
        let sync = sync_after(&job, &[], now, backoff);
        assert_eq!(sync.created.len(), created, "{why}");
        let wake_at = sync.wake_at.map(|at| at.duration_since(noon()).as_secs());
        assert_eq!(wake_at, wake, "{why}");
        let active = i32::try_from(created).ok().filter(|active| *active > 0);
        assert_eq!(sync.first.active, active, "{why}");
    }
}

#[test]
fn job_43_45_what_comes_first_wakes_the_job() {
    for (deadline, wake) in [(5, 5), (30, 10)] {
        let spec = json!({"activeDeadlineSeconds": deadline});
        let job = job(spec, json!({"startTime": at(0)}));
        let sync = sync(&job, &pods(vec![pod("a", "Failed").exit(1, 0)]), 1);
        let wake_at = sync.wake_at.map(|at| at.duration_since(noon()).as_secs());
        assert_eq!(wake_at, Some(wake));
    }
}

#[test]
fn job_45_the_whole_job_waits_for_any_failure() {
    let ignore =
        json!({"rules": [{"action": "Ignore", "onExitCodes": {"operator": "In", "values": [42]}}]});
    let indexed = || {
        vec![
            pod("a", "Failed").exit(1, 0).index(0),
            pod("b", "Running").index(1),
        ]
    };
    let rows = [
        (
            "one that a rule ignores counts, too",
            json!({"podFailurePolicy": ignore}),
            vec![pod("a", "Failed").exit(42, 0)],
        ),
        (
            "of an Indexed Job the other indexes wait, too",
            json!({"completionMode": "Indexed"}),
            indexed(),
        ),
    ];
    for (why, spec, seen) in rows {
        let (job, seen) = (job(spec, json!({})), pods(seen));
        let held = sync(&job, &seen, 9);
        assert!(held.created.is_empty(), "{why}");
        let until = noon() + SignedDuration::from_secs(10);
        assert_eq!(held.wake_at, Some(until), "{why}");
        assert!(!sync(&job, &seen, 10).created.is_empty(), "{why}");
    }
}

#[test]
fn job_47_failures_that_a_rule_ignored_count_in_the_delay() {
    let spec = json!({"completionMode": "Indexed", "backoffLimitPerIndex": 5, "parallelism": 1});
    let rows = [
        ("none", pod("a", "Failed").index(0), 10),
        (
            "one of each",
            pod("a", "Failed").index(0).failures(1).ignored(1),
            40,
        ),
        (
            "ignored ones alone",
            pod("a", "Failed").index(0).ignored(2),
            40,
        ),
    ];
    for (why, seen, secs) in rows {
        let seen = pods(vec![seen.exit(1, 0)]);
        let sync = sync(&job(spec.clone(), json!({})), &seen, 1);
        let until = noon() + SignedDuration::from_secs(secs);
        assert_eq!(sync.wake_at, Some(until), "{why}");
    }
}

#[test]
fn job_47_each_index_backs_off_for_itself() {
    let spec = json!({"completionMode": "Indexed", "backoffLimitPerIndex": 5, "parallelism": 3});
    let seen = pods(vec![
        pod("a", "Failed").exit(1, 0).index(0).failures(1),
        pod("b", "Failed").exit(1, 0).index(1).failures(0),
        pod("c", "Running").index(2),
    ]);
    let rows = [
        ("both wait; the first ends", 5, vec![], Some(10)),
        ("one may, the other waits", 10, vec!["1"], Some(20)),
        ("both may", 20, vec!["0", "1"], None),
    ];
    for (why, now, indexes, wake) in rows {
        let sync = sync(&job(spec.clone(), json!({})), &seen, now);
        let created: Vec<_> = sync
            .created
            .iter()
            .map(|pod| pod.annotations()[COMPLETION_INDEX].clone())
            .collect();
        assert_eq!(created, indexes, "{why}");
        assert_eq!(
            sync.wake_at.map(|at| at.duration_since(noon()).as_secs()),
            wake,
            "{why}"
        );
        assert!(
            sync.released.is_empty(),
            "{why}: JOB-75: held until the replacement is there"
        );
    }
}

#[test]
fn job_23_75_the_replacement_carries_the_count() {
    let spec = json!({"completionMode": "Indexed", "backoffLimitPerIndex": 5, "parallelism": 1, "completions": 1});
    let seen = pods(vec![pod("a", "Failed").exit(1, 0).index(0).failures(2)]);
    let made = sync(&job(spec.clone(), json!({})), &seen, 60);
    assert_eq!(made.created[0].annotations()[INDEX_FAILURES], "3");
    let both = pods(vec![
        pod("a", "Failed").exit(1, 0).index(0).failures(2),
        pod("b", "Pending").index(0).failures(3),
    ]);
    let replaced = sync(&job(spec, json!({})), &both, 61);
    assert_eq!(
        (replaced.released, replaced.settled.status.failed),
        (vec!["a".to_owned()], Some(1))
    );
}

#[test]
fn job_23_75_what_the_replacement_is_told() {
    let mut failed = pod("a", "Failed").exit(1, 0).index(0);
    let mut annotated = |text: &str| {
        failed["metadata"]["annotations"][INDEX_FAILURES] = json!(text);
        failed.clone()
    };
    let ignored = || pod("a", "Failed").exit(42, 0).index(0);
    let rows = [
        ("none", pod("a", "Failed").exit(1, 0).index(0), "1", None),
        (
            "one that is too large is none",
            annotated("2147483648"),
            "1",
            None,
        ),
        ("a bad count is none", annotated("many"), "1", None),
        ("so is a negative one", annotated("-3"), "1", None),
        ("ignored", ignored().failures(2), "2", Some("1")),
        (
            "ignored again",
            ignored().failures(2).ignored(3),
            "2",
            Some("4"),
        ),
    ];
    let ignore =
        json!({"rules": [{"action": "Ignore", "onExitCodes": {"operator": "In", "values": [42]}}]});
    let spec = json!({
        "completionMode": "Indexed", "backoffLimitPerIndex": 5, "parallelism": 1, "completions": 1,
        "podFailurePolicy": ignore,
    });
    for (why, seen, counted, ignored) in rows {
        let made = sync(&job(spec.clone(), json!({})), &pods(vec![seen]), 600);
        let annotations = made.created[0].annotations();
        assert_eq!(annotations[INDEX_FAILURES], counted, "{why}");
        let told = annotations.get(INDEX_IGNORED_FAILURES);
        assert_eq!(told.map(String::as_str), ignored, "{why}");
    }
}

#[test]
fn job_46_when_a_pod_has_finished() {
    let unready = |mut pod: serde_json::Value, secs| {
        pod["status"]["conditions"] =
            json!([{"type": "Ready", "status": "False", "lastTransitionTime": at(secs)}]);
        pod
    };
    let deleted = |mut pod: serde_json::Value, ends, grace| {
        pod["metadata"]["deletionTimestamp"] = json!(at(ends));
        pod["metadata"]["deletionGracePeriodSeconds"] = json!(grace);
        pod
    };
    let mut two = pod("a", "Failed").exit(1, 5);
    let mut second = two["status"]["containerStatuses"][0].clone();
    second["state"]["terminated"]["finishedAt"] = json!(at(9));
    let statuses = two["status"]["containerStatuses"].as_array_mut();
    statuses.expect("a list").push(second);
    let mut sidecar = unready(pod("a", "Failed").exit(1, 5), 7);
    sidecar["spec"]["initContainers"] = json!([{"name": "side", "restartPolicy": "Always"}]);
    sidecar["status"]["initContainerStatuses"] = json!([{
        "name": "side", "image": "", "imageID": "", "ready": true, "restartCount": 0,
    }]);
    let mut one_runs = deleted(pod("a", "Running").exit(1, 5), 40, 30);
    let mut other = one_runs["status"]["containerStatuses"][0].clone();
    other["state"] = json!({"running": {}});
    let statuses = one_runs["status"]["containerStatuses"].as_array_mut();
    statuses.expect("a list").push(other);
    let mut timeless = unready(pod("a", "Failed").exit(1, 5), 7);
    timeless["status"]["containerStatuses"][0]["state"] = json!({"terminated": {"exitCode": 1}});
    let rows = [
        ("not while one of them runs", one_runs, 10),
        ("an end without a time is none", timeless, 7),
        (
            "not since it is ready",
            deleted(pod("a", "Running").ready(3), 40, 30),
            10,
        ),
        ("the containers' end", pod("a", "Failed").exit(1, 5), 5),
        ("the latest of them", two, 9),
        (
            "before all others",
            unready(pod("a", "Failed").exit(1, 5), 7),
            5,
        ),
        ("not while a sidecar's end is unknown", sidecar, 7),
        ("since it is not ready", unready(pod("a", "Failed"), 7), 7),
        (
            "since its deletion began",
            deleted(pod("a", "Running"), 40, 30),
            10,
        ),
        ("since it was made", pod("a", "Failed"), 0),
    ];
    for (why, seen, secs) in rows {
        let finished = crate::pods::finished_at(&pods(vec![seen])[0]);
        assert_eq!(finished.duration_since(noon()).as_secs(), secs, "{why}");
    }
}
