//! Jobs, pods and syncs as tests say them.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::batch::v1::{Job, JobStatus};
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use serde_json::{Value, json};

use super::super::account::{Outcome, Round, account};
use super::super::backoff::Backoff;
use super::super::decide::{Plan, decide};
use super::super::manage::Work;
use super::super::pod_facts::{
    COMPLETION_INDEX, INDEX_FAILURES, INDEX_IGNORED_FAILURES, TRACKING_FINALIZER,
};
use super::super::settle::{Settled, settle};
use super::super::spec::Spec;
use super::super::tally::{Observed, Tally, tally};
use crate::api_values::as_count;

pub fn noon() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().expect("a literal time")
}

pub fn at(secs: i64) -> String {
    (noon() + SignedDuration::from_secs(secs)).to_string()
}

/// A Job of the default shape with these spec and status fields on top.
pub fn job(spec: Value, status: Value) -> Job {
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

pub fn merge(into: &mut Value, from: Value) {
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
pub fn pod(name: &str, phase: &str) -> Value {
    json!({
        "metadata": {
            "name": name, "namespace": "default", "uid": name, "creationTimestamp": at(0),
            "finalizers": [TRACKING_FINALIZER], "annotations": {},
        },
        "spec": {"containers": [{"name": "main"}]},
        "status": {"phase": phase},
    })
}

pub trait Shape {
    fn index(self, index: i32) -> Self;
    fn leaving(self) -> Self;
    fn untracked(self) -> Self;
    fn ready(self, since_secs: i64) -> Self;
    fn node(self) -> Self;
    fn exit(self, code: i32, at_secs: i64) -> Self;
    fn restarts(self, count: i32) -> Self;
    fn init_restarts(self, count: i32) -> Self;
    fn sidecar_restarts(self, count: i32) -> Self;
    fn failures(self, count: i32) -> Self;
    fn ignored(self, count: i32) -> Self;
    fn created(self, at_secs: i64) -> Self;
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
    fn init_restarts(mut self, count: i32) -> Self {
        self["spec"]["initContainers"] = json!([{"name": "init"}]);
        self["status"]["initContainerStatuses"] = json!([{
            "name": "init", "image": "", "imageID": "", "ready": false, "restartCount": count,
        }]);
        self
    }
    fn sidecar_restarts(self, count: i32) -> Self {
        let mut pod = self.init_restarts(count);
        pod["spec"]["initContainers"][0]["restartPolicy"] = json!("Always");
        pod
    }
    fn created(mut self, at_secs: i64) -> Self {
        self["metadata"]["creationTimestamp"] = json!(at(at_secs));
        self
    }
    fn ignored(mut self, count: i32) -> Self {
        self["metadata"]["annotations"][INDEX_IGNORED_FAILURES] = json!(count.to_string());
        self
    }
    fn failures(mut self, count: i32) -> Self {
        self["metadata"]["annotations"][INDEX_FAILURES] = json!(count.to_string());
        self
    }
}

pub fn pods(values: Vec<Value>) -> Vec<Arc<Pod>> {
    values
        .into_iter()
        .map(|value| Arc::new(serde_json::from_value(value).expect("a literal pod")))
        .collect()
}

/// One sync whose planned writes all succeed.
pub struct Sync {
    pub created: Vec<Pod>,
    pub deleted: Vec<String>,
    pub untracked_first: bool,
    pub wake_at: Option<Timestamp>,
    pub first: JobStatus,
    pub wrote_first: bool,
    /// Reasons of the Events that the first write is told with.
    pub notes: Vec<String>,
    pub released: Vec<String>,
    pub settled: Settled,
}

/// What a sync begins with, and what becomes of its pod work.
#[derive(Default)]
struct Given {
    backoff: Backoff,
    released: BTreeSet<String>,
    unsettled: bool,
    fails: bool,
}

pub fn sync(job: &Job, pods: &[Arc<Pod>], now_secs: i64) -> Sync {
    run(job, pods, now_secs, &Given::default())
}

/// A sync while deletions of the last one are still unseen (JOB-26).
pub fn sync_unsettled(job: &Job, pods: &[Arc<Pod>], now_secs: i64) -> Sync {
    let given = Given {
        unsettled: true,
        ..Given::default()
    };
    run(job, pods, now_secs, &given)
}

pub fn sync_after(job: &Job, pods: &[Arc<Pod>], now_secs: i64, backoff: Backoff) -> Sync {
    let given = Given {
        backoff,
        ..Given::default()
    };
    run(job, pods, now_secs, &given)
}

/// A sync of whose pod work some is refused (JOB-48).
pub fn sync_whose_work_fails(job: &Job, pods: &[Arc<Pod>], now_secs: i64) -> Sync {
    let given = Given {
        fails: true,
        ..Given::default()
    };
    run(job, pods, now_secs, &given)
}

/// A sync after one that let these pods go, whose cache does not show it yet.
pub fn sync_released(job: &Job, pods: &[Arc<Pod>], now_secs: i64, released: &[&str]) -> Sync {
    run(job, pods, now_secs, &given_released(released))
}

/// Successes and failures of a Job as the next sync counts them, counted ones included.
pub fn finished(job: &Job, pods: &[Arc<Pod>], released: &[&str]) -> (i32, i32) {
    let given = given_released(released);
    let tally = tally(&observed(job, pods, 0, &given));
    (tally.succeeded, tally.failed)
}

/// Names of the failed pods that wait for their replacements (JOB-75).
pub fn awaiting(job: &Job, pods: &[Arc<Pod>], released: &[&str]) -> Vec<String> {
    let given = given_released(released);
    let tally = tally(&observed(job, pods, 0, &given));
    tally.awaiting.values().map(|pod| pod.name_any()).collect()
}

fn given_released(uids: &[&str]) -> Given {
    Given {
        released: uids.iter().map(|uid| (*uid).to_owned()).collect(),
        ..Given::default()
    }
}

fn observed<'a>(
    job: &'a Job,
    pods: &'a [Arc<Pod>],
    now_secs: i64,
    given: &'a Given,
) -> Observed<'a> {
    Observed {
        spec: Spec::of(job).expect("it has a spec"),
        pods,
        released: &given.released,
        backoff: given.backoff,
        settled: !given.unsettled,
        now: noon() + SignedDuration::from_secs(now_secs),
    }
}

fn run(job: &Job, pods: &[Arc<Pod>], now_secs: i64, given: &Given) -> Sync {
    let observed = observed(job, pods, now_secs, given);
    let tally = tally(&observed);
    let plan = decide(&observed, &tally);
    act(&observed, &tally, plan, given.fails)
}

fn act(observed: &Observed<'_>, tally: &Tally<'_>, mut plan: Plan<'_>, fails: bool) -> Sync {
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
    let outcome = Outcome {
        failed: fails,
        ..outcome
    };
    let Round {
        status,
        write,
        release,
        mut tracked,
        finish,
        full,
        notes,
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
        notes: notes.into_iter().map(|note| note.reason).collect(),
        released,
        settled,
    }
}

pub fn told(status: &JobStatus) -> Vec<String> {
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
