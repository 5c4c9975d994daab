//! What an update of a pod may change: images, a shorter deadline, more tolerations, fewer gates.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{Container, Pod, PodSpec, Toleration};

use super::validation::{ANNOTATIONS, validate_spec};
use super::{ephemeral, narrowing, resize, status};
use crate::go_internal::{Internal, difference};
use crate::pod_template::annotations;
use crate::{FieldError, FieldErrors, Update};

const UPDATABLE: &str = "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

pub(super) fn validate_update(new: &Pod, old: &Pod, door: Update) -> FieldErrors {
    match door {
        Update::Status => status::validate_update(new, old),
        Update::EphemeralContainers => ephemeral::validate_update(new, old),
        Update::Resize => resize::validate_update(new, old),
        Update::Main => {
            let (spec, before) = (
                new.spec.clone().unwrap_or_default(),
                old.spec.clone().unwrap_or_default(),
            );
            let mut errors = FieldErrors::new();
            let now = new.metadata.annotations.as_ref();
            let then = old.metadata.annotations.as_ref();
            annotations::validate_update(now, then, ANNOTATIONS, &mut errors);
            annotations::validate(now, &spec, ANNOTATIONS, &mut errors);
            errors.extend(validate_spec(&spec));
            errors.extend(validate_spec_update(&spec, &before));
            errors
        }
    }
}

fn validate_spec_update(new: &PodSpec, old: &PodSpec) -> FieldErrors {
    let mut errors = Vec::new();
    let init = |spec: &PodSpec| spec.init_containers.as_ref().map_or(0, Vec::len);
    let counts = [
        (
            "spec.containers",
            new.containers.len() != old.containers.len(),
        ),
        ("spec.initContainers", init(new) != init(old)),
    ];
    if let Some((path, _)) = counts.into_iter().find(|(_, differs)| *differs) {
        let detail = "pod updates may not add or remove containers";
        return vec![FieldError::forbidden(path, detail)];
    }
    if let Some(error) = validate_deadline(new, old) {
        errors.push(error);
        // upstream looks no further, unless the deadline was taken away
        if new.active_deadline_seconds.is_some() {
            return errors;
        }
    }
    errors.extend(validate_tolerations(new, old));
    errors.extend(validate_gates(new, old));
    let mut munged = new.clone();
    if old
        .scheduling_gates
        .as_ref()
        .is_some_and(|gates| !gates.is_empty())
    {
        errors.extend(narrowing::validate_selector(&mut munged, old));
        errors.extend(narrowing::validate_affinity(&mut munged, old));
    }
    errors.extend(validate_rest(munged, old));
    errors
}

fn validate_deadline(new: &PodSpec, old: &PodSpec) -> Option<FieldError> {
    let field = "spec.activeDeadlineSeconds";
    match (new.active_deadline_seconds, old.active_deadline_seconds) {
        (Some(secs), _) if !(0..=i64::from(i32::MAX)).contains(&secs) => {
            let detail = "must be between 0 and 2147483647, inclusive";
            Some(FieldError::invalid(field, secs, detail))
        }
        (Some(secs), Some(before)) if secs > before => {
            let detail = "must be less than or equal to previous value";
            Some(FieldError::invalid(field, secs, detail))
        }
        (None, Some(_)) => {
            let detail = "must not update from a positive integer to nil value";
            // what upstream calls a pointer to nothing
            Some(FieldError::invalid(field, "null", detail))
        }
        _ => None,
    }
}

fn validate_tolerations(new: &PodSpec, old: &PodSpec) -> Option<FieldError> {
    fn timeless(toleration: &Toleration) -> [Option<&str>; 4] {
        let Toleration {
            effect,
            key,
            operator,
            toleration_seconds: _,
            value,
        } = toleration;
        [effect, key, operator, value].map(Option::as_deref)
    }
    let kept: BTreeSet<_> = new.tolerations.iter().flatten().map(timeless).collect();
    let mut old = old.tolerations.iter().flatten().map(timeless);
    let lost = old.any(|toleration| !kept.contains(&toleration));
    let detail = "existing toleration can not be modified except its tolerationSeconds";
    lost.then(|| FieldError::forbidden("spec.tolerations", detail))
}

fn validate_gates(new: &PodSpec, old: &PodSpec) -> FieldErrors {
    let before = old.scheduling_gates.iter().flatten();
    let before: BTreeSet<&str> = before.map(|gate| gate.name.as_str()).collect();
    let added = new
        .scheduling_gates
        .iter()
        .flatten()
        .enumerate()
        .filter(|(_, gate)| !before.contains(gate.name.as_str()));
    added
        .map(|(at, gate)| {
            let detail = format!(
                "only deletion is allowed, but found new scheduling gate '{}'",
                gate.name
            );
            FieldError::forbidden(format!("spec.schedulingGates[{at}].name"), detail)
        })
        .collect()
}

/// Puts back everything that may change; what still differs must not.
fn validate_rest(mut munged: PodSpec, old: &PodSpec) -> Option<FieldError> {
    restore_images(&mut munged.containers, &old.containers);
    let init = munged.init_containers.as_deref_mut().unwrap_or_default();
    restore_images(init, old.init_containers.as_deref().unwrap_or_default());
    munged.active_deadline_seconds = old.active_deadline_seconds;
    munged.tolerations.clone_from(&old.tolerations);
    munged.scheduling_gates.clone_from(&old.scheduling_gates);
    let negative = old
        .termination_grace_period_seconds
        .is_some_and(|secs| secs < 0);
    if negative && munged.termination_grace_period_seconds == Some(1) {
        munged.termination_grace_period_seconds = old.termination_grace_period_seconds;
    }
    (munged != *old).then(|| {
        let of = |spec: &PodSpec| Internal::of("PodSpec", spec);
        let difference = difference(&of(old), &of(&munged));
        let detail =
            format!("pod updates may not change fields other than {UPDATABLE}\n{difference}");
        FieldError::forbidden("spec", detail)
    })
}

fn restore_images(containers: &mut [Container], old: &[Container]) {
    for (container, old) in containers.iter_mut().zip(old) {
        container.image.clone_from(&old.image);
    }
}
