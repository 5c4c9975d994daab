//! Errors and warnings of a pod.

use k8s_openapi::api::core::v1::{Container, Pod, PodSpec};

use crate::meta::dns_label_errors;
use crate::pod_template::validation::validate_pod_spec;
use crate::pod_template::{annotations, pod_warnings};
use crate::{FieldError, FieldErrors};

/// Where a pod has its annotations.
pub(super) const ANNOTATIONS: &str = "metadata.annotations";

pub(super) fn validate_create(pod: &Pod) -> FieldErrors {
    let spec = pod.spec.clone().unwrap_or_default();
    let mut errors = FieldErrors::new();
    let annotations = pod.metadata.annotations.as_ref();
    annotations::validate(annotations, &spec, ANNOTATIONS, &mut errors);
    errors.extend(validate_spec(&spec));
    if spec
        .ephemeral_containers
        .as_ref()
        .is_some_and(|containers| !containers.is_empty())
    {
        let field = "spec.ephemeralContainers";
        errors.push(FieldError::forbidden(field, "cannot be set on create"));
    }
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

/// Warnings of a create; upstream spares itself the work for updates, which are rarely a person's.
pub(super) fn warnings(pod: &Pod, old: Option<&Pod>) -> Vec<String> {
    if old.is_some() {
        return Vec::new();
    }
    let name = pod.metadata.name.as_deref().unwrap_or_default();
    let wrong = dns_label_errors(name);
    let of_name = (!wrong.is_empty()).then(|| {
        format!(
            "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [{}]",
            wrong.join(" ")
        )
    });
    let spec = pod.spec.iter();
    let others = spec.flat_map(|spec| pod_warnings(&pod.metadata, spec));
    of_name.into_iter().chain(others).collect()
}
