//! PodTopologyLabels: a pod is told by labels in which zone and region it runs.

use k8s_openapi::api::core::v1::Node;

use crate::call::Call;
use crate::core::Core;

const KEYS: [&str; 2] = [
    "topology.kubernetes.io/region",
    "topology.kubernetes.io/zone",
];

/// The labels of that node that its pods have, too; none of a node that is not there.
pub fn labels_of(call: &Call, node: &str) -> Vec<(String, String)> {
    let key = Core::key(call.core.resource("", "nodes"), None, node);
    let node = call.core.store.get(&key);
    let node: Option<Node> = node.and_then(|entry| serde_json::from_slice(&entry.value).ok());
    let labels = node.and_then(|node| node.metadata.labels);
    let labels = labels.into_iter().flatten();
    labels
        .filter(|(key, _)| KEYS.contains(&key.as_str()))
        .collect()
}
