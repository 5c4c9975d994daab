//! Which DaemonSets a node's change concerns (DS-04 to DS-06).

use std::collections::BTreeSet;
use std::convert::Infallible;

use k8s_openapi::api::core::v1::{Node, Taint};
use orrery_informer::{Change, ObjectKey, Requeue, controller_of};

use super::controller::Controller;
use super::eligibility::{Eligibility, Verdict};
use super::spec::Spec;
use crate::manager::indexes;

impl Controller {
    /// Deletion has no handler: the node's pods vanish, and that wakes their DaemonSets.
    pub fn node_changed(&self, change: &Change<Node>) {
        if let Some(new) = &change.new
            && is_of_interest(change.old.as_deref(), new)
        {
            self.nodes.add(ObjectKey::of(&new.metadata));
        }
    }

    /// Holds one node against every DaemonSet.
    pub fn check_node(&self, key: &ObjectKey) -> Result<Requeue, Infallible> {
        let caches = &self.context.caches;
        let Some(node) = caches.nodes.get(key) else {
            return Ok(Requeue::Await);
        };
        let bound = caches.pods.by_index(indexes::NODE, &key.name);
        let owners = bound.iter().filter_map(|pod| controller_of(&pod.metadata));
        let owners: BTreeSet<&str> = owners.map(|owner| owner.uid.as_str()).collect();
        for daemonset in caches.daemonsets.list() {
            let Some(spec) = Spec::of(&daemonset) else {
                continue;
            };
            let verdict = Eligibility::of(spec).judge(&node);
            let status = daemonset.status.as_ref();
            let misscheduled = status.map_or(0, |status| status.number_misscheduled);
            if needs_sync(verdict, owners.contains(spec.uid()), misscheduled) {
                self.wake_rested(ObjectKey::of(&daemonset.metadata));
            }
        }
        Ok(Requeue::Await)
    }
}

/// A node is new, or its labels or taints have changed.
pub fn is_of_interest(old: Option<&Node>, new: &Node) -> bool {
    old.is_none_or(|old| old.metadata.labels != new.metadata.labels || taints(old) != taints(new))
}

/// A DaemonSet with this verdict on the node, and with or without a pod bound there, must be synced.
pub fn needs_sync(verdict: Verdict, has_pod: bool, misscheduled: i32) -> bool {
    match has_pod {
        false => verdict.should_run,
        true => !verdict.should_continue || misscheduled > 0,
    }
}

fn taints(node: &Node) -> &[Taint] {
    let taints = node.spec.as_ref().and_then(|spec| spec.taints.as_deref());
    taints.unwrap_or_default()
}
