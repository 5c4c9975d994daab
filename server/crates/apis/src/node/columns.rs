//! The table of nodes (PR-14).

use std::collections::BTreeSet;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Node, NodeSystemInfo};

use crate::conditions;
use crate::print::{age, age_cell, cell, name, none_if_empty, string_column, wide};
use crate::{Column, Printed};

pub(super) const COLUMNS: &[Column] = &[
    name(),
    string_column("Status", "The status of the node"),
    string_column("Roles", "The roles of the node"),
    age(),
    string_column("Version", "Kubelet Version reported by the node."),
    wide(
        "Internal-IP",
        "List of addresses reachable to the node. Queried from cloud provider, if available. More info: https://kubernetes.io/docs/reference/node/node-status/#addresses Note: This field is declared as mergeable, but the merge key is not sufficiently unique, which can cause data corruption when it is merged. Callers should instead use a full-replacement patch. See https://pr.k8s.io/79391 for an example. Consumers should assume that addresses can change during the lifetime of a Node. However, there are some exceptions where this may not be possible, such as Pods that inherit a Node's address in its own status or consumers of the downward API (status.hostIP).",
    ),
    wide(
        "External-IP",
        "List of addresses reachable to the node. Queried from cloud provider, if available. More info: https://kubernetes.io/docs/reference/node/node-status/#addresses Note: This field is declared as mergeable, but the merge key is not sufficiently unique, which can cause data corruption when it is merged. Callers should instead use a full-replacement patch. See https://pr.k8s.io/79391 for an example. Consumers should assume that addresses can change during the lifetime of a Node. However, there are some exceptions where this may not be possible, such as Pods that inherit a Node's address in its own status or consumers of the downward API (status.hostIP).",
    ),
    wide(
        "OS-Image",
        "OS Image reported by the node from /etc/os-release (e.g. Debian GNU/Linux 7 (wheezy)).",
    ),
    wide(
        "Kernel-Version",
        "Kernel Version reported by the node from 'uname -r' (e.g. 3.16.0-0.bpo.4-amd64).",
    ),
    wide(
        "Container-Runtime",
        "ContainerRuntime Version reported by the node through runtime remote API (e.g. containerd://1.4.2).",
    ),
];

pub(super) fn print(node: &Node, now: Timestamp) -> Printed {
    let info = node
        .status
        .as_ref()
        .and_then(|status| status.node_info.clone())
        .unwrap_or_default();
    Printed {
        cells: vec![
            cell(node.metadata.name.clone().unwrap_or_default()),
            cell(status_text(node)),
            cell(roles(node)),
            age_cell(&node.metadata, now),
            cell(info.kubelet_version.clone()),
            cell(address(node, "InternalIP")),
            cell(address(node, "ExternalIP")),
            cell(unknown_if_empty(&info.os_image)),
            cell(kernel(&info)),
            cell(unknown_if_empty(&info.container_runtime_version)),
        ],
        conditions: Vec::new(),
    }
}

fn unknown_if_empty(text: &str) -> String {
    if text.is_empty() { "<unknown>" } else { text }.to_owned()
}

fn kernel(info: &NodeSystemInfo) -> String {
    let version = unknown_if_empty(&info.kernel_version);
    match info.architecture.as_str() {
        "" => version,
        architecture => format!("{version} ({architecture})"),
    }
}

fn status_text(node: &Node) -> String {
    let conditions = node
        .status
        .as_ref()
        .and_then(|status| status.conditions.as_ref());
    let ready = match conditions::find(conditions, "Ready") {
        None => "Unknown",
        Some(condition) if condition.status == "True" => "Ready",
        Some(_) => "NotReady",
    };
    match node.spec.as_ref().and_then(|spec| spec.unschedulable) {
        Some(true) => format!("{ready},SchedulingDisabled"),
        _ => ready.to_owned(),
    }
}

fn roles(node: &Node) -> String {
    let labels = node.metadata.labels.iter().flatten();
    let roles: BTreeSet<_> = labels
        .filter_map(
            |(key, value)| match key.strip_prefix("node-role.kubernetes.io/") {
                Some(role) => Some(role),
                None if key == "kubernetes.io/role" => Some(value.as_str()),
                None => None,
            },
        )
        .filter(|role| !role.is_empty())
        .collect();
    none_if_empty(roles.into_iter().collect::<Vec<_>>().join(","))
}

fn address(node: &Node, type_: &str) -> String {
    let mut addresses = node
        .status
        .iter()
        .flat_map(|status| status.addresses.iter().flatten());
    let found = addresses.find(|address| address.type_ == type_);
    none_if_empty(
        found
            .map(|address| address.address.clone())
            .unwrap_or_default(),
    )
}
