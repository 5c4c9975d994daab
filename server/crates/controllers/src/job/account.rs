//! The second step of a sync: which ended pods are counted, whose finalizer goes, and what the status
//! says before it does (JOB-48, JOB-60 to JOB-63).

use std::collections::BTreeSet;

use k8s_openapi::api::batch::v1::{JobStatus, UncountedTerminatedPods};
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::conditions::ensure;
use super::decide::Plan;
use super::failure_policy::rule;
use super::finish::{End, Finish};
use super::pod_facts::{is_failed, valid_index};
use super::tally::{Observed, Tally};
use crate::api_values::{as_count, whole_seconds};
use crate::note::Note;
use crate::pods::{self, uid};

/// Uids that wait in status.uncountedTerminatedPods at most, and new indexes of one round (JOB-60).
const MOST_UNCOUNTED: usize = 500;

/// What became of the planned pod work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    pub created: i32,
    pub deleted: i32,
    pub deleted_ready: i32,
    pub failed: bool,
}

/// The first status write of a sync, and what follows it.
pub struct Round<'a> {
    pub status: JobStatus,
    /// The status says something new.
    pub write: bool,
    /// Pods whose finalizer goes once the status is written.
    pub release: Vec<&'a Pod>,
    /// Uids of all pods that still carry the finalizer.
    pub tracked: BTreeSet<String>,
    /// The end that may be declared after the finalizers are gone.
    pub finish: Option<Finish>,
    /// More waits than one round counts.
    pub full: bool,
    pub notes: Vec<Note>,
}

/// Accounts for the pods after the planned work is done.
pub fn account<'a>(
    observed: &Observed<'a>,
    tally: &Tally<'_>,
    plan: Plan<'_>,
    outcome: Outcome,
) -> Round<'a> {
    let mut round = Round {
        status: plan.status,
        write: false,
        release: Vec::new(),
        tracked: BTreeSet::new(),
        finish: plan.finish,
        full: false,
        notes: Vec::new(),
    };
    let active = as_count(tally.active.len()) + outcome.created - outcome.deleted;
    match &round.finish {
        // Pods that are left, or not seen yet, may still have something to say (JOB-48).
        Some(_) if active != 0 || outcome.failed || !observed.settled => round.finish = None,
        Some(_) => {}
        None if is_complete(observed, tally, active) => {
            round.finish = Some(Finish::completions_reached())
        }
        None if plan.managed => note_suspension(observed, &mut round),
        None => {}
    }
    set_counts(&mut round, tally, active, outcome);
    count_pods(observed, tally, &mut round);
    announce_end(observed, &mut round);
    round
}

/// JOB-36.
fn is_complete(observed: &Observed<'_>, tally: &Tally<'_>, active: i32) -> bool {
    let enough = match observed.spec.spec.completions {
        None => tally.succeeded > 0,
        Some(completions) => tally.succeeded >= completions,
    };
    enough && active == 0
}

/// JOB-90 to JOB-92.
fn note_suspension(observed: &Observed<'_>, round: &mut Round<'_>) {
    let now = whole_seconds(observed.now);
    let status = &mut round.status;
    if observed.spec.is_suspended() {
        if ensure(
            status,
            "Suspended",
            true,
            "JobSuspended",
            "Job suspended",
            now,
        ) {
            status.start_time = None;
            round.write = true;
            round.notes.push(Note::normal("Suspended", "Job suspended"));
        }
    } else if ensure(status, "Suspended", false, "JobResumed", "Job resumed", now) {
        status.start_time = Some(Time(now));
        round.write = true;
        round.notes.push(Note::normal("Resumed", "Job resumed"));
    }
}

/// JOB-39, JOB-63: the counts as they are after this sync's own work.
fn set_counts(round: &mut Round<'_>, tally: &Tally<'_>, active: i32, outcome: Outcome) {
    let status = &mut round.status;
    let ready = Some(tally.ready - outcome.deleted_ready);
    let terminating = Some(tally.terminating + outcome.deleted);
    round.write |= active != status.active.unwrap_or(0)
        || ready != status.ready
        || terminating != status.terminating;
    status.active = nonzero(active);
    status.ready = ready;
    status.terminating = terminating;
    status.uncounted_terminated_pods.get_or_insert_default();
}

/// Counters that are 0 are left out.
pub fn nonzero(count: i32) -> Option<i32> {
    (count != 0).then_some(count)
}

fn count_pods<'a>(observed: &Observed<'a>, tally: &Tally<'_>, round: &mut Round<'a>) {
    let mut tracked: Vec<&Pod> = observed
        .pods
        .iter()
        .map(AsRef::as_ref)
        .filter(|pod| observed.is_tracked(pod))
        .collect();
    if let Some(completions) = observed.spec.indexes() {
        tracked.sort_by_key(|pod| valid_index(pod, completions));
    }
    round.tracked = tracked.iter().map(|pod| uid(pod).to_owned()).collect();
    round.write |= drop_counted(&mut round.status, &round.tracked);
    let mut counter = Counter::new(observed, tally, round.finish.as_ref(), &mut round.status);
    for pod in tracked {
        if !may_release(observed, tally, round.finish.as_ref(), pod) {
            continue;
        }
        round.release.push(pod);
        counter.count(pod);
        if counter.waiting() >= MOST_UNCOUNTED {
            round.full = true;
            break;
        }
    }
    round.write |= counter.wrote;
    let new_indexes = std::mem::take(&mut counter.new_indexes);
    set_indexes(observed, tally, new_indexes, round);
}

/// JOB-60: moves the uids whose pods lost their finalizer from the uncounted lists into the counters.
pub fn drop_counted(status: &mut JobStatus, tracked: &BTreeSet<String>) -> bool {
    let Some(uncounted) = &mut status.uncounted_terminated_pods else {
        return false;
    };
    let succeeded = drain(&mut uncounted.succeeded, tracked);
    let failed = drain(&mut uncounted.failed, tracked);
    let more = |count: Option<i32>, more| nonzero(count.unwrap_or(0).saturating_add(more));
    status.succeeded = more(status.succeeded, succeeded);
    status.failed = more(status.failed, failed);
    succeeded + failed > 0
}

fn drain(list: &mut Option<Vec<String>>, tracked: &BTreeSet<String>) -> i32 {
    let uids = list.take().unwrap_or_default();
    let before = uids.len();
    let left: Vec<String> = uids
        .into_iter()
        .filter(|uid| tracked.contains(uid))
        .collect();
    let dropped = as_count(before - left.len());
    *list = (!left.is_empty()).then_some(left);
    dropped
}

/// JOB-62, JOB-75.
fn may_release(
    observed: &Observed<'_>,
    tally: &Tally<'_>,
    finish: Option<&Finish>,
    pod: &Pod,
) -> bool {
    if observed.spec.is_leaving() || finish.is_some() || pods::phase(pod) == "Succeeded" {
        return true;
    }
    let index = observed
        .spec
        .indexes()
        .and_then(|completions| valid_index(pod, completions));
    let awaiting = index.and_then(|index| tally.awaiting.get(&index));
    let held = awaiting.is_some_and(|awaiting| uid(awaiting) == uid(pod));
    is_failed(pod, observed.spec) && !held
}

/// Puts ended pods where they wait until their finalizer is gone.
struct Counter<'a, 'b> {
    observed: &'b Observed<'a>,
    tally: &'b Tally<'b>,
    /// The Job fails: what has not succeeded has failed (JOB-50).
    job_fails: bool,
    uncounted: &'b mut UncountedTerminatedPods,
    succeeded: BTreeSet<String>,
    failed: BTreeSet<String>,
    new_indexes: Vec<i32>,
    wrote: bool,
}

impl<'a, 'b> Counter<'a, 'b> {
    fn new(
        observed: &'b Observed<'a>,
        tally: &'b Tally<'b>,
        finish: Option<&Finish>,
        status: &'b mut JobStatus,
    ) -> Self {
        let uncounted = status.uncounted_terminated_pods.get_or_insert_default();
        Self {
            observed,
            tally,
            job_fails: finish.is_some_and(|finish| finish.end == End::Failed),
            succeeded: uncounted.succeeded.iter().flatten().cloned().collect(),
            failed: uncounted.failed.iter().flatten().cloned().collect(),
            uncounted,
            new_indexes: Vec::new(),
            wrote: false,
        }
    }

    fn waiting(&self) -> usize {
        self.new_indexes.len() + self.succeeded.len() + self.failed.len()
    }

    fn count(&mut self, pod: &Pod) {
        let already_failed = self.failed.contains(uid(pod));
        if pods::phase(pod) == "Succeeded" && !already_failed {
            self.count_success(pod);
        } else if !already_failed && (self.job_fails || is_failed(pod, self.observed.spec)) {
            self.count_failure(pod);
        }
    }

    fn count_success(&mut self, pod: &Pod) {
        if let Some(completions) = self.observed.spec.indexes() {
            let index = valid_index(pod, completions);
            let new = index.filter(|index| !self.tally.counted_indexes.contains(*index));
            self.wrote |= new.is_some();
            self.new_indexes
                .extend(new.filter(|new| self.new_indexes.last() != Some(new)));
        } else if self.succeeded.insert(uid(pod).to_owned()) {
            self.wrote = true;
            self.uncounted
                .succeeded
                .get_or_insert_default()
                .push(uid(pod).to_owned());
        }
    }

    fn count_failure(&mut self, pod: &Pod) {
        let indexes = self.observed.spec.indexes();
        let in_range = indexes.is_none_or(|completions| valid_index(pod, completions).is_some());
        if in_range && rule(self.observed.spec.failure_policy(), pod).counts() {
            self.wrote = true;
            self.failed.insert(uid(pod).to_owned());
            self.uncounted
                .failed
                .get_or_insert_default()
                .push(uid(pod).to_owned());
        }
    }
}

/// JOB-61, JOB-70.
fn set_indexes(
    observed: &Observed<'_>,
    tally: &Tally<'_>,
    new_indexes: Vec<i32>,
    round: &mut Round<'_>,
) {
    if observed.spec.indexes().is_none() {
        return;
    }
    let completed = tally.counted_indexes.with_ascending(new_indexes);
    let status = &mut round.status;
    status.succeeded = nonzero(completed.total());
    let completed = completed.to_string();
    round.write |= completed != status.completed_indexes.as_deref().unwrap_or_default();
    status.completed_indexes = (!completed.is_empty()).then_some(completed);
    let failed = tally.failed_indexes.as_ref().map(ToString::to_string);
    round.write |= failed != status.failed_indexes;
    status.failed_indexes = failed;
}

/// JOB-48: the interim condition is in the status before any finalizer goes.
fn announce_end(observed: &Observed<'_>, round: &mut Round<'_>) {
    let Some(finish) = &round.finish else {
        return;
    };
    let now = whole_seconds(observed.now);
    let (reason, message) = (&finish.reason, &finish.message);
    round.write |= ensure(
        &mut round.status,
        finish.end.interim(),
        true,
        reason,
        message,
        now,
    );
}
