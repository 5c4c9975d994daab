//! What is known of a Job and its pods, as of the last change.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use k8s_openapi::api::batch::v1::{Job, JobSpec};
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;

use crate::audit::recent::Recent;
use crate::scene::{is_active, is_finished, is_terminal, is_true, phase};

const TRACKING: &str = "batch.kubernetes.io/job-tracking";
const INDEX: &str = "batch.kubernetes.io/job-completion-index";

#[derive(Default)]
pub struct Known {
    /// None once it is gone.
    job: Option<Arc<Job>>,
    /// Pods that may be there after a creation.
    pub limit: Recent,
    /// 1 while pods may be let go without being counted: suspended, ended, or more than are wanted.
    pub spare: Recent,
    /// With their indexes.
    pub active: BTreeMap<String, Option<i32>>,
    /// On their way out and not ended.
    pub leaving: BTreeSet<String>,
    pub ever: BTreeSet<String>,
    pub succeeded: BTreeSet<String>,
    /// When a pod was first seen to have ended.
    pub ended: BTreeMap<String, Timestamp>,
    /// Successes that still carry the finalizer, with their indexes.
    waiting: BTreeMap<String, Option<i32>>,
    pub uncounted_succeeded: BTreeSet<String>,
    pub uncounted_failed: BTreeSet<String>,
    /// status.completedIndexes.
    pub completed: BTreeSet<i32>,
    /// Indexes of pods that were ever seen to succeed.
    pub seen_done: BTreeSet<i32>,
    /// Completed indexes, counted or not, and since when.
    pub done_since: BTreeMap<i32, Timestamp>,
}

impl Known {
    pub fn job(&self) -> Option<&Job> {
        self.job.as_deref()
    }

    fn spec(&self) -> Option<&JobSpec> {
        self.job()?.spec.as_ref()
    }

    pub fn is_indexed(&self) -> bool {
        self.spec().is_some_and(is_indexed)
    }

    pub fn take_job(&mut self, job: Option<Arc<Job>>, now: Timestamp) {
        self.job = job;
        let status = self.job().and_then(|job| job.status.clone());
        let status = status.unwrap_or_default();
        let uncounted = status.uncounted_terminated_pods.unwrap_or_default();
        let set = |uids: Option<Vec<String>>| uids.into_iter().flatten().collect();
        self.uncounted_succeeded = set(uncounted.succeeded);
        self.uncounted_failed = set(uncounted.failed);
        self.completed = indexes(status.completed_indexes.as_deref().unwrap_or_default());
        self.refresh(now);
    }

    pub fn take_pod(&mut self, uid: &str, pod: &Pod, now: Timestamp) {
        self.forget_place(uid);
        self.ever.insert(uid.to_owned());
        if is_terminal(pod) {
            self.ended.entry(uid.to_owned()).or_insert(now);
        } else if is_active(pod) {
            self.active.insert(uid.to_owned(), index(pod));
        } else {
            self.leaving.insert(uid.to_owned());
        }
        if phase(pod) == "Succeeded" {
            self.succeeded.insert(uid.to_owned());
            self.seen_done.extend(index(pod));
            if is_tracked(pod) {
                self.waiting.insert(uid.to_owned(), index(pod));
            }
        }
        self.refresh(now);
    }

    /// The pod is gone, or another's.
    pub fn forget(&mut self, uid: &str, now: Timestamp) {
        self.forget_place(uid);
        self.refresh(now);
    }

    fn forget_place(&mut self, uid: &str) {
        self.active.remove(uid);
        self.leaving.remove(uid);
        self.waiting.remove(uid);
    }

    /// Successes as a controller that sees everything counts them (JOB-36, JOB-61).
    fn successes(&self) -> i64 {
        if self.is_indexed() {
            return self.done_since.len() as i64;
        }
        let status = self.job().and_then(|job| job.status.as_ref());
        let counted = status.and_then(|status| status.succeeded).unwrap_or(0);
        let new = self.waiting.keys();
        let new = new.filter(|uid| !self.uncounted_succeeded.contains(*uid));
        i64::from(counted) + (self.uncounted_succeeded.len() + new.count()) as i64
    }

    fn refresh(&mut self, now: Timestamp) {
        let completions = self.spec().and_then(|spec| spec.completions);
        let done = self.waiting.values().flatten().chain(&self.completed);
        // of a Job that has shrunk the status tells for a while of indexes that it has no more
        let done = done.filter(|index| completions.is_none_or(|all| **index < all));
        let done: BTreeSet<i32> = done.copied().collect();
        self.done_since.retain(|index, _| done.contains(index));
        for index in done {
            self.done_since.entry(index).or_insert(now);
        }
        let (limit, spare) = self.wanted();
        self.limit.set(limit, now);
        self.spare.set(i64::from(spare), now);
    }

    /// How many pods may be there after a creation, and whether any may go uncounted (JOB-32, JOB-33).
    fn wanted(&self) -> (i64, bool) {
        let Some((job, spec)) = self.job().zip(self.spec()) else {
            return (0, true);
        };
        let ends = ["FailureTarget", "SuccessCriteriaMet"];
        let ends = is_finished(job) || ends.iter().any(|interim| is_true(job, interim));
        let leaves = job.metadata.deletion_timestamp.is_some();
        if ends || leaves || spec.suspend == Some(true) {
            return (0, true);
        }
        let parallelism = i64::from(spec.parallelism.unwrap_or(1));
        let active = self.active.len() as i64;
        let Some(completions) = spec.completions else {
            return match self.successes() {
                0 => (parallelism, active > parallelism),
                _ => (0, false),
            };
        };
        let limit = parallelism.min(i64::from(completions) - self.successes());
        let limit = limit.max(0);
        let indexes: BTreeSet<_> = self.active.values().collect();
        let misplaced = is_indexed(spec)
            && (indexes.len() < self.active.len()
                || indexes
                    .iter()
                    .any(|index| index.is_none_or(|index| index >= completions)));
        (limit, active > limit || misplaced)
    }
}

fn is_indexed(spec: &JobSpec) -> bool {
    spec.completion_mode.as_deref() == Some("Indexed")
}

/// JOB-79.
pub fn only_replaces_failed(job: &Job) -> bool {
    job.spec.as_ref().is_some_and(|spec| {
        spec.pod_replacement_policy.as_deref() == Some("Failed")
            || spec.pod_failure_policy.is_some()
    })
}

pub fn is_tracked(pod: &Pod) -> bool {
    pod.finalizers().iter().any(|own| own == TRACKING)
}

/// The pod's completion index.
pub fn index(pod: &Pod) -> Option<i32> {
    pod.annotations().get(INDEX)?.parse().ok()
}

/// `0,2-4` as a set.
pub fn indexes(text: &str) -> BTreeSet<i32> {
    let ranges = text.split(',').filter_map(|range| {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        Some(first.parse::<i32>().ok()?..=last.parse().ok()?)
    });
    ranges.flatten().collect()
}
