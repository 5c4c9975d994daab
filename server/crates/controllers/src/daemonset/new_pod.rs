//! Pods as the DaemonSet controller creates them (DS-10, DS-12).

use k8s_openapi::api::core::v1::{
    NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, Pod, PodSpec,
};
use orrery_apis::daemon_set::add_automatic;

use super::pod_facts::{GENERATION_LABEL, HASH_LABEL, NODE_NAME_FIELD};
use super::spec::Spec;
use crate::owner::controller_reference;
use crate::pods::from_template;

/// The pod of any node; [`for_node`] makes it that of one.
pub fn model(spec: Spec<'_>, hash: &str) -> Pod {
    let prefix = format!("{}-", spec.name());
    let owner = controller_reference(spec.daemonset);
    let mut pod = from_template(&spec.spec.template, spec.namespace(), prefix, owner);
    let labels = pod.metadata.labels.get_or_insert_default();
    labels.insert(HASH_LABEL.to_owned(), hash.to_owned());
    if let Some(generation) = spec.template_generation() {
        labels.insert(GENERATION_LABEL.to_owned(), generation.to_string());
    }
    add_automatic(pod.spec.get_or_insert_default());
    pod
}

/// The model's pod for this node: left unbound, but only the node will do.
pub fn for_node(model: &Pod, node: &str) -> Pod {
    let mut pod = model.clone();
    require_node(pod.spec.get_or_insert_default(), node);
    pod
}

/// Replaces required terms: the node is known to satisfy them, and terms are alternatives.
fn require_node(spec: &mut PodSpec, node: &str) {
    let named = NodeSelectorRequirement {
        key: NODE_NAME_FIELD.to_owned(),
        operator: "In".to_owned(),
        values: Some(vec![node.to_owned()]),
    };
    let term = NodeSelectorTerm {
        match_expressions: None,
        match_fields: Some(vec![named]),
    };
    let affinity = spec.affinity.get_or_insert_default();
    let affinity = affinity.node_affinity.get_or_insert_default();
    affinity.required_during_scheduling_ignored_during_execution = Some(NodeSelector {
        node_selector_terms: vec![term],
    });
}
