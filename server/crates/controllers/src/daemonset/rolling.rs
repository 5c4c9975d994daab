//! The rolling update without surge: old pods go, a few nodes at a time (DS-33).

use k8s_openapi::api::core::v1::Pod;
use orrery_apis::pod_status::is_available;

use super::decide::Observed;
use super::layout::Layout;
use super::pod_facts::is_current;
use crate::pods::is_leaving;

/// The live pods of one node.
pub enum Live<'a> {
    None,
    New(&'a Pod),
    Old(&'a Pod),
    Both {
        new: &'a Pod,
        old: &'a Pod,
    },
    /// Several of a kind: the node is left to the next create and delete phase.
    Several,
}

/// Sorts the live pods of a node into new and old ones.
pub fn live<'a>(observed: &Observed<'_>, pods: &[&'a Pod]) -> Live<'a> {
    let generation = observed.spec.template_generation();
    let (mut new, mut old) = (None, None);
    for pod in pods.iter().copied().filter(|pod| !is_leaving(pod)) {
        let kind = match is_current(pod, observed.hash, generation) {
            true => &mut new,
            false => &mut old,
        };
        if kind.replace(pod).is_some() {
            return Live::Several;
        }
    }
    match (new, old) {
        (None, None) => Live::None,
        (Some(new), None) => Live::New(new),
        (None, Some(old)) => Live::Old(old),
        (Some(new), Some(old)) => Live::Both { new, old },
    }
}

/// Old pods to delete now, in the order of their nodes. Unavailable old pods are no loss and go at
/// once; available ones only while fewer nodes than `max_unavailable` are without.
pub fn replace<'a>(
    observed: &Observed<'a>,
    layout: &Layout<'a>,
    max_unavailable: usize,
) -> Vec<&'a Pod> {
    let min_ready_secs = observed.spec.min_ready_secs();
    let available = |pod: &Pod| is_available(pod, min_ready_secs, observed.now);
    let mut unavailable = 0;
    let mut replaced = Vec::new();
    let mut candidates = Vec::new();
    for pods in layout.wanted_or_used().into_values() {
        match live(observed, pods) {
            Live::New(pod) if available(pod) => {}
            Live::Old(pod) if available(pod) => candidates.push(pod),
            Live::Old(pod) => {
                replaced.push(pod);
                unavailable += 1;
            }
            _ => unavailable += 1,
        }
    }
    candidates.truncate(max_unavailable.saturating_sub(unavailable));
    replaced.extend(candidates);
    replaced
}
