//! What the DaemonSet controller reads from its pods.

use k8s_openapi::api::core::v1::Pod;

use crate::pods;

/// The hash of the revision that the pod was made from (DS-12).
pub const HASH_LABEL: &str = "controller-revision-hash";
/// The template generation that the pod was made from (DS-12).
pub const GENERATION_LABEL: &str = "pod-template-generation";
/// The field by which a daemon pod names its node (DS-10).
pub const NODE_NAME_FIELD: &str = "metadata.name";

/// The pod's uid, `""` for one that the API server has not seen.
pub fn uid(pod: &Pod) -> &str {
    pod.metadata.uid.as_deref().unwrap_or_default()
}

/// The value of the hash label, `""` when it has none.
pub fn hash(pod: &Pod) -> &str {
    label(pod, HASH_LABEL).unwrap_or_default()
}

/// Made from the current template (DS-30).
pub fn is_current(pod: &Pod, current: &str, template_generation: Option<i64>) -> bool {
    let by_hash = !current.is_empty() && hash(pod) == current;
    let generation = label(pod, GENERATION_LABEL);
    by_hash
        || template_generation
            .is_some_and(|current| generation == Some(current.to_string().as_str()))
}

/// The node the pod is bound to, or made for (DS-11).
pub fn target_node(pod: &Pod) -> Option<&str> {
    match pods::node_name(pod) {
        "" => node_made_for(pod),
        bound => Some(bound),
    }
}

fn node_made_for(pod: &Pod) -> Option<&str> {
    let affinity = pod
        .spec
        .as_ref()?
        .affinity
        .as_ref()?
        .node_affinity
        .as_ref()?;
    let required = affinity
        .required_during_scheduling_ignored_during_execution
        .as_ref()?;
    let mut fields = required
        .node_selector_terms
        .iter()
        .flat_map(|term| term.match_fields.iter().flatten());
    let named = fields.find(|field| field.key == NODE_NAME_FIELD && field.operator == "In")?;
    match named.values.as_deref() {
        Some([node]) => Some(node),
        _ => None,
    }
}

fn label<'a>(pod: &'a Pod, name: &str) -> Option<&'a str> {
    let labels = pod.metadata.labels.as_ref()?;
    labels.get(name).map(String::as_str)
}
