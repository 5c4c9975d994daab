//! First values of a Job: no status, a generated selector (JOBV-02).

use k8s_openapi::api::batch::v1::{Job, JobStatus};

use super::defaults::default_labels;

/// Names the Job on its pods.
pub const JOB_NAME_LABEL: &str = "batch.kubernetes.io/job-name";
/// Names the Job's uid on its pods; generated selectors select it.
pub const CONTROLLER_UID_LABEL: &str = "batch.kubernetes.io/controller-uid";
/// [`JOB_NAME_LABEL`] of old.
pub const LEGACY_JOB_NAME_LABEL: &str = "job-name";
/// [`CONTROLLER_UID_LABEL`] of old.
pub const LEGACY_CONTROLLER_UID_LABEL: &str = "controller-uid";

pub(super) fn prepare_create(job: &mut Job) {
    job.status = Some(JobStatus::default());
    let manual = job.spec.as_ref().and_then(|spec| spec.manual_selector);
    if manual == Some(true) {
        return;
    }
    generate_selector(job);
    // upstream's label defaulting shares the template's map, so the generated labels show as well
    default_labels(job);
}

fn generate_selector(job: &mut Job) {
    let uid = job.metadata.uid.clone().unwrap_or_default();
    let name = job.metadata.name.clone().unwrap_or_default();
    let spec = job.spec.get_or_insert_default();
    let labels = spec
        .template
        .metadata
        .get_or_insert_default()
        .labels
        .get_or_insert_default();
    let generated = [
        (LEGACY_JOB_NAME_LABEL, &name),
        (JOB_NAME_LABEL, &name),
        (LEGACY_CONTROLLER_UID_LABEL, &uid),
        (CONTROLLER_UID_LABEL, &uid),
    ];
    for (label, value) in generated {
        labels
            .entry(label.to_owned())
            .or_insert_with(|| value.clone());
    }
    let selector = spec
        .selector
        .get_or_insert_default()
        .match_labels
        .get_or_insert_default();
    selector
        .entry(CONTROLLER_UID_LABEL.to_owned())
        .or_insert(uid);
}
