//! Errors and warnings of a pod.

use k8s_openapi::api::core::v1::{Container, Pod, PodSpec};

use crate::pod_template::pod_spec_warnings;
use crate::pod_template::validation::validate_pod_spec;
use crate::{FieldError, FieldErrors};

pub(super) fn validate_create(pod: &Pod) -> FieldErrors {
    let spec = pod.spec.clone().unwrap_or_default();
    let mut errors = validate_spec(&spec);
    let gated = spec
        .scheduling_gates
        .as_ref()
        .is_some_and(|gates| !gates.is_empty());
    if gated && spec.node_name.is_some() {
        let detail = "cannot be set until all schedulingGates have been cleared";
        errors.push(FieldError::forbidden("spec.nodeName", detail));
    }
    errors
}

/// The specification, and what is checked on pods but not on templates.
pub(super) fn validate_spec(spec: &PodSpec) -> FieldErrors {
    let mut errors = validate_pod_spec(spec, "spec");
    validate_images(&spec.containers, "spec.containers", &mut errors);
    let init = spec.init_containers.as_deref().unwrap_or_default();
    validate_images(init, "spec.initContainers", &mut errors);
    errors
}

fn validate_images(containers: &[Container], path: &str, errors: &mut FieldErrors) {
    for (at, container) in containers.iter().enumerate() {
        let image = container.image.as_deref().unwrap_or_default();
        if image.trim() != image {
            let detail = "must not have leading or trailing whitespace";
            errors.push(FieldError::invalid(
                format!("{path}[{at}].image"),
                image,
                detail,
            ));
        }
    }
}

pub(super) fn warnings(pod: &Pod, old: Option<&Pod>) -> Vec<String> {
    // an update that leaves the specification alone has nothing new to warn of
    let spec = pod
        .spec
        .as_ref()
        .filter(|_| old.is_none_or(|old| old.spec != pod.spec));
    spec.map(|spec| pod_spec_warnings(spec, "spec"))
        .unwrap_or_default()
}
