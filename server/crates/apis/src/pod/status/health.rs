//! How the devices are that containers have.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{Container, Pod, PodSpec, PodStatus, ResourceStatus};

use crate::{FieldError, FieldErrors};

const HEALTH: [&str; 3] = ["Healthy", "Unhealthy", "Unknown"];

/// `validateContainerStatusAllocatedResourcesStatus`, and that guests have none.
pub(super) fn validate(status: &PodStatus, pod: &Pod, errors: &mut FieldErrors) {
    let none = PodSpec::default();
    let spec = pod.spec.as_ref().unwrap_or(&none);
    let init = spec.init_containers.as_deref().unwrap_or_default();
    let lists = [
        (
            "containerStatuses",
            &status.container_statuses,
            spec.containers.as_slice(),
        ),
        (
            "initContainerStatuses",
            &status.init_container_statuses,
            init,
        ),
    ];
    for (list, statuses, containers) in lists {
        for (at, status) in statuses.iter().flatten().enumerate() {
            let container = containers.iter().find(|each| each.name == status.name);
            let allocated = status.allocated_resources_status.iter().flatten();
            for (index, resource) in allocated.enumerate() {
                let path = format!("status.{list}[{at}].allocatedResourcesStatus[{index}]");
                validate_name(resource, container, &path, errors);
                validate_devices(resource, &path, errors);
            }
        }
    }
    let guests = status.ephemeral_container_statuses.iter().flatten();
    for (at, guest) in guests.enumerate() {
        let allocated = guest.allocated_resources_status.as_ref();
        if allocated.is_some_and(|allocated| !allocated.is_empty()) {
            let field = format!("status.ephemeralContainerStatuses[{at}].allocatedResourcesStatus");
            let detail = "must not be specified in container status";
            errors.push(FieldError::forbidden(field, detail));
        }
    }
}

/// What the container asks for, as far as there is such a container.
fn validate_name(
    resource: &ResourceStatus,
    container: Option<&Container>,
    path: &str,
    errors: &mut FieldErrors,
) {
    let Some(container) = container else {
        return;
    };
    let resources = container.resources.clone().unwrap_or_default();
    let name = resource.name.as_str();
    let (asked, detail) = match name.strip_prefix("claim:") {
        Some(claim) => (
            resources.claims.iter().flatten().any(|asked| {
                match asked
                    .request
                    .as_deref()
                    .filter(|request| !request.is_empty())
                {
                    Some(request) => claim == format!("{}/{request}", asked.name),
                    None => claim == asked.name,
                }
            }),
            "must match one of the container's resource claims in a format 'claim:<claimName>/<request>' or 'claim:<claimName>' if request is empty",
        ),
        None => (
            resources
                .requests
                .iter()
                .flatten()
                .any(|(asked, _)| asked == name),
            "must match one of the container's resource requests",
        ),
    };
    if !asked {
        errors.push(FieldError::invalid(format!("{path}.name"), name, detail));
    }
}

fn validate_devices(resource: &ResourceStatus, path: &str, errors: &mut FieldErrors) {
    let mut seen = BTreeSet::new();
    for (at, device) in resource.resources.iter().flatten().enumerate() {
        let path = format!("{path}.resources[{at}]");
        let health = device.health.as_deref().unwrap_or_default();
        if !HEALTH.contains(&health) {
            let field = format!("{path}.health");
            errors.push(FieldError::not_supported(field, health, &HEALTH));
        }
        let id = device.resource_id.as_str();
        if !seen.insert(id) {
            errors.push(FieldError::duplicate(format!("{path}.resourceID"), id));
        }
    }
}
