//! A node's row, without the pods on it.

use k8s_openapi::api::core::v1::{Node, Taint};
use orrery_apis::conditions;
use orrery_view::NodeRow;

use super::head::{head, label_lines, pairs, search_text};

const ROLE_PREFIX: &str = "node-role.kubernetes.io/";
/// Says of a node of the embedded cluster that its machine was switched off, so that it stays so over a restart.
pub const MACHINE: &str = "orrery.dev/machine";
pub const OFF: &str = "off";

/// Whether its machine was switched off by hand.
pub fn is_off(node: &Node) -> bool {
    let annotations = node.metadata.annotations.as_ref();
    let machine = annotations.and_then(|all| all.get(MACHINE));
    machine.is_some_and(|state| state == OFF)
}

/// A node with what DaemonSets' cells need of it.
#[derive(Clone, Debug)]
pub struct NodeFacts {
    /// `pods` is filled in when the row is asked for.
    pub row: NodeRow,
    /// The node without what no row shows (images, managed fields).
    pub node: Node,
    pub text: Box<str>,
    /// `k=v` lines.
    pub labels: Box<str>,
}

impl NodeFacts {
    pub fn of(mut node: Node) -> Self {
        node.metadata.managed_fields = None;
        if let Some(status) = &mut node.status {
            status.images = None;
        }
        let row = row(&node);
        let words = row.taints.iter().chain(&row.labels).chain([&row.address]);
        let words: Vec<_> = words.map(String::as_str).collect();
        let text = search_text(&node.metadata, &words);
        Self {
            row,
            labels: label_lines(&node.metadata),
            node,
            text,
        }
    }

    /// Whether pods may be on it as on that: its health, which it reports all the time, is no part of it.
    pub fn takes_pods_as(&self, other: &Self) -> bool {
        let taints = |facts: &Self| {
            facts
                .node
                .spec
                .as_ref()
                .and_then(|spec| spec.taints.clone())
        };
        let (own, its) = (&self.node.metadata, &other.node.metadata);
        (&own.name, &own.labels) == (&its.name, &its.labels) && taints(self) == taints(other)
    }
}

fn row(node: &Node) -> NodeRow {
    let spec = node.spec.clone().unwrap_or_default();
    let status = node.status.clone().unwrap_or_default();
    let ready = conditions::find(status.conditions.as_ref(), "Ready");
    let is_ready = ready.is_some_and(|condition| condition.status == "True");
    let why = ready.filter(|_| !is_ready).map(|condition| {
        let part = |text: &Option<String>| text.clone().unwrap_or_default();
        format!("{}: {}", part(&condition.reason), part(&condition.message))
    });
    let addresses = status.addresses.iter().flatten();
    let mut internal = addresses.filter(|address| address.type_ == "InternalIP");
    let capacity = status.allocatable.as_ref().and_then(|all| all.get("pods"));
    NodeRow {
        head: head(&node.metadata),
        ready: is_ready,
        message: why.unwrap_or_default(),
        cordoned: spec.unschedulable == Some(true),
        off: is_off(node),
        roles: roles(node),
        taints: spec.taints.iter().flatten().map(taint).collect(),
        labels: pairs(node.metadata.labels.as_ref()),
        address: internal
            .next()
            .map(|a| a.address.clone())
            .unwrap_or_default(),
        version: status
            .node_info
            .map(|info| info.kubelet_version)
            .unwrap_or_default(),
        pods: Vec::new(),
        pod_capacity: capacity.and_then(|pods| pods.0.parse().ok()).unwrap_or(0),
    }
}

fn roles(node: &Node) -> Vec<String> {
    let labels = node.metadata.labels.iter().flatten();
    let suffixes = labels.filter_map(|(key, value)| match key.strip_prefix(ROLE_PREFIX) {
        Some(role) if !role.is_empty() => Some(role.to_owned()),
        _ if key == "kubernetes.io/role" && !value.is_empty() => Some(value.clone()),
        _ => None,
    });
    let mut roles: Vec<_> = suffixes.collect();
    roles.sort();
    roles.dedup();
    roles
}

/// `key=value:Effect`, without the value's `=` when it has none.
pub fn taint(taint: &Taint) -> String {
    match taint.value.as_deref().filter(|value| !value.is_empty()) {
        Some(value) => format!("{}={value}:{}", taint.key, taint.effect),
        None => format!("{}:{}", taint.key, taint.effect),
    }
}
