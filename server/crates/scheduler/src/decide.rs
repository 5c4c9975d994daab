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
    let mut rejections = BTreeMap::new();
    let total = cluster.node_count();
    let mut reject = |rejection: Rejection, count: usize| {
        *rejections.entry(rejection).or_insert(0) += count;
    };
    match filter::only_node(pod) {
        // A daemon's pod names its node: the others are not looked at, only counted.
        Some(name) => {
            let mut others = total;
            if let Some((node, state)) = cluster.node(name) {
                others -= 1;
                consider(pod, node, state, &affinity, &mut fits, &mut reject);
            }
            if others > 0 {
                reject(Rejection::unmatched_affinity(), others);
            }
        }
        None => {
            for (_, node, state) in cluster.nodes() {
                consider(pod, node, state, &affinity, &mut fits, &mut reject);
            }
        }
    }
    match score::best(pod, &fits) {
        Some(node) => Decision::Bind { node },
        None => Decision::Unschedulable {
            message: explain(total, &rejections),
        },
    }
}

fn consider<'a>(
    pod: &Pod,
    node: &'a Node,
    state: &'a NodeState,
    affinity: &PodAffinity,
    fits: &mut Vec<(&'a Node, &'a NodeState)>,
    reject: &mut impl FnMut(Rejection, usize),
) {
    let rejected = filter::filter(pod, node, state)
        .err()
        .or_else(|| affinity.filter(node).err().map(|rejection| vec![rejection]));
    match rejected {
        Some(reasons) => reasons.into_iter().for_each(|reason| reject(reason, 1)),
        None => fits.push((node, state)),
    }
}

/// `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) … preemption: …`, reasons in the order of
/// their text as upstream sorts them.
fn explain(total: usize, rejections: &BTreeMap<Rejection, usize>) -> String {
    if total == 0 {
        return "no nodes available to schedule pods".to_owned();
    }
    let reasons = rejections
        .iter()
        .map(|(rejection, count)| format!("{count} {}", rejection.reason));
    let reasons = sorted(reasons);
    let mut helpless = 0;
    for (rejection, count) in rejections {
        helpless += if rejection.final_ { *count } else { 0 };
    }
    // A node with several reasons is counted once by preemption; final reasons come alone.
    let helpless = helpless.min(total);
    let victims = [
        (
            total - helpless,
            "No preemption victims found for incoming pod",
        ),
        (helpless, "Preemption is not helpful for scheduling"),
    ];
    let victims = victims.into_iter().filter(|(count, _)| *count > 0);
    let victims = sorted(victims.map(|(count, text)| format!("{count} {text}")));
    format!(
        "0/{total} nodes are available: {reasons}. preemption: 0/{total} nodes are available: {victims}."
    )
}

fn sorted(lines: impl Iterator<Item = String>) -> String {
    let mut lines: Vec<_> = lines.collect();
    lines.sort();
    lines.join(", ")
}
