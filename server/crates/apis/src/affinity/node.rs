//! A pod against a node.

use k8s_openapi::api::core::v1::{Node, NodeAffinity, NodeSelector, Pod, PodSpec};

use super::term::{required_matches, term_matches};

/// The field by which a daemon pod names its node (DS-10).
pub const NODE_NAME_FIELD: &str = "metadata.name";

/// True when the pod's nodeSelector and required node affinity allow the node.
pub fn node_matches(pod: &Pod, node: &Node) -> bool {
    pod.spec
        .as_ref()
        .is_none_or(|spec| spec_matches(spec, node))
}

/// [`node_matches`] of a specification, as DaemonSets ask of their template (DS-01).
pub fn spec_matches(spec: &PodSpec, node: &Node) -> bool {
    let labels = node.metadata.labels.as_ref();
    let mut selected = spec.node_selector.iter().flatten();
    let by_selector =
        selected.all(|(key, value)| labels.and_then(|labels| labels.get(key)) == Some(value));
    by_selector && required(spec).is_none_or(|required| required_matches(required, node))
}

/// The summed weights of the preferred terms that the node matches; empty terms weigh nothing.
pub fn preference(pod: &Pod, node: &Node) -> i64 {
    let preferred = pod
        .spec
        .as_ref()
        .and_then(node_affinity)
        .and_then(|affinity| {
            affinity
                .preferred_during_scheduling_ignored_during_execution
                .as_deref()
        });
    let terms = preferred.unwrap_or_default().iter();
    let matching = terms.filter(|term| term_matches(&term.preference, node));
    matching.map(|term| i64::from(term.weight)).sum()
}

/// What a specification's node affinity requires.
pub fn required(spec: &PodSpec) -> Option<&NodeSelector> {
    let affinity = node_affinity(spec)?;
    affinity
        .required_during_scheduling_ignored_during_execution
        .as_ref()
}

/// The node the pod is bound to, or made for (DS-11).
pub fn target_node(pod: &Pod) -> Option<&str> {
    let spec = pod.spec.as_ref()?;
    let bound = spec.node_name.as_deref().filter(|node| !node.is_empty());
    bound.or_else(|| made_for(spec))
}

fn made_for(spec: &PodSpec) -> Option<&str> {
    let terms = required(spec)?.node_selector_terms.iter();
    let mut fields = terms.flat_map(|term| term.match_fields.iter().flatten());
    let named = fields.find(|field| field.key == NODE_NAME_FIELD && field.operator == "In")?;
    match named.values.as_deref() {
        Some([node]) => Some(node),
        _ => None,
    }
}

fn node_affinity(spec: &PodSpec) -> Option<&NodeAffinity> {
    spec.affinity.as_ref()?.node_affinity.as_ref()
}
