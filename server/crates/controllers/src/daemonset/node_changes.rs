//! Which DaemonSets a node's change concerns (DS-04 to DS-06).

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;

use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::core::v1::{Node, Taint};
use orrery_informer::{Change, ObjectKey, Requeue, controller_of};

use super::controller::Controller;
use super::eligibility::{Eligibility, Verdict};
use super::spec::Spec;
use crate::manager::{Caches, indexes};

impl Controller {
    pub fn node_changed(&self, change: &Change<Node>) {
        match &change.new {
            Some(new) if is_of_interest(change.old.as_deref(), new) => {
                self.nodes.add(ObjectKey::of(&new.metadata));
            }
            Some(_) => {}
            None => self.node_gone(change.object()),
        }
    }

    /// Upstream has no handler for that: the node's pods vanish, which wakes their DaemonSets. But one that
    /// was made for it and is not bound yet does not vanish, and would wait for it for ever (DS-19).
    fn node_gone(&self, node: &Node) {
        for daemonset in candidates(&self.context.caches, node, std::iter::empty()) {
            let verdict = Spec::of(&daemonset).map(|spec| Eligibility::of(spec).judge(node));
            if verdict.is_some_and(|verdict| verdict.should_run) {
                self.wake_rested(ObjectKey::of(&daemonset.metadata));
            }
        }
    }

    /// Holds one node against the DaemonSets that may choose it, and those that have a pod on it.
    pub fn check_node(&self, key: &ObjectKey) -> Result<Requeue, Infallible> {
        let caches = &self.context.caches;
        let Some(node) = caches.nodes.get(key) else {
            return Ok(Requeue::Await);
        };
        let bound = caches.pods.by_index(indexes::NODE, &key.name);
        let owned = bound.iter().filter_map(|pod| {
            let owner = controller_of(&pod.metadata).filter(|owner| owner.kind == "DaemonSet")?;
            let namespace = pod.metadata.namespace.clone().unwrap_or_default();
            Some((owner.uid.as_str(), ObjectKey::new(namespace, &owner.name)))
        });
        let owners: BTreeMap<&str, ObjectKey> = owned.collect();
        for daemonset in candidates(caches, &node, owners.values()) {
            let Some(spec) = Spec::of(&daemonset) else {
                continue;
            };
            let verdict = Eligibility::of(spec).judge(&node);
            let status = daemonset.status.as_ref();
            let misscheduled = status.map_or(0, |status| status.number_misscheduled);
            if needs_sync(verdict, owners.contains_key(spec.uid()), misscheduled) {
                self.wake_rested(ObjectKey::of(&daemonset.metadata));
            }
        }
        Ok(Requeue::Await)
    }
}

fn candidates<'a>(
    caches: &Caches,
    node: &Node,
    owners: impl Iterator<Item = &'a ObjectKey>,
) -> impl Iterator<Item = Arc<DaemonSet>> {
    let values = indexes::label_pairs(node).into_iter();
    let values = values.chain([indexes::ANY_NODE.to_owned()]);
    let chosen =
        values.flat_map(|value| caches.daemonsets.by_index(indexes::NODE_SELECTOR, &value));
    let owners = owners.filter_map(|key| caches.daemonsets.get(key));
    let keyed = |daemonset: Arc<DaemonSet>| (ObjectKey::of(&daemonset.metadata), daemonset);
    let each: BTreeMap<_, _> = chosen.chain(owners).map(keyed).collect();
    each.into_values()
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
