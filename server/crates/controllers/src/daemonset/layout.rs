//! The nodes and the daemon pods on them, as one sync sees them.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::core::v1::{Node, Pod};

use super::eligibility::{Eligibility, Verdict};
use super::pod_facts::target_node;
use super::spec::Spec;
use crate::pods::{is_leaving, is_terminal, node_name};

/// Every node with its verdict, every pod with its node.
pub struct Layout<'a> {
    /// Of the nodes that there are, by name.
    pub verdicts: BTreeMap<&'a str, Verdict>,
    /// By the node they target, oldest first. A deleted terminal pod is only waiting to vanish and is
    /// left out (DS-17); so is one that targets no node (DS-11).
    pub pods: BTreeMap<&'a str, Vec<&'a Pod>>,
}

impl<'a> Layout<'a> {
    pub fn of(spec: Spec<'_>, nodes: &'a [Arc<Node>], pods: &'a [Arc<Pod>]) -> Self {
        let eligibility = Eligibility::of(spec);
        let verdicts = nodes.iter().map(|node| {
            let name = node.metadata.name.as_deref().unwrap_or_default();
            (name, eligibility.judge(node))
        });
        Self {
            verdicts: verdicts.collect(),
            pods: by_node(pods),
        }
    }

    pub fn pods_on(&self, node: &str) -> &[&'a Pod] {
        self.pods.get(node).map(Vec::as_slice).unwrap_or_default()
    }

    pub fn should_run(&self, node: &str) -> bool {
        let verdict = self.verdicts.get(node);
        verdict.is_some_and(|verdict| verdict.should_run)
    }

    /// Nodes that should run a pod.
    pub fn desired(&self) -> usize {
        let verdicts = self.verdicts.values();
        verdicts.filter(|verdict| verdict.should_run).count()
    }

    /// Nodes that should run a pod and nodes that have one, by name, with their pods: what a rolling
    /// update looks at.
    pub fn wanted_or_used(&self) -> BTreeMap<&'a str, &[&'a Pod]> {
        let wanted = self
            .verdicts
            .iter()
            .filter(|(_, verdict)| verdict.should_run);
        let used = self.pods.keys().copied();
        let names = wanted.map(|(name, _)| *name).chain(used);
        names.map(|name| (name, self.pods_on(name))).collect()
    }
}

fn by_node(pods: &[Arc<Pod>]) -> BTreeMap<&str, Vec<&Pod>> {
    let mut by_node: BTreeMap<&str, Vec<&Pod>> = BTreeMap::new();
    for pod in pods
        .iter()
        .filter(|pod| !(is_terminal(pod) && is_leaving(pod)))
    {
        if let Some(node) = target_node(pod) {
            by_node.entry(node).or_default().push(pod);
        }
    }
    for pods in by_node.values_mut() {
        pods.sort_by(|a, b| oldest_first(a, b));
    }
    by_node
}

/// Bound pods first, then by creation, then by name (DS-17).
fn oldest_first(a: &Pod, b: &Pod) -> Ordering {
    let rank = |pod: &Pod| {
        let created = pod.metadata.creation_timestamp.as_ref().map(|time| time.0);
        (node_name(pod).is_empty(), created)
    };
    let by_name = || a.metadata.name.cmp(&b.metadata.name);
    rank(a).cmp(&rank(b)).then_with(by_name)
}
