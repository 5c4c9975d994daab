//! The Job controller's pure steps, by id.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::batch::v1::{Job, JobStatus};
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use serde_json::{Value, json};

use super::account::{Outcome, Round, account};
use super::backoff::Backoff;
use super::decide::{Plan, decide};
use super::manage::Work;
use super::pod_facts::{COMPLETION_INDEX, INDEX_FAILURES, TRACKING_FINALIZER};
use super::settle::{Settled, settle};
use super::spec::Spec;
use super::tally::{Observed, Tally, as_count, tally};

fn noon() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().expect("a literal time")
}

fn at(secs: i64) -> String {
    (noon() + SignedDuration::from_secs(secs)).to_string()
}

/// A Job of the default shape with these spec and status fields on top.
fn job(spec: Value, status: Value) -> Job {
    let mut job = json!({
        "metadata": {"name": "pi", "namespace": "default", "uid": "job"},
        "spec": {
            "parallelism": 2, "completions": 3, "backoffLimit": 6, "completionMode": "NonIndexed",
            "template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "main"}]}},
        },
        "status": status,
    });
    merge(&mut job["spec"], spec);
    serde_json::from_value(job).expect("a literal Job")
}

fn merge(into: &mut Value, from: Value) {
    for (key, value) in from.as_object().expect("an object") {
        match value {
            Value::Null => into.as_object_mut().expect("an object").remove(key),
            value => into
                .as_object_mut()
                .expect("an object")
                .insert(key.clone(), value.clone()),
        };
    }
}

/// A tracked pod of this phase; its uid is its name.
fn pod(name: &str, phase: &str) -> Value {
    json!({
        "metadata": {
            "name": name, "namespace": "default", "uid": name, "creationTimestamp": at(0),
            "finalizers": [TRACKING_FINALIZER], "annotations": {},
        },
        "spec": {"containers": [{"name": "main"}]},
        "status": {"phase": phase},
    })
}

trait Shape {
    fn index(self, index: i32) -> Self;
    fn leaving(self) -> Self;
    fn untracked(self) -> Self;
    fn ready(self, since_secs: i64) -> Self;
    fn node(self) -> Self;
    fn exit(self, code: i32, at_secs: i64) -> Self;
    fn restarts(self, count: i32) -> Self;
    fn failures(self, count: i32) -> Self;
}

impl Shape for Value {
    fn index(mut self, index: i32) -> Self {
        self["metadata"]["annotations"][COMPLETION_INDEX] = json!(index.to_string());
        self
    }
    fn leaving(mut self) -> Self {
        self["metadata"]["deletionTimestamp"] = json!(at(0));
        self
    }
    fn untracked(mut self) -> Self {
        self["metadata"]["finalizers"] = json!([]);
        self
    }
    fn ready(mut self, since_secs: i64) -> Self {
        self["status"]["conditions"] =
            json!([{"type": "Ready", "status": "True", "lastTransitionTime": at(since_secs)}]);
        self
    }
    fn node(mut self) -> Self {
        self["spec"]["nodeName"] = json!("node-1");
        self
    }
    fn exit(mut self, code: i32, at_secs: i64) -> Self {
        let terminated = json!({"exitCode": code, "finishedAt": at(at_secs)});
        self["status"]["containerStatuses"] = json!([{
            "name": "main", "image": "", "imageID": "", "ready": false, "restartCount": 0,
            "state": {"terminated": terminated},
        }]);
        self
    }
    fn restarts(mut self, count: i32) -> Self {
        self["status"]["containerStatuses"] = json!([{
            "name": "main", "image": "", "imageID": "", "ready": false, "restartCount": count,
        }]);
        self
    }
    fn failures(mut self, count: i32) -> Self {
        self["metadata"]["annotations"][INDEX_FAILURES] = json!(count.to_string());
        self
    }
}

fn pods(values: Vec<Value>) -> Vec<Arc<Pod>> {
    values
        .into_iter()
        .map(|value| Arc::new(serde_json::from_value(value).expect("a literal pod")))
        .collect()
}

/// One sync whose planned writes all succeed.
struct Sync {
    created: Vec<Pod>,
    deleted: Vec<String>,
    untracked_first: bool,
    wake_at: Option<Timestamp>,
    first: JobStatus,
    wrote_first: bool,
    released: Vec<String>,
    settled: Settled,
}

fn sync(job: &Job, pods: &[Arc<Pod>], now_secs: i64) -> Sync {
    sync_after(job, pods, now_secs, Backoff::default())
}

fn sync_after(job: &Job, pods: &[Arc<Pod>], now_secs: i64, backoff: Backoff) -> Sync {
    let nothing = BTreeSet::new();
    let observed = Observed {
        spec: Spec::of(job).expect("it has a spec"),
        pods,
        released: &nothing,
        backoff,
        settled: true,
        now: noon() + SignedDuration::from_secs(now_secs),
    };
    let tally = tally(&observed);
    let plan = decide(&observed, &tally);
    act(&observed, &tally, plan)
}

fn act(observed: &Observed<'_>, tally: &Tally<'_>, mut plan: Plan<'_>) -> Sync {
    let (mut created, mut deleted, mut untracked_first) = (Vec::new(), Vec::new(), false);
    let wake_at = plan.wake_at;
    let outcome = match std::mem::take(&mut plan.work) {
        Work::Nothing => Outcome::default(),
        Work::Create(pods) => {
            created = pods;
            Outcome {
                created: as_count(created.len()),
                ..Outcome::default()
            }
        }
        Work::Delete {
            pods,
            untrack_first,
        } => {
            untracked_first = untrack_first;
            deleted = pods.iter().map(|pod| pod.name_any()).collect();
            let ready = pods.iter().filter(|pod| crate::pods::is_ready(pod)).count();
            Outcome {
                deleted: as_count(pods.len()),
                deleted_ready: as_count(ready),
                ..Outcome::default()
            }
        }
    };
    let Round {
        status,
        write,
        release,
        mut tracked,
        finish,
        full,
        ..
    } = account(observed, tally, plan, outcome);
    let released: Vec<String> = release.iter().map(|pod| pod.name_any()).collect();
    tracked.retain(|uid| !released.contains(uid));
    let finish = finish.filter(|_| !full);
    let settled = settle(
        observed.spec,
        status.clone(),
        &tracked,
        finish.as_ref(),
        observed.now,
    );
    Sync {
        created,
        deleted,
        untracked_first,
        wake_at,
        first: status,
        wrote_first: write,
        released,
        settled,
    }
}

fn told(status: &JobStatus) -> Vec<String> {
    let conditions = status.conditions.iter().flatten();
    conditions
        .map(|c| {
            format!(
                "{}={} {}",
                c.type_,
                c.status,
                c.reason.clone().unwrap_or_default()
            )
        })
        .collect()
}

#[test]
fn job_31_to_35_how_many_pods() {
    let running = |n: usize| {
        (0..n)
            .map(|n| pod(&format!("p{n}"), "Running"))
            .collect::<Vec<_>>()
    };
    let indexed = json!({"completionMode": "Indexed"});
    let rows = [
        (
            "JOB-32: up to parallelism",
            json!({}),
            json!({}),
            vec![],
            2,
            0,
        ),
        (
            "JOB-32: no more than what is left",
            json!({}),
            json!({"succeeded": 2}),
            vec![],
            1,
            0,
        ),
        (
            "JOB-32: parallelism 0",
            json!({"parallelism": 0}),
            json!({}),
            vec![],
            0,
            0,
        ),
        (
            "JOB-31: a work queue starts with parallelism",
            json!({"completions": null}),
            json!({}),
            vec![],
            2,
            0,
        ),
        (
            "JOB-31: and gets no more after a success",
            json!({"completions": null}),
            json!({"succeeded": 1}),
            running(1),
            0,
            0,
        ),
        (
            "JOB-34: the deficit",
            json!({}),
            json!({}),
            running(1),
            1,
            0,
        ),
        (
            "JOB-33: the surplus",
            json!({}),
            json!({}),
            running(5),
            0,
            3,
        ),
        (
            "JOB-34: a leaving pod is replaced at once",
            json!({}),
            json!({}),
            vec![
                pod("a", "Running"),
                pod("b", "Running").leaving().untracked(),
            ],
            1,
            0,
        ),
        (
            "JOB-34: with replacement Failed it is waited for",
            json!({"podReplacementPolicy": "Failed"}),
            json!({}),
            vec![pod("a", "Running"), pod("b", "Running").leaving()],
            0,
            0,
        ),
        (
            "JOB-24: at most 500 in one sync",
            json!({"parallelism": 900, "completions": 900}),
            json!({}),
            vec![],
            500,
            0,
        ),
        (
            "JOB-71: an index out of range goes",
            indexed.clone(),
            json!({}),
            vec![pod("a", "Running").index(7)],
            0,
            1,
        ),
        (
            "JOB-33: a duplicate index goes",
            indexed.clone(),
            json!({}),
            vec![pod("a", "Running").index(1), pod("b", "Pending").index(1)],
            0,
            1,
        ),
        (
            "JOB-90: suspended, nothing is made",
            json!({"suspend": true}),
            json!({}),
            vec![],
            0,
            0,
        ),
        (
            "JOB-91: suspended, all go",
            json!({"suspend": true}),
            json!({}),
            running(2),
            0,
            2,
        ),
    ];
    for (why, spec, status, seen, created, deleted) in rows {
        let sync = sync(&job(spec, status), &pods(seen), 1);
        assert_eq!(
            (sync.created.len(), sync.deleted.len()),
            (created, deleted),
            "{why}"
        );
        assert!(
            deleted == 0 || sync.untracked_first,
            "{why}: the finalizer goes first"
        );
    }
}

#[test]
fn job_33_the_least_useful_goes_first() {
    let rows = [
        (
            "unscheduled before scheduled",
            pod("a", "Running").node(),
            pod("b", "Running"),
        ),
        (
            "Pending before Running",
            pod("a", "Running").node(),
            pod("b", "Pending").node(),
        ),
        (
            "not ready before ready",
            pod("a", "Running").node().ready(0),
            pod("b", "Running").node(),
        ),
        (
            "ready more recently first",
            pod("a", "Running").node().ready(0),
            pod("b", "Running").node().ready(9),
        ),
        (
            "more restarts first",
            pod("a", "Running").node().restarts(1),
            pod("b", "Running").node().restarts(3),
        ),
    ];
    for (why, keep, go) in rows {
        let sync = sync(
            &job(json!({"parallelism": 1}), json!({})),
            &pods(vec![keep, go]),
            1,
        );
        assert_eq!(sync.deleted, ["b"], "{why}");
    }
}

#[test]
fn job_35_the_lowest_free_indexes_are_next() {
    let spec = json!({"completionMode": "Indexed", "completions": 9, "parallelism": 4});
    let status = json!({"completedIndexes": "0,2", "succeeded": 2});
    let sync = sync(
        &job(spec, status),
        &pods(vec![pod("a", "Running").index(3)]),
        1,
    );
    let indexes: Vec<_> = sync
        .created
        .iter()
        .map(|pod| pod.annotations()[COMPLETION_INDEX].clone())
        .collect();
    assert_eq!(indexes, ["1", "4", "5"]);
}

#[test]
fn job_20_names_leave_room_for_the_suffix() {
    let long = "j".repeat(62);
    let rows = [
        ("plain", "pi".to_owned(), "NonIndexed", "pi-".to_owned()),
        ("indexed", "pi".to_owned(), "Indexed", "pi-0-".to_owned()),
        (
            "indexed and cut",
            long.clone(),
            "Indexed",
            format!("{}-0-", "j".repeat(55)),
        ),
        (
            "plain is cut by the server",
            long.clone(),
            "NonIndexed",
            format!("{long}-"),
        ),
    ];
    for (why, name, mode, want) in rows {
        let mut job = job(json!({"completionMode": mode}), json!({}));
        job.metadata.name = Some(name);
        let sync = sync(&job, &[], 1);
        assert_eq!(
            sync.created[0].metadata.generate_name.as_deref(),
            Some(want.as_str()),
            "{why}"
        );
    }
}

#[test]
fn job_41_to_50_how_a_job_ends() {
    let failed = |n: usize| {
        (0..n)
            .map(|n| pod(&format!("f{n}"), "Failed").exit(1, 0))
            .collect::<Vec<_>>()
    };
    let on_failure = json!({"backoffLimit": 2, "template": {"spec": {"restartPolicy": "OnFailure", "containers": []}}});
    let fail_job = json!({"rules": [{"action": "FailJob", "onExitCodes": {"operator": "In", "values": [42]}}]});
    let rows = [
        (
            "JOB-41: at the limit it goes on",
            json!({"backoffLimit": 2}),
            json!({}),
            failed(2),
            "",
        ),
        (
            "JOB-41: past the limit",
            json!({"backoffLimit": 2}),
            json!({}),
            failed(3),
            "Failed BackoffLimitExceeded",
        ),
        (
            "JOB-41: counted ones too",
            json!({"backoffLimit": 2}),
            json!({"failed": 2}),
            failed(1),
            "Failed BackoffLimitExceeded",
        ),
        (
            "JOB-42: restarts below the limit",
            on_failure.clone(),
            json!({}),
            vec![pod("a", "Running").restarts(1)],
            "",
        ),
        (
            "JOB-42: restarts at the limit",
            on_failure,
            json!({}),
            vec![pod("a", "Running").restarts(2)],
            "FailureTarget BackoffLimitExceeded",
        ),
        (
            "JOB-43: before the deadline",
            json!({"activeDeadlineSeconds": 31}),
            json!({"startTime": at(-29)}),
            vec![],
            "",
        ),
        (
            "JOB-43: at the deadline",
            json!({"activeDeadlineSeconds": 30}),
            json!({"startTime": at(-29)}),
            vec![],
            "Failed DeadlineExceeded",
        ),
        (
            "JOB-43: the backoff limit wins",
            json!({"activeDeadlineSeconds": 1, "backoffLimit": 0}),
            json!({"startTime": at(-29)}),
            failed(1),
            "Failed BackoffLimitExceeded",
        ),
        (
            "JOB-93: no deadline while suspended",
            json!({"activeDeadlineSeconds": 1, "suspend": true}),
            json!({"startTime": at(-29)}),
            vec![],
            "Suspended JobSuspended",
        ),
        (
            "JOB-93: a suspended Job can fail",
            json!({"backoffLimit": 0, "suspend": true}),
            json!({}),
            failed(1),
            "Failed BackoffLimitExceeded",
        ),
        (
            "JOB-93: a suspended Job can complete",
            json!({"suspend": true}),
            json!({"succeeded": 3}),
            vec![],
            "Complete CompletionsReached",
        ),
        (
            "JOB-36: completions reached",
            json!({}),
            json!({"succeeded": 3}),
            vec![],
            "Complete CompletionsReached",
        ),
        (
            "JOB-36: zero completions",
            json!({"completions": 0}),
            json!({}),
            vec![],
            "Complete CompletionsReached",
        ),
        (
            "JOB-36: a work queue after a success",
            json!({"completions": null}),
            json!({"succeeded": 1}),
            vec![],
            "Complete CompletionsReached",
        ),
        (
            "JOB-36: a work queue that still runs",
            json!({"completions": null}),
            json!({"succeeded": 1}),
            vec![pod("a", "Running")],
            "",
        ),
        (
            "JOB-78: a FailJob rule",
            json!({"podFailurePolicy": fail_job, "backoffLimit": 0}),
            json!({}),
            vec![pod("a", "Failed").exit(42, 0)],
            "Failed PodFailurePolicy",
        ),
        (
            "JOB-44: what was announced stays",
            json!({"backoffLimit": 0}),
            json!({"conditions": [{"type": "FailureTarget", "status": "True", "reason": "DeadlineExceeded", "message": "m"}]}),
            failed(1),
            "Failed DeadlineExceeded",
        ),
        (
            "JOB-48: a leaving pod is waited for",
            json!({}),
            json!({"succeeded": 3}),
            vec![pod("a", "Running").leaving().untracked()],
            "SuccessCriteriaMet CompletionsReached",
        ),
    ];
    for (why, spec, status, seen, want) in rows {
        let sync = sync(&job(spec, status), &pods(seen), 1);
        let last = sync.settled.status.conditions.iter().flatten().next_back();
        let got = last.map(|c| format!("{} {}", c.type_, c.reason.clone().unwrap_or_default()));
        assert_eq!(got.unwrap_or_default(), want, "{why}");
    }
}

#[test]
fn job_43_a_running_job_wakes_at_its_deadline() {
    let sync = sync(
        &job(
            json!({"activeDeadlineSeconds": 30}),
            json!({"startTime": at(0)}),
        ),
        &[],
        1,
    );
    assert_eq!(sync.wake_at, Some(noon() + SignedDuration::from_secs(30)));
}

#[test]
fn job_48_the_interim_condition_is_written_before_pods_are_let_go() {
    let seen = pods(vec![
        pod("a", "Running").ready(0),
        pod("b", "Failed").exit(1, 0),
    ]);
    let sync = sync(
        &job(json!({"backoffLimit": 0}), json!({"startTime": at(0)})),
        &seen,
        1,
    );
    assert_eq!(sync.deleted, ["a"]);
    assert!(!sync.untracked_first, "JOB-50: deleted with its finalizer");
    assert!(sync.wrote_first);
    assert_eq!(
        told(&sync.first),
        ["FailureTarget=True BackoffLimitExceeded"]
    );
    assert_eq!(
        (sync.first.active, sync.first.ready, sync.first.terminating),
        (None, Some(0), Some(1)),
        "JOB-39"
    );
    let uncounted = sync.first.uncounted_terminated_pods.expect("JOB-63");
    assert_eq!(
        uncounted.failed,
        Some(vec!["a".to_owned(), "b".to_owned()]),
        "JOB-50: both have failed"
    );
    assert_eq!(sync.released, ["a", "b"]);
    assert_eq!(sync.settled.status.failed, Some(2));
    assert!(!sync.settled.finished, "one is still terminating");
}

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

#[test]
fn job_51_farewells() {
    let done = sync(
        &job(json!({"parallelism": 9}), json!({"succeeded": 4})),
        &[],
        1,
    )
    .settled;
    let reasons: Vec<_> = done
        .notes
        .iter()
        .map(|note| (note.warning, note.reason.as_str()))
        .collect();
    assert_eq!(
        reasons,
        [(true, "TooManySucceededPods"), (false, "Completed")]
    );
    let failed = sync(
        &job(
            json!({"activeDeadlineSeconds": 0}),
            json!({"startTime": at(0)}),
        ),
        &[],
        1,
    )
    .settled;
    let reasons: Vec<_> = failed
        .notes
        .iter()
        .map(|note| (note.warning, note.reason.as_str()))
        .collect();
    assert_eq!(reasons, [(true, "DeadlineExceeded")]);
}

#[test]
fn job_90_to_92_suspension() {
    let suspended = json!([{"type": "Suspended", "status": "True", "reason": "JobSuspended", "message": "Job suspended"}]);
    let rows = [
        (
            "suspended from the start",
            json!({"suspend": true}),
            json!({}),
            vec!["Suspended=True JobSuspended"],
            false,
        ),
        (
            "already suspended",
            json!({"suspend": true}),
            json!({"conditions": suspended}),
            vec!["Suspended=True JobSuspended"],
            false,
        ),
        (
            "resumed",
            json!({}),
            json!({"conditions": suspended}),
            vec!["Suspended=False JobResumed"],
            true,
        ),
        ("never suspended", json!({}), json!({}), vec![], true),
    ];
    for (why, spec, status, conditions, started) in rows {
        let sync = sync(&job(spec, status), &[], 1);
        assert_eq!(told(&sync.first), conditions, "{why}");
        assert_eq!(sync.first.start_time.is_some(), started, "{why}");
    }
}
