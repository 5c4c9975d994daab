//! Warnings that Jobs and CronJobs share (CJV-08, JOBV-16).

use k8s_openapi::api::batch::v1::JobSpec;

use crate::meta::dns_label_errors;

/// Beyond these an Indexed Job's list of indexes may outgrow its object.
const MANY_COMPLETIONS: i32 = 100_000;
const MANY_AT_ONCE: i32 = 10_000;

/// A name that is no DNS label cannot be a host name.
pub fn name_warning(name: &str) -> Option<String> {
    let wrong = dns_label_errors(name);
    (!wrong.is_empty()).then(|| {
        format!(
            "metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [{}]",
            wrong.join(" ")
        )
    })
}

/// An Indexed Job may be too large to track; `path` is that of the specification.
pub fn indexed_warning(spec: &JobSpec, path: &str) -> Option<String> {
    let indexed = spec.completion_mode.as_deref() == Some("Indexed");
    let large = spec.completions > Some(MANY_COMPLETIONS) && spec.parallelism > Some(MANY_AT_ONCE);
    (indexed && large).then(|| {
        format!(
            "{path}: In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail"
        )
    })
}
