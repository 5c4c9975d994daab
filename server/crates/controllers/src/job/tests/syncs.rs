//! What one sync makes of what it sees: pods, counts and end together.

use serde_json::{Value, json};

use super::super::pod_facts::COMPLETION_INDEX;
use super::shape::{Shape, at, job, pod, pods, sync};

fn some(phase: &str, count: usize) -> Vec<Value> {
    let pods = (0..count).map(|n| pod(&format!("{phase}-{n}").to_lowercase(), phase));
    pods.collect()
}

fn ready(count: usize) -> Vec<Value> {
    some("Running", count)
        .into_iter()
        .map(|pod| pod.ready(0))
        .collect()
}

fn leaving(count: usize) -> Vec<Value> {
    let pods = (0..count).map(|n| pod(&format!("leaving-{n}"), "Running").leaving());
    pods.collect()
}

/// Failed so long ago that nothing waits for it.
fn failed() -> Value {
    pod("failed", "Failed").exit(1, -600)
}

/// Pods with these indexes, as they are written on them.
fn indexed(pods: &[(&str, &str)]) -> Vec<Value> {
    let pods = pods.iter().enumerate().map(|(n, (index, phase))| {
        let mut indexed = pod(&format!("i{n}"), phase);
        indexed["metadata"]["annotations"][COMPLETION_INDEX] = json!(index);
        match *phase {
            "Failed" => indexed.exit(1, -600),
            _ => indexed,
        }
    });
    pods.collect()
}

/// Pods made and deleted; active, ready and terminating ones; successes and failures; whether it ends.
type Done = ((usize, usize), (i32, i32, i32), (i32, i32), bool);

#[test]
fn job_30_to_39_60_a_whole_sync() {
    let work_queue = |policy: &str| json!({"parallelism": 1, "completions": null, "podReplacementPolicy": policy});
    let spec = |parallelism: i32, completions: i32| json!({"parallelism": parallelism, "completions": completions});
    let indexes = |parallelism: i32, completions: i32| {
        json!({
            "parallelism": parallelism, "completions": completions, "completionMode": "Indexed",
        })
    };
    let one_each = || [some("Running", 1), vec![failed()], leaving(1)].concat();
    let crowd = || [some("Running", 2), leaving(4)].concat();
    let rows: [(&str, Value, Vec<Value>, Done); 21] = [
        (
            "a Job starts",
            spec(2, 5),
            vec![],
            ((2, 0), (2, 0, 0), (0, 0), false),
        ),
        (
            "as many as there may be, of which some are ready",
            spec(3, 5),
            [ready(2), some("Pending", 1)].concat(),
            ((0, 0), (3, 2, 0), (0, 0), false),
        ),
        (
            "one is done, another takes its place",
            spec(2, 5),
            [some("Running", 1), some("Succeeded", 1)].concat(),
            ((1, 0), (2, 0, 0), (1, 0), false),
        ),
        (
            "one has failed, another takes its place",
            spec(2, 5),
            [some("Running", 1), vec![failed()]].concat(),
            ((1, 0), (2, 0, 0), (0, 1), false),
        ),
        (
            "what goes is waited for and is no failure yet",
            work_queue("Failed"),
            one_each(),
            ((0, 0), (1, 0, 1), (0, 1), false),
        ),
        (
            "what goes has failed",
            work_queue("TerminatingOrFailed"),
            one_each(),
            ((0, 0), (1, 0, 1), (0, 2), false),
        ),
        (
            "more go than there may be",
            json!({"parallelism": 1, "completions": 1, "podReplacementPolicy": "Failed"}),
            crowd(),
            ((0, 1), (1, 0, 5), (0, 0), false),
        ),
        (
            "also with a failure policy (kubernetes#122235)",
            json!({"parallelism": 1, "completions": 1, "podFailurePolicy": {"rules": []}}),
            crowd(),
            ((0, 1), (1, 0, 5), (0, 0), false),
        ),
        (
            "a success after the failure: nothing is waited for",
            spec(2, 5),
            [
                some("Running", 1),
                vec![
                    pod("s", "Succeeded").exit(0, 0),
                    pod("f", "Failed").exit(1, 0),
                ],
            ]
            .concat(),
            ((1, 0), (2, 0, 0), (1, 1), false),
        ),
        (
            "a work queue of which one has failed",
            json!({"completions": null}),
            [some("Succeeded", 1), vec![failed()]].concat(),
            ((0, 0), (0, 0, 0), (1, 1), true),
        ),
        (
            "a work queue that ends with what still runs",
            json!({"completions": null}),
            [some("Succeeded", 1), some("Running", 1)].concat(),
            ((0, 0), (1, 0, 0), (1, 0), false),
        ),
        (
            "more than are left to be done",
            spec(3, 4),
            [some("Running", 3), some("Succeeded", 2)].concat(),
            ((0, 1), (2, 0, 1), (2, 0), false),
        ),
        (
            "what is deleted is not ready any more",
            spec(2, 5),
            ready(3),
            ((0, 1), (2, 2, 1), (0, 0), false),
        ),
        (
            "nor is what is deleted as the Job fails",
            json!({"completions": 3, "backoffLimit": 0}),
            [ready(2), vec![failed()]].concat(),
            ((0, 2), (0, 0, 2), (0, 3), false),
        ),
        (
            "all indexes are done, one at the second try",
            indexes(2, 3),
            indexed(&[
                ("0", "Succeeded"),
                ("1", "Failed"),
                ("1", "Succeeded"),
                ("2", "Succeeded"),
            ]),
            ((0, 0), (0, 0, 0), (3, 1), true),
        ),
        (
            "an index that is done twice counts once",
            indexes(2, 3),
            indexed(&[("0", "Succeeded"), ("1", "Succeeded"), ("1", "Succeeded")]),
            ((1, 0), (1, 0, 0), (2, 0), false),
        ),
        (
            "pods without an index, or with none that can be read",
            indexes(2, 5),
            [
                some("Running", 1),
                some("Succeeded", 1),
                vec![failed()],
                indexed(&[
                    ("invalid", "Running"),
                    ("invalid", "Succeeded"),
                    ("invalid", "Failed"),
                    ("-2", "Pending"),
                    ("0", "Succeeded"),
                    ("1", "Running"),
                    ("2", "Running"),
                ]),
            ]
            .concat(),
            ((0, 3), (2, 0, 3), (1, 0), false),
        ),
        (
            "an index twice: none is made in the same sync",
            indexes(5, 5),
            indexed(&[
                ("invalid", "Running"),
                ("0", "Succeeded"),
                ("1", "Running"),
                ("2", "Running"),
                ("2", "Pending"),
            ]),
            ((0, 2), (2, 0, 2), (1, 0), false),
        ),
        (
            "indexes that the Job does not have",
            indexes(2, 5),
            indexed(&[
                ("0", "Succeeded"),
                ("5", "Running"),
                ("6", "Succeeded"),
                ("7", "Pending"),
                ("8", "Failed"),
            ]),
            ((0, 2), (0, 0, 2), (1, 0), false),
        ),
        (
            "JOB-91: a suspension takes all, and none has failed",
            json!({"completions": 4, "suspend": true}),
            ready(2),
            ((0, 2), (0, 0, 2), (0, 0), false),
        ),
        (
            "JOB-42: restarts that do not reach the limit",
            json!({"completions": 5, "backoffLimit": 3, "template": {"spec": {"restartPolicy": "OnFailure", "containers": []}}}),
            vec![
                pod("a", "Running").restarts(1),
                pod("b", "Running").restarts(1),
            ],
            ((0, 0), (2, 0, 0), (0, 0), false),
        ),
    ];
    for (why, spec, seen, want) in rows {
        let job = job(spec, json!({"startTime": at(-60)}));
        let sync = sync(&job, &pods(seen), 1);
        let status = &sync.settled.status;
        let count = |count: Option<i32>| count.unwrap_or(0);
        let got = (
            (sync.created.len(), sync.deleted.len()),
            (
                count(status.active),
                count(status.ready),
                count(status.terminating),
            ),
            (count(status.succeeded), count(status.failed)),
            sync.settled.finished,
        );
        assert_eq!(got, want, "{why}");
    }
}
