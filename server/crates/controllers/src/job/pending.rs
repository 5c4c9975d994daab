//! Which indexes get a pod next (JOB-35, JOB-47).

use jiff::Timestamp;

use super::backoff::index_ends_at;
use super::pod_facts::valid_index;
use super::tally::{Observed, Tally};

/// Indexes to create now, and the earliest time at which one that backs off may be.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Pending {
    pub now: Vec<i32>,
    pub next_at: Option<Timestamp>,
}

/// The lowest `count` indexes that have not succeeded or failed and have no pod.
pub fn pending(
    observed: &Observed<'_>,
    tally: &Tally<'_>,
    count: usize,
    completions: i32,
) -> Pending {
    let mut taken: Vec<i32> = tally
        .active
        .iter()
        .filter_map(|pod| valid_index(pod, completions))
        .collect();
    if observed.spec.only_replaces_failed() {
        taken.extend(&tally.terminating_indexes);
    }
    taken.sort_unstable();
    let mut taken = tally.succeeded_indexes.with_ascending(taken);
    if let Some(failed) = &tally.failed_indexes {
        taken = taken.union(failed);
    }
    let lowest = taken.first_missing(count, completions);
    let mut pending = Pending::default();
    for index in lowest {
        let ends_at = tally
            .awaiting
            .get(&index)
            .and_then(|pod| index_ends_at(pod));
        match ends_at.filter(|ends_at| *ends_at > observed.now) {
            None => pending.now.push(index),
            Some(ends_at) => {
                pending.next_at = Some(pending.next_at.map_or(ends_at, |next| next.min(ends_at)))
            }
        }
    }
    pending
}
