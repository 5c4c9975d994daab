//! Errors and warnings of a pod.

use k8s_openapi::api::core::v1::{Container, Pod, PodSpec, Volume};

use crate::meta::{dns_label_errors, dns_subdomain_errors};
use crate::pod_template::profiles::validate_profiles;
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
    validate_claims_to_come(pod, &spec, &mut errors);
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
    validate_profiles(annotations, &spec, "spec", &mut errors);
    errors
}

/// The claims of its own that a pod's ephemeral volumes become: each has a name, and none is asked for by
/// another volume.
fn validate_claims_to_come(pod: &Pod, spec: &PodSpec, errors: &mut FieldErrors) {
    let Some(name) = pod.metadata.name.as_deref().filter(|name| !name.is_empty()) else {
        return;
    };
    let volumes = spec.volumes.as_deref().unwrap_or_default();
    let claim = |volume: &Volume| format!("{name}-{}", volume.name);
    let to_come = || volumes.iter().filter(|volume| volume.ephemeral.is_some());
    for (at, volume) in volumes.iter().enumerate() {
        let path = format!("spec.volumes[{at}]");
        if volume.ephemeral.is_some() && !volume.name.is_empty() {
            let claim = claim(volume);
            errors.extend(dns_subdomain_errors(&claim).into_iter().map(|wrong| {
                let detail = format!("PVC name {claim:?}: {wrong}");
                FieldError::invalid(format!("{path}.name"), &volume.name, detail)
            }));
        }
        let asked = volume.persistent_volume_claim.as_ref();
        let asked = asked.map(|source| source.claim_name.as_str());
        if let Some(asked) = asked.filter(|asked| to_come().any(|volume| claim(volume) == *asked)) {
            let field = format!("{path}.persistentVolumeClaim.claimName");
            let detail = "must not reference a PVC that gets created for an ephemeral volume";
            errors.push(FieldError::invalid(field, asked, detail));
        }
    }
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
