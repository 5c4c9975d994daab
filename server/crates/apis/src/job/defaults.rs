//! Defaults of a Job (JOBV-01).

use k8s_openapi::api::batch::v1::{Job, JobSpec};

use super::prepare::CONTROLLER_UID_LABEL;
use crate::job_template::default_policy;
use crate::pod_template::defaults::default_pod_template;

/// Six retries, unless failures are counted per index (JOB-76).
const BACKOFF_LIMIT: i32 = 6;

pub(super) fn default_job(job: &mut Job) {
    let spec = job.spec.get_or_insert_default();
    default_pod_template(&mut spec.template);
    default_counts(spec);
    default_policy(spec);
    spec.completion_mode
        .get_or_insert_with(|| "NonIndexed".to_owned());
    spec.suspend.get_or_insert(false);
    spec.manual_selector.get_or_insert(false);
    let replacement = match spec.pod_failure_policy {
        Some(_) => "Failed",
        None => "TerminatingOrFailed",
    };
    spec.pod_replacement_policy
        .get_or_insert_with(|| replacement.to_owned());
    job.status.get_or_insert_default();
    // before the selector is generated the template's labels are not complete: creation copies them then
    let spec = job.spec.as_ref();
    let labels = spec.and_then(|spec| spec.template.metadata.as_ref()?.labels.as_ref());
    let generated = labels.is_some_and(|labels| labels.contains_key(CONTROLLER_UID_LABEL));
    if generated || spec.is_some_and(|spec| spec.manual_selector == Some(true)) {
        default_labels(job);
    }
}

fn default_counts(spec: &mut JobSpec) {
    if spec.completions.is_none() && spec.parallelism.is_none() {
        spec.completions = Some(1);
    }
    spec.parallelism.get_or_insert(1);
    spec.backoff_limit
        .get_or_insert(match spec.backoff_limit_per_index {
            Some(_) => i32::MAX,
            None => BACKOFF_LIMIT,
        });
}

/// A Job without labels shows its template's.
pub(super) fn default_labels(job: &mut Job) {
    let template = job
        .spec
        .as_ref()
        .and_then(|spec| spec.template.metadata.as_ref());
    let labels = template
        .and_then(|meta| meta.labels.as_ref())
        .filter(|labels| !labels.is_empty());
    if job
        .metadata
        .labels
        .as_ref()
        .is_none_or(|own| own.is_empty())
    {
        job.metadata.labels = labels.cloned();
    }
}
