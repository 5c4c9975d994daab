//! A Job's pods, counted in one pass.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use k8s_openapi::api::batch::v1::UncountedTerminatedPods;
use k8s_openapi::api::core::v1::Pod;

use super::backoff::Backoff;
use super::failure_policy::{Ruling, rule};
use super::index_set::IndexSet;
use super::pod_facts::{
    index_failures, index_ignored_failures, is_failed, is_tracked, valid_index,
};
use super::spec::Spec;
use crate::api_values::as_count;
use crate::pods::{self, finished_at, uid};

/// What a sync sees, at one time.
#[derive(Clone, Copy)]
pub struct Observed<'a> {
    pub spec: Spec<'a>,
    /// The Job's own pods, after claiming.
    pub pods: &'a [Arc<Pod>],
    /// Pods whose finalizer this process has removed although the cache still shows it.
    pub released: &'a BTreeSet<String>,
    pub backoff: Backoff,
    /// No deletion of the last sync is still unseen (JOB-26).
    pub settled: bool,
    pub now: Timestamp,
}

impl Observed<'_> {
    /// The pod waits to be counted.
    pub fn is_tracked(&self, pod: &Pod) -> bool {
        is_tracked(pod) && !self.released.contains(uid(pod))
    }
}

/// The counts that a sync decides by.
pub struct Tally<'a> {
    pub active: Vec<&'a Pod>,
    pub ready: i32,
    pub terminating: i32,
    /// Indexes of terminating pods.
    pub terminating_indexes: BTreeSet<i32>,
    /// Successes: counted, uncounted and new; of an Indexed Job the completed indexes (JOB-61).
    pub succeeded: i32,
    /// Failures: counted, uncounted and new, less those an Ignore rule drops (JOB-41).
    pub failed: i32,
    /// Indexes in status.completedIndexes.
    pub counted_indexes: IndexSet,
    /// The same with the newly succeeded ones.
    pub succeeded_indexes: IndexSet,
    /// With backoffLimitPerIndex: the failed indexes.
    pub failed_indexes: Option<IndexSet>,
    /// With backoffLimitPerIndex: the last failed pod of each index that waits for its replacement.
    pub awaiting: BTreeMap<i32, &'a Pod>,
    /// The back-off record with the new failures and successes.
    pub backoff: Backoff,
}

/// Counts the pods.
pub fn tally<'a>(observed: &Observed<'a>) -> Tally<'a> {
    let status = observed.spec.job.status.as_ref();
    let uncounted = status
        .and_then(|status| status.uncounted_terminated_pods.clone())
        .unwrap_or_default();
    let fresh = Fresh::of(observed, &uncounted);
    let ignored = match observed.spec.failure_policy() {
        Some(policy) => fresh
            .failed
            .iter()
            .filter(|pod| !rule(Some(policy), pod).counts())
            .count(),
        None => 0,
    };
    let all = |count: Option<i32>, list: &Option<Vec<String>>, fresh: usize| {
        let waiting = list.iter().flatten().count();
        count.unwrap_or(0).saturating_add(as_count(waiting + fresh))
    };
    let succeeded = all(
        status.and_then(|s| s.succeeded),
        &uncounted.succeeded,
        fresh.succeeded.len(),
    );
    let failed = all(
        status.and_then(|s| s.failed),
        &uncounted.failed,
        fresh.failed.len() - ignored,
    );
    let active: Vec<&Pod> = pods_where(observed, pods::is_active).collect();
    let leaving = |pod: &Pod| pods::is_leaving(pod) && !pods::is_terminal(pod);
    let mut tally = Tally {
        ready: as_count(active.iter().filter(|pod| pods::is_ready(pod)).count()),
        active,
        terminating: as_count(pods_where(observed, leaving).count()),
        terminating_indexes: indexes(observed, pods_where(observed, leaving)),
        succeeded,
        failed,
        counted_indexes: IndexSet::default(),
        succeeded_indexes: IndexSet::default(),
        failed_indexes: None,
        awaiting: BTreeMap::new(),
        backoff: observed.backoff.after(&fresh.succeeded, &fresh.failed),
    };
    if let Some(completions) = observed.spec.indexes() {
        tally_indexes(observed, completions, &mut tally);
    }
    tally
}

/// Pods that ended and are neither counted nor uncounted yet.
struct Fresh<'a> {
    succeeded: Vec<&'a Pod>,
    failed: Vec<&'a Pod>,
}

impl<'a> Fresh<'a> {
    fn of(observed: &Observed<'a>, uncounted: &UncountedTerminatedPods) -> Self {
        let succeeded_before: BTreeSet<_> = uncounted
            .succeeded
            .iter()
            .flatten()
            .map(String::as_str)
            .collect();
        let failed_before: BTreeSet<_> = uncounted
            .failed
            .iter()
            .flatten()
            .map(String::as_str)
            .collect();
        let mut fresh = Self {
            succeeded: Vec::new(),
            failed: Vec::new(),
        };
        for pod in countable(observed) {
            if pods::phase(pod) == "Succeeded" && !succeeded_before.contains(uid(pod)) {
                fresh.succeeded.push(pod);
            }
            if is_failed(pod, observed.spec) && !failed_before.contains(uid(pod)) {
                fresh.failed.push(pod);
            }
        }
        fresh
    }
}

/// Tracked pods, of an Indexed Job those with a valid index (JOB-71).
fn countable<'a>(observed: &Observed<'a>) -> impl Iterator<Item = &'a Pod> {
    let seen = *observed;
    let pods = observed.pods.iter().map(Arc::as_ref);
    pods.filter(move |pod| {
        let indexed = seen.spec.indexes();
        seen.is_tracked(pod)
            && indexed.is_none_or(|completions| valid_index(pod, completions).is_some())
    })
}

fn pods_where<'a>(
    observed: &Observed<'a>,
    which: impl Fn(&Pod) -> bool,
) -> impl Iterator<Item = &'a Pod> {
    observed
        .pods
        .iter()
        .map(Arc::as_ref)
        .filter(move |pod| which(pod))
}

fn indexes<'a>(observed: &Observed<'_>, pods: impl Iterator<Item = &'a Pod>) -> BTreeSet<i32> {
    let completions = observed.spec.indexes().unwrap_or(0);
    pods.filter_map(|pod| valid_index(pod, completions))
        .collect()
}

fn tally_indexes<'a>(observed: &Observed<'a>, completions: i32, tally: &mut Tally<'a>) {
    let status = observed.spec.job.status.as_ref();
    let completed = status.and_then(|status| status.completed_indexes.as_deref());
    let new = indexes(
        observed,
        countable(observed).filter(|pod| pods::phase(pod) == "Succeeded"),
    );
    tally.counted_indexes = IndexSet::parse(completed.unwrap_or_default(), completions);
    tally.succeeded_indexes = tally.counted_indexes.with_ascending(new);
    tally.succeeded = tally.succeeded_indexes.total();
    if let Some(limit) = observed.spec.backoff_limit_per_index() {
        let failed = status.and_then(|status| status.failed_indexes.as_deref());
        let new = indexes(
            observed,
            countable(observed).filter(|pod| fails_index(pod, observed.spec, limit)),
        );
        let failed = IndexSet::parse(failed.unwrap_or_default(), completions).with_ascending(new);
        tally.awaiting = awaiting_replacement(observed, completions, tally, &failed);
        tally.failed_indexes = Some(failed);
    }
}

/// JOB-73: the pod's failure is the last that its index may have.
fn fails_index(pod: &Pod, spec: Spec<'_>, limit: i32) -> bool {
    if !is_failed(pod, spec) {
        return false;
    }
    match rule(spec.failure_policy(), pod) {
        Ruling::FailIndex => true,
        ruling => ruling.counts() && index_failures(pod) >= limit,
    }
}

/// JOB-75: the last failed pod of each index that is neither done nor replaced. Its finalizer stays,
/// so that the replacement can carry its failure count on.
fn awaiting_replacement<'a>(
    observed: &Observed<'a>,
    completions: i32,
    tally: &Tally<'a>,
    failed_indexes: &IndexSet,
) -> BTreeMap<i32, &'a Pod> {
    let mut last: BTreeMap<i32, &Pod> = BTreeMap::new();
    if observed.spec.is_leaving() {
        return last;
    }
    let replaced = indexes(observed, tally.active.iter().copied());
    for pod in countable(observed).filter(|pod| is_failed(pod, observed.spec)) {
        let Some(index) = valid_index(pod, completions) else {
            continue;
        };
        let done = tally.succeeded_indexes.contains(index) || failed_indexes.contains(index);
        if done || replaced.contains(&index) {
            continue;
        }
        let newest = last.entry(index).or_insert(pod);
        if order_of_failure(newest) <= order_of_failure(pod) {
            *newest = pod;
        }
    }
    last
}

fn order_of_failure(pod: &Pod) -> (i32, Timestamp) {
    (
        index_failures(pod).saturating_add(index_ignored_failures(pod)),
        finished_at(pod),
    )
}
