//! Which old revisions are let go (DS-45).

use std::collections::BTreeSet;
use std::sync::Arc;

use k8s_openapi::api::apps::v1::ControllerRevision;
use k8s_openapi::api::core::v1::Pod;

use super::super::pod_facts::{hash, target_node};
use super::sort_out::hash_label;

/// The lowest of `old` (which comes sorted) beyond `kept`, but none whose hash a pod still carries.
pub fn expendable<'a>(
    old: &'a [Arc<ControllerRevision>],
    pods: &[Arc<Pod>],
    kept: usize,
) -> Vec<&'a ControllerRevision> {
    let excess = old.len().saturating_sub(kept);
    if excess == 0 {
        return Vec::new();
    }
    let placed = pods.iter().filter(|pod| target_node(pod).is_some());
    let live: BTreeSet<&str> = placed.map(|pod| hash(pod)).collect();
    let unused = old
        .iter()
        .map(Arc::as_ref)
        .filter(|revision| !hash_label(revision).is_some_and(|hash| live.contains(hash)));
    unused.take(excess).collect()
}
