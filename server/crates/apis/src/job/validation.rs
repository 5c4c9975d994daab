//! Errors and warnings of a Job.

use k8s_openapi::api::batch::v1::{Job, JobSpec};
use serde_json::{Value, json};

use super::prepare::{
    CONTROLLER_UID_LABEL, JOB_NAME_LABEL, LEGACY_CONTROLLER_UID_LABEL, LEGACY_JOB_NAME_LABEL,
};
use crate::go_internal::Internal;
use crate::job_template::{indexed_warning, name_warning, validate_job_spec};
use crate::meta::dns_label_errors;
use crate::pod_template::template_warnings;
use crate::selector::{misses_labels, validate_label_selector};
use crate::{FieldError, FieldErrors};

pub(super) fn validate_create(job: &Job) -> FieldErrors {
    let mut errors = validate_generated_selector(job, true);
    errors.extend(validate_spec(job));
    errors
}

/// The specification with its selector, at `spec`, and what the name becomes in it.
pub(super) fn validate_spec(job: &Job) -> FieldErrors {
    let none = JobSpec::default();
    let spec = job.spec.as_ref().unwrap_or(&none);
    let mut errors = validate_job_spec(spec, "spec");
    match spec.selector.as_ref() {
        None => errors.push(FieldError::required("spec.selector", "")),
        Some(selector) => errors.extend(validate_label_selector(Some(selector), "spec.selector")),
    }
    let labels = spec
        .template
        .metadata
        .as_ref()
        .and_then(|meta| meta.labels.as_ref());
    if misses_labels(spec.selector.as_ref(), labels) {
        let detail = "`selector` does not match template `labels`";
        errors.push(FieldError::invalid(
            "spec.template.metadata.labels",
            json!(labels),
            detail,
        ));
    }
    validate_pod_names(job, &mut errors);
    errors
}

/// JOBV-03: what was generated must still be there and be this Job's own.
pub(super) fn validate_generated_selector(job: &Job, prefixed_labels: bool) -> FieldErrors {
    let mut errors = Vec::new();
    let none = JobSpec::default();
    let spec = job.spec.as_ref().unwrap_or(&none);
    let Some(selector) = spec
        .selector
        .as_ref()
        .filter(|_| spec.manual_selector != Some(true))
    else {
        return errors;
    };
    let (uid, name) = (
        job.metadata.uid.clone().unwrap_or_default(),
        job.metadata.name.clone().unwrap_or_default(),
    );
    if uid.is_empty() {
        errors.push(FieldError::required("metadata.uid", ""));
    }
    let mut expected = vec![
        (LEGACY_CONTROLLER_UID_LABEL, &uid),
        (LEGACY_JOB_NAME_LABEL, &name),
    ];
    if prefixed_labels {
        expected.extend([(CONTROLLER_UID_LABEL, &uid), (JOB_NAME_LABEL, &name)]);
    }
    for (label, value) in &expected {
        errors.extend(validate_has_label(spec, label, value));
    }
    let generated = expected
        .iter()
        .map(|(label, value)| ((*label).to_owned(), (*value).clone()))
        .collect();
    if misses_labels(Some(selector), Some(&generated)) {
        errors.push(FieldError::invalid(
            "spec.selector",
            Internal::of("LabelSelector", selector),
            "`selector` not auto-generated",
        ));
    }
    errors
}

fn validate_has_label(spec: &JobSpec, label: &str, want: &str) -> Option<FieldError> {
    let labels = spec
        .template
        .metadata
        .as_ref()
        .and_then(|meta| meta.labels.as_ref());
    let path = format!("spec.template.metadata.labels[{label}]");
    match labels.and_then(|labels| labels.get(label)) {
        None => Some(FieldError::required(path, format!("must be '{want}'"))),
        Some(have) if have == want => None,
        Some(_) => {
            let value = labels.map_or(Value::Null, |labels| json!(labels));
            Some(FieldError::invalid(
                path,
                value,
                format!("must be '{want}'"),
            ))
        }
    }
}

/// JOBV-04: the last index's pod must have a valid host name.
fn validate_pod_names(job: &Job, errors: &mut FieldErrors) {
    let spec = job.spec.as_ref();
    let indexed = spec.is_some_and(|spec| spec.completion_mode.as_deref() == Some("Indexed"));
    let completions = spec.and_then(|spec| spec.completions).unwrap_or_default();
    if !indexed || completions <= 0 {
        return;
    }
    let name = job.metadata.name.as_deref().unwrap_or_default();
    let last = format!("{name}-{}", completions - 1);
    if !dns_label_errors(&last).is_empty() {
        let detail = format!("will not able to create pod with invalid DNS label: {last}");
        errors.push(FieldError::invalid("metadata.name", name, detail));
    }
}

pub(super) fn warnings(job: &Job, old: Option<&Job>) -> Vec<String> {
    let mut warnings = Vec::new();
    if old.is_none() {
        warnings.extend(name_warning(
            job.metadata.name.as_deref().unwrap_or_default(),
        ));
    }
    let changed = old.is_none_or(|old| old.metadata.generation != job.metadata.generation);
    if let Some(spec) = job.spec.as_ref().filter(|_| changed) {
        warnings.extend(indexed_warning(spec, "spec"));
        warnings.extend(template_warnings(&spec.template, "spec.template"));
    }
    warnings
}
