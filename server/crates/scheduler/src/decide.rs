//! Where a pod goes, or why it goes nowhere.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Node, Pod};

use crate::cluster::{Cluster, NodeState};
use crate::filter::{self, Rejection};
use crate::pod_affinity::PodAffinity;
use crate::score;

/// The outcome for one pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    Bind {
        node: String,
    },
    /// No node will do; the message is upstream's, a count per reason.
    Unschedulable {
        message: String,
    },
}

/// Decides for `pod` on the cluster as it is.
pub fn decide(pod: &Pod, cluster: &Cluster) -> Decision {
    let affinity = PodAffinity::of(pod, cluster);
    let mut fits = Vec::new();
    let mut refusals = Refusals::default();
    let mut consider = |node, state| match refused(pod, node, state, &affinity) {
        Ok(()) => fits.push((node, state)),
        Err(reasons) => refusals.add(1, &reasons),
    };
    match filter::only_node(pod) {
        // A daemon's pod names its node: the others are not looked at, only counted.
        Some(name) => {
            let named = cluster.node(name);
            if let Some((node, state)) = named {
                consider(node, state);
            }
            let others = cluster.node_count() - usize::from(named.is_some());
            refusals.add(others, &[Rejection::left_out()]);
        }
        None => cluster
            .nodes()
            .for_each(|(_, node, state)| consider(node, state)),
    }
    match score::best(pod, &fits) {
        Some(node) => Decision::Bind { node },
        None => Decision::Unschedulable {
            message: refusals.explain(cluster.node_count()),
        },
    }
}

fn refused(
    pod: &Pod,
    node: &Node,
    state: &NodeState,
    affinity: &PodAffinity,
) -> Result<(), Vec<Rejection>> {
    filter::filter(pod, node, state)?;
    affinity.filter(node).map_err(|rejection| vec![rejection])
}

/// What the plugin for resource claims says of each pod that fits nowhere, before preemption does (v1.34+).
const NO_CLAIMS: &str = "no new claims to deallocate";

/// What the nodes said that will not do.
#[derive(Default)]
struct Refusals {
    /// By reason the number of nodes.
    reasons: BTreeMap<String, usize>,
    /// Nodes on which removing other pods would not help.
    helpless: usize,
}

impl Refusals {
    /// So many nodes refuse the pod for these reasons. One that is final makes the node so.
    fn add(&mut self, nodes: usize, rejections: &[Rejection]) {
        if nodes == 0 {
            return;
        }
        for rejection in rejections {
            let reason = rejection.reason.clone();
            *self.reasons.entry(reason).or_default() += nodes;
        }
        if rejections.iter().any(|rejection| rejection.final_) {
            self.helpless += nodes;
        }
    }

    /// `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) … preemption: …`, reasons in the order
    /// of their text as upstream sorts them.
    fn explain(&self, total: usize) -> String {
        if total == 0 {
            return "no nodes available to schedule pods".to_owned();
        }
        let reasons = self.reasons.iter();
        let reasons = sorted(reasons.map(|(reason, count)| format!("{count} {reason}")));
        let victims = [
            (
                total - self.helpless,
                "No preemption victims found for incoming pod",
            ),
            (self.helpless, "Preemption is not helpful for scheduling"),
        ];
        let victims = victims.into_iter().filter(|(count, _)| *count > 0);
        let victims = sorted(victims.map(|(count, text)| format!("{count} {text}")));
        format!(
            "0/{total} nodes are available: {reasons}. {NO_CLAIMS}, preemption: 0/{total} nodes are available: {victims}."
        )
    }
}

fn sorted(lines: impl Iterator<Item = String>) -> String {
    let mut lines: Vec<_> = lines.collect();
    lines.sort();
    lines.join(", ")
}
