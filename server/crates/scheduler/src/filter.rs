//! Whether a pod may go on a node; reasons in upstream's words.

use k8s_openapi::api::core::v1::{Node, Pod};
use orrery_apis::{affinity, toleration};

use crate::cluster::NodeState;
use orrery_apis::pod_requests as requests;

/// Why a node will not do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rejection {
    pub reason: String,
    /// Removing other pods would not help (upstream's UnschedulableAndUnresolvable).
    pub final_: bool,
}

impl Rejection {
    /// Of the nodes that are not looked at, for the pod's affinity names another: upstream says so of
    /// each node that PreFilter has left out.
    pub fn left_out() -> Self {
        Self::always("node(s) didn't satisfy plugin(s) [NodeAffinity]")
    }

    pub fn always(reason: &str) -> Self {
        Self {
            reason: reason.to_owned(),
            final_: true,
        }
    }

    pub fn for_now(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            final_: false,
        }
    }
}

/// The filters in upstream's order; the first that refuses speaks, with all its reasons.
pub fn filter(pod: &Pod, node: &Node, state: &NodeState) -> Result<(), Vec<Rejection>> {
    let one = |result: Result<(), Rejection>| result.map_err(|rejection| vec![rejection]);
    one(unschedulable(pod, node))?;
    one(taints(pod, node))?;
    one(node_affinity(pod, node))?;
    one(ports(pod, state))?;
    resources(pod, state)
}

/// The only node that a pod's required affinity names by `metadata.name`, as a daemon's pod does.
pub fn only_node(pod: &Pod) -> Option<&str> {
    let required = affinity::required(pod.spec.as_ref()?)?;
    let [term] = required.node_selector_terms.as_slice() else {
        return None;
    };
    let fields = term.match_fields.iter().flatten();
    let mut named =
        fields.filter(|field| field.key == affinity::NODE_NAME_FIELD && field.operator == "In");
    match named.next()?.values.as_deref()? {
        [name] => Some(name),
        _ => None,
    }
}

fn unschedulable(pod: &Pod, node: &Node) -> Result<(), Rejection> {
    let cordoned = node
        .spec
        .as_ref()
        .is_some_and(|spec| spec.unschedulable == Some(true));
    let taint = k8s_openapi::api::core::v1::Taint {
        key: "node.kubernetes.io/unschedulable".to_owned(),
        effect: "NoSchedule".to_owned(),
        ..Default::default()
    };
    match cordoned && !toleration::tolerates(tolerations(pod), &taint) {
        true => Err(Rejection::always("node(s) were unschedulable")),
        false => Ok(()),
    }
}

fn taints(pod: &Pod, node: &Node) -> Result<(), Rejection> {
    let taints = node
        .spec
        .iter()
        .flat_map(|spec| spec.taints.iter().flatten());
    let mut hard = taints.filter(|taint| taint.effect != "PreferNoSchedule");
    match hard.all(|taint| toleration::tolerates(tolerations(pod), taint)) {
        true => Ok(()),
        false => Err(Rejection::always("node(s) had untolerated taint(s)")),
    }
}

fn node_affinity(pod: &Pod, node: &Node) -> Result<(), Rejection> {
    match affinity::node_matches(pod, node) {
        true => Ok(()),
        false => Err(Rejection::always(
            "node(s) didn't match Pod's node affinity/selector",
        )),
    }
}

fn ports(pod: &Pod, state: &NodeState) -> Result<(), Rejection> {
    let wanted = requests::host_ports(pod);
    let held = || state.ports.values().flatten();
    match wanted
        .iter()
        .any(|port| held().any(|held| port.conflicts(held)))
    {
        true => Err(Rejection::for_now(
            "node(s) didn't have free ports for the requested pod ports",
        )),
        false => Ok(()),
    }
}

fn resources(pod: &Pod, state: &NodeState) -> Result<(), Vec<Rejection>> {
    let mut reasons = Vec::new();
    let most_pods = state.allocatable.get("pods").copied().unwrap_or(0);
    if state.pods.len() as i64 + 1 > most_pods {
        reasons.push(Rejection::for_now("Too many pods"));
    }
    for (name, asked) in requests::requested(pod) {
        let allocatable = state.allocatable.get(&name).copied().unwrap_or(0);
        let taken = state.taken.get(&name).copied().unwrap_or(0);
        if asked > 0 && asked > allocatable - taken {
            let reason = format!("Insufficient {name}");
            // More than the whole node has: no victim would make room.
            let final_ = asked > allocatable;
            reasons.push(Rejection { reason, final_ });
        }
    }
    match reasons.is_empty() {
        true => Ok(()),
        false => Err(reasons),
    }
}

fn tolerations(pod: &Pod) -> &[k8s_openapi::api::core::v1::Toleration] {
    let spec = pod.spec.as_ref();
    spec.and_then(|spec| spec.tolerations.as_deref())
        .unwrap_or_default()
}
