//! Which of the nodes that fit is best: preferred affinity and soft taints first, then room.

use k8s_openapi::api::core::v1::{Node, Pod};
use orrery_apis::{affinity, toleration};

use crate::cluster::NodeState;
use orrery_apis::pod_requests::{self as requests, Amounts};

/// What a container that asks for nothing is taken to use, so that such pods spread too (upstream's
/// defaults for scoring: 100 milli-CPU, 200 MiB).
const ASSUMED: [(&str, i64); 2] = [("cpu", 100), ("memory", 200 * 1024 * 1024)];

/// The best node's name; the first by name among equals, so that a history repeats.
pub fn best(pod: &Pod, fits: &[(&Node, &NodeState)]) -> Option<String> {
    let asked = requests::requested(pod);
    let rank = |(node, state): &(&Node, &NodeState)| {
        let preferred = affinity::preference(pod, node);
        let soft_taints = soft_taints(pod, node);
        let room = room_per_mille(&asked, state);
        (preferred, -soft_taints, room, -(state.pods.len() as i64))
    };
    let mut best: Option<(_, &Node)> = None;
    for fit in fits {
        let rank = rank(fit);
        if best.as_ref().is_none_or(|(highest, _)| rank > *highest) {
            best = Some((rank, fit.0));
        }
    }
    best.and_then(|(_, node)| node.metadata.name.clone())
}

fn soft_taints(pod: &Pod, node: &Node) -> i64 {
    let tolerations = pod
        .spec
        .as_ref()
        .and_then(|spec| spec.tolerations.as_deref());
    let taints = node
        .spec
        .iter()
        .flat_map(|spec| spec.taints.iter().flatten());
    let soft = taints.filter(|taint| taint.effect == "PreferNoSchedule");
    soft.filter(|taint| !toleration::tolerates(tolerations.unwrap_or_default(), taint))
        .count() as i64
}

/// How much of CPU and memory stays free, in thousandths, on average.
fn room_per_mille(asked: &Amounts, state: &NodeState) -> i64 {
    let free = |(name, assumed): (&str, i64)| {
        let allocatable = *state.allocatable.get(name).unwrap_or(&0);
        let pods = state.pods.len() as i64 + 1;
        let taken = state.taken.get(name).unwrap_or(&0) + asked.get(name).unwrap_or(&0);
        let taken = taken.max(pods.saturating_mul(assumed));
        match allocatable {
            0 => 0,
            _ => (allocatable - taken).max(0).saturating_mul(1000) / allocatable,
        }
    };
    ASSUMED.into_iter().map(free).sum::<i64>() / ASSUMED.len() as i64
}
