//! A pod against a node.

use k8s_openapi::api::core::v1::{Node, NodeAffinity, Pod, PodSpec};

use super::term::{required_matches, term_matches};

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
    let affinity = node_affinity(spec);
    let required = affinity.and_then(|affinity| {
        affinity
            .required_during_scheduling_ignored_during_execution
            .as_ref()
    });
    by_selector && required.is_none_or(|required| required_matches(required, node))
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

fn node_affinity(spec: &PodSpec) -> Option<&NodeAffinity> {
    spec.affinity.as_ref()?.node_affinity.as_ref()
}
