//! Ephemeral containers: no part of the workload, so that much of a container is forbidden to them.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{EphemeralContainer, ResourceRequirements};

use super::container::{Around, unique_name, validate_common};
use crate::pod::as_container;
use crate::{ErrorType, FieldError, FieldErrors};

const FORBIDDEN: &str = "cannot be set for an Ephemeral Container";

/// Upstream's `validateEphemeralContainers`.
pub(super) fn validate_ephemeral_containers(
    around: &Around<'_>,
    path: &str,
    errors: &mut FieldErrors,
) {
    let spec = around.spec;
    let init = spec.init_containers.iter().flatten();
    let others: BTreeSet<&str> = init
        .chain(&spec.containers)
        .map(|container| container.name.as_str())
        .collect();
    let mut names = others.clone();
    for (at, ephemeral) in spec.ephemeral_containers.iter().flatten().enumerate() {
        let path = format!("{path}.ephemeralContainers[{at}]");
        validate_common(&as_container(ephemeral), around, &path, errors);
        validate_image(ephemeral, &path, errors);
        unique_name(&ephemeral.name, &mut names, &path, errors);
        let target = ephemeral
            .target_container_name
            .as_deref()
            .unwrap_or_default();
        if !target.is_empty() && !others.contains(target) {
            let field = format!("{path}.targetContainerName");
            errors.push(FieldError::new(ErrorType::NotFound, field, target, ""));
        }
        forbid_fields(ephemeral, &path, errors);
        forbid_sub_paths(ephemeral, &path, errors);
    }
}

fn validate_image(ephemeral: &EphemeralContainer, path: &str, errors: &mut FieldErrors) {
    let image = ephemeral.image.as_deref().unwrap_or_default();
    if image.trim() != image {
        let detail = "must not have leading or trailing whitespace";
        errors.push(FieldError::invalid(format!("{path}.image"), image, detail));
    }
}

/// In the order of the fields of upstream's type.
fn forbid_fields(ephemeral: &EphemeralContainer, path: &str, errors: &mut FieldErrors) {
    let given = |list: Option<usize>| list.is_some_and(|len| len > 0);
    let resources = ephemeral.resources.as_ref();
    let rows = [
        ("ports", given(ephemeral.ports.as_ref().map(Vec::len))),
        (
            "resources",
            resources.is_some_and(|resources| *resources != ResourceRequirements::default()),
        ),
        (
            "resizePolicy",
            given(ephemeral.resize_policy.as_ref().map(Vec::len)),
        ),
        ("restartPolicy", ephemeral.restart_policy.is_some()),
        (
            "restartPolicyRules",
            given(ephemeral.restart_policy_rules.as_ref().map(Vec::len)),
        ),
        ("livenessProbe", ephemeral.liveness_probe.is_some()),
        ("readinessProbe", ephemeral.readiness_probe.is_some()),
        ("startupProbe", ephemeral.startup_probe.is_some()),
        ("lifecycle", ephemeral.lifecycle.is_some()),
    ];
    for (field, given) in rows {
        if given {
            errors.push(FieldError::forbidden(format!("{path}.{field}"), FORBIDDEN));
        }
    }
}

/// They would leak, for they are not cleaned up before the pod ends.
fn forbid_sub_paths(ephemeral: &EphemeralContainer, path: &str, errors: &mut FieldErrors) {
    for (at, mount) in ephemeral.volume_mounts.iter().flatten().enumerate() {
        let rows = [
            ("subPath", &mount.sub_path),
            ("subPathExpr", &mount.sub_path_expr),
        ];
        for (field, value) in rows {
            if value.as_deref().is_some_and(|value| !value.is_empty()) {
                let field = format!("{path}.volumeMounts[{at}].{field}");
                errors.push(FieldError::forbidden(field, FORBIDDEN));
            }
        }
    }
}
