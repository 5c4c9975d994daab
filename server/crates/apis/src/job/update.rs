//! What an update of a Job may change (JOBV-12, JOB-94 to JOB-96).

use k8s_openapi::api::batch::v1::{Job, JobSpec};
use k8s_openapi::api::core::v1::{Container, PodSpec, PodTemplateSpec};

use super::prepare::{CONTROLLER_UID_LABEL, JOB_NAME_LABEL};
use super::status::validate_status_update;
use super::validation::{validate_generated_selector, validate_spec};
use crate::conditions::job_has;
use crate::meta::{immutable, immutable_inside};
use crate::{FieldError, FieldErrors, Update};

pub(super) fn validate_update(new: &Job, old: &Job, door: Update) -> FieldErrors {
    match door {
        Update::Status => validate_status_update(new, old),
        _ => {
            // Jobs older than the prefixed labels need not have them
            let mut errors = validate_generated_selector(new, has_prefixed_labels(old));
            errors.extend(validate_spec_update(new, old));
            errors
        }
    }
}

fn has_prefixed_labels(job: &Job) -> bool {
    let template = job
        .spec
        .as_ref()
        .and_then(|spec| spec.template.metadata.as_ref());
    let labels = template.and_then(|meta| meta.labels.as_ref());
    let has = |label: &str| labels.is_some_and(|labels| labels.contains_key(label));
    has(CONTROLLER_UID_LABEL) && has(JOB_NAME_LABEL)
}

fn validate_spec_update(new_job: &Job, old_job: &Job) -> FieldErrors {
    let (new, old) = (
        new_job.spec.clone().unwrap_or_default(),
        old_job.spec.clone().unwrap_or_default(),
    );
    let mut errors = validate_spec(new_job);
    validate_completions(&new, &old, &mut errors);
    errors.extend(immutable_inside(
        "LabelSelector",
        &new.selector,
        &old.selector,
        "spec.selector",
    ));
    validate_template(&new, &old, may_change_template(old_job), &mut errors);
    errors.extend(immutable(
        &new.completion_mode,
        &old.completion_mode,
        "spec.completionMode",
    ));
    errors.extend(immutable_inside(
        "PodFailurePolicy",
        &new.pod_failure_policy,
        &old.pod_failure_policy,
        "spec.podFailurePolicy",
    ));
    let (path, limit) = ("spec.backoffLimitPerIndex", &new.backoff_limit_per_index);
    errors.extend(immutable(limit, &old.backoff_limit_per_index, path));
    errors.extend(immutable(
        &new.managed_by,
        &old.managed_by,
        "spec.managedBy",
    ));
    errors.extend(immutable_inside(
        "SuccessPolicy",
        &new.success_policy,
        &old.success_policy,
        "spec.successPolicy",
    ));
    errors
}

/// JOB-72: an Indexed Job grows and shrinks in completions and parallelism alike.
fn validate_completions(new: &JobSpec, old: &JobSpec, errors: &mut FieldErrors) {
    if new.completion_mode.as_deref() != Some("Indexed") {
        errors.extend(immutable(
            &new.completions,
            &old.completions,
            "spec.completions",
        ));
        return;
    }
    // that an Indexed Job needs its completions is told elsewhere
    let Some(completions) = new
        .completions
        .filter(|_| new.completions != old.completions)
    else {
        return;
    };
    if new.parallelism != Some(completions) {
        let detail = "can only be modified in tandem with spec.parallelism";
        errors.push(FieldError::invalid("spec.completions", completions, detail));
    }
}

/// JOB-94: suspended, without active pods, and either never started or known to be suspended.
fn may_change_template(old: &Job) -> bool {
    let suspended = old
        .spec
        .as_ref()
        .is_some_and(|spec| spec.suspend == Some(true));
    let status = old.status.clone().unwrap_or_default();
    let idle = status.active.unwrap_or_default() == 0;
    suspended && idle && (status.start_time.is_none() || job_has(old, "Suspended"))
}

fn validate_template(new: &JobSpec, old: &JobSpec, schedulable: bool, errors: &mut FieldErrors) {
    if !schedulable {
        errors.extend(immutable_inside(
            "PodTemplateSpec",
            &new.template,
            &old.template,
            "spec.template",
        ));
        return;
    }
    // JOB-96: all of the template's metadata is free here
    let mut allowed = old.template.spec.clone().unwrap_or_default();
    let wanted = pod_spec(&new.template);
    copy_mutable(&mut allowed, &wanted);
    errors.extend(immutable_inside(
        "PodSpec",
        &wanted,
        &allowed,
        "spec.template.spec",
    ));
}

fn pod_spec(template: &PodTemplateSpec) -> PodSpec {
    template.spec.clone().unwrap_or_default()
}

/// Takes over what may differ, so that comparing shows the rest.
fn copy_mutable(allowed: &mut PodSpec, wanted: &PodSpec) {
    allowed.node_selector.clone_from(&wanted.node_selector);
    allowed.tolerations.clone_from(&wanted.tolerations);
    allowed
        .scheduling_gates
        .clone_from(&wanted.scheduling_gates);
    let node_affinity = wanted
        .affinity
        .as_ref()
        .and_then(|affinity| affinity.node_affinity.clone());
    match allowed.affinity.as_mut() {
        Some(affinity) => affinity.node_affinity = node_affinity,
        None if node_affinity.is_some() => {
            allowed.affinity.get_or_insert_default().node_affinity = node_affinity;
        }
        None => {}
    }
    // an affinity that holds nothing any more equals none
    let bare = allowed.affinity.as_ref() == Some(&Default::default());
    if bare && wanted.affinity.is_none() {
        allowed.affinity = None;
    }
    copy_resources(&mut allowed.containers, &wanted.containers);
    let wanted_init = wanted.init_containers.as_deref().unwrap_or_default();
    copy_resources(
        allowed.init_containers.as_deref_mut().unwrap_or_default(),
        wanted_init,
    );
}

fn copy_resources(allowed: &mut [Container], wanted: &[Container]) {
    for (allowed, wanted) in allowed.iter_mut().zip(wanted) {
        if allowed.name == wanted.name {
            allowed.resources.clone_from(&wanted.resources);
        }
    }
}
