//! How a container's resources are changed while it runs.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{Container, ContainerResizePolicy};

use crate::{FieldError, FieldErrors};

const RESOURCES: [&str; 2] = ["cpu", "memory"];
const NOT_REQUIRED: &str = "NotRequired";
const RESTART: &str = "RestartContainer";

pub(super) fn validate_resize_policy(
    policies: &[ContainerResizePolicy],
    pod_restart_policy: Option<&str>,
    path: &str,
    errors: &mut FieldErrors,
) {
    let mut named = BTreeSet::new();
    for (at, policy) in policies.iter().enumerate() {
        let (resource, restart) = (&*policy.resource_name, &*policy.restart_policy);
        if !named.insert(resource) {
            let field = format!("{path}[{at}]");
            errors.push(FieldError::duplicate(field, resource));
        }
        supported(resource, &RESOURCES, path, errors);
        supported(restart, &[NOT_REQUIRED, RESTART], path, errors);
        if pod_restart_policy == Some("Never") && restart != NOT_REQUIRED {
            let detail = "must be 'NotRequired' when pod `restartPolicy` is 'Never'";
            errors.push(FieldError::invalid(path, restart, detail));
        }
    }
}

fn supported(value: &str, values: &[&str], path: &str, errors: &mut FieldErrors) {
    match value {
        "" => errors.push(FieldError::required(path, "")),
        value if values.contains(&value) => {}
        value => errors.push(FieldError::not_supported(path, value, values)),
    }
}

/// An init container that ends before the others start has nothing to be restarted for.
pub(super) fn forbid_restart_by_resize(
    container: &Container,
    path: &str,
    errors: &mut FieldErrors,
) {
    for (at, policy) in container.resize_policy.iter().flatten().enumerate() {
        if policy.restart_policy == RESTART {
            errors.push(FieldError::invalid(
                format!("{path}.resizePolicy[{at}].restartPolicy"),
                RESTART,
                "must not be set to 'RestartContainer' for non-sidecar initContainers",
            ));
        }
    }
}
