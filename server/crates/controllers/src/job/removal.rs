//! Which active pods go first when there are too many (JOB-33).

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{ContainerStatus, Pod};

use super::pod_facts::valid_index;
use crate::pods;

/// At least `at_least` pods to remove, the least useful first. Of an Indexed Job, pods without a valid
/// index and duplicates go in any case and before all others.
pub fn surplus<'a>(active: &[&'a Pod], at_least: usize, indexes: Option<i32>) -> Vec<&'a Pod> {
    let (mut remove, mut left) = match indexes {
        Some(completions) => misplaced(active, completions),
        None => (Vec::new(), active.to_vec()),
    };
    let more = at_least.saturating_sub(remove.len());
    if more > 0 {
        left.sort_by_cached_key(|pod| usefulness(pod));
    }
    remove.extend(left.into_iter().take(more));
    remove
}

/// Pods that have no business being there, and the best one of each index.
fn misplaced<'a>(active: &[&'a Pod], completions: i32) -> (Vec<&'a Pod>, Vec<&'a Pod>) {
    let mut by_index: BTreeMap<Option<i32>, Vec<&Pod>> = BTreeMap::new();
    for pod in active {
        by_index
            .entry(valid_index(pod, completions))
            .or_default()
            .push(pod);
    }
    let mut remove = by_index.remove(&None).unwrap_or_default();
    let mut keep = Vec::new();
    for mut same in by_index.into_values() {
        same.sort_by_cached_key(|pod| usefulness(pod));
        keep.extend(same.pop());
        remove.extend(same);
    }
    (remove, keep)
}

/// Ascending: unscheduled before scheduled; Pending, Unknown, Running; not ready before ready; ready
/// more recently first; more restarts first, then more restarts of sidecars; newer first; the name
/// decides what is left.
fn usefulness(pod: &Pod) -> impl Ord + use<> {
    let phase = match pods::phase(pod) {
        "Running" => 2,
        "Unknown" => 1,
        _ => 0,
    };
    let created = pod.metadata.creation_timestamp.as_ref().map(|time| time.0);
    (
        !pods::node_name(pod).is_empty(),
        phase,
        pods::is_ready(pod),
        latest_first(pods::ready_since(pod)),
        Reverse(most_restarts(pods::container_statuses(pod))),
        Reverse(most_restarts(pods::sidecar_statuses(pod))),
        latest_first(created),
        pod.metadata.name.clone(),
    )
}

/// Of the container that was restarted most often.
fn most_restarts<'a>(statuses: impl IntoIterator<Item = &'a ContainerStatus>) -> i32 {
    let restarts = statuses.into_iter().map(|status| status.restart_count);
    restarts.max().unwrap_or(0)
}

/// No time at all comes before the latest.
fn latest_first(at: Option<Timestamp>) -> (bool, Reverse<Option<Timestamp>>) {
    (at.is_some(), Reverse(at))
}
