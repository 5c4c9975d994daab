//! What the Job controller reads from and writes on its pods.

use k8s_openapi::api::core::v1::Pod;

use super::spec::Spec;
use crate::pods;

/// Holds a pod until it has been counted (JOB-60).
pub const TRACKING_FINALIZER: &str = "batch.kubernetes.io/job-tracking";
/// The pod's index, as annotation and label (JOB-22).
pub const COMPLETION_INDEX: &str = "batch.kubernetes.io/job-completion-index";
/// Counted failures of the pod's index before it (JOB-23).
pub const INDEX_FAILURES: &str = "batch.kubernetes.io/job-index-failure-count";
/// Failures of the pod's index before it that an Ignore rule dropped (JOB-23).
pub const INDEX_IGNORED_FAILURES: &str = "batch.kubernetes.io/job-index-ignored-failure-count";

/// True while the pod waits to be counted.
pub fn is_tracked(pod: &Pod) -> bool {
    let finalizers = pod.metadata.finalizers.as_deref().unwrap_or_default();
    finalizers
        .iter()
        .any(|finalizer| finalizer == TRACKING_FINALIZER)
}

/// The pod's completion index; read from the annotation only (JOB-22).
pub fn completion_index(pod: &Pod) -> Option<i32> {
    let index = annotation(pod, COMPLETION_INDEX)?.parse().ok()?;
    (index >= 0).then_some(index)
}

/// The index if it is one of the Job's (JOB-71).
pub fn valid_index(pod: &Pod, completions: i32) -> Option<i32> {
    completion_index(pod).filter(|index| *index < completions)
}

/// Counted failures of the index before this pod; a bad or negative value is 0 (JOB-75).
pub fn index_failures(pod: &Pod) -> i32 {
    count(pod, INDEX_FAILURES)
}

/// Ignored failures of the index before this pod.
pub fn index_ignored_failures(pod: &Pod) -> i32 {
    count(pod, INDEX_IGNORED_FAILURES)
}

fn count(pod: &Pod, name: &str) -> i32 {
    let count = annotation(pod, name).and_then(|text| text.parse::<i32>().ok());
    count.unwrap_or(0).max(0)
}

fn annotation<'a>(pod: &'a Pod, name: &str) -> Option<&'a str> {
    pod.metadata
        .annotations
        .as_ref()?
        .get(name)
        .map(String::as_str)
}

/// JOB-40: phase Failed, or, where deleted pods are replaced at once, any deleted pod that did not
/// succeed.
pub fn is_failed(pod: &Pod, spec: Spec<'_>) -> bool {
    match pods::phase(pod) {
        "Failed" => true,
        "Succeeded" => false,
        _ => !spec.only_replaces_failed() && pods::is_leaving(pod),
    }
}
