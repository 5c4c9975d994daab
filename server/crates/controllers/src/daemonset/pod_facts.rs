//! What the DaemonSet controller reads from its pods.

use k8s_openapi::api::core::v1::Pod;
pub use orrery_apis::affinity::{NODE_NAME_FIELD, target_node};

/// The hash of the revision that the pod was made from (DS-12).
pub const HASH_LABEL: &str = "controller-revision-hash";
/// The template generation that the pod was made from (DS-12).
pub const GENERATION_LABEL: &str = "pod-template-generation";

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

fn label<'a>(pod: &'a Pod, name: &str) -> Option<&'a str> {
    let labels = pod.metadata.labels.as_ref()?;
    labels.get(name).map(String::as_str)
}
