//! Containers and init containers.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{Container, PodSpec, VolumeMount};
use serde_json::json;

use super::env::{validate_env, validate_env_from};
use super::ports::{validate_host_ports, validate_ports};
use super::probe::{validate_lifecycle, validate_probes};
use super::resize_policy::{forbid_restart_by_resize, validate_resize_policy};
use super::resources::validate_resources;
use super::restart_rules::validate_restart;
use super::volumes::validate_descending_path;
use crate::meta::dns_label_errors;
use crate::pod_status::is_restartable_init;
use crate::{ErrorType, FieldError, FieldErrors};

const PULL_POLICIES: [&str; 3] = ["Always", "IfNotPresent", "Never"];
const MESSAGE_POLICIES: [&str; 2] = ["FallbackToLogsOnError", "File"];

pub(super) fn validate_containers(spec: &PodSpec, path: &str, errors: &mut FieldErrors) {
    let path = format!("{path}.containers");
    if spec.containers.is_empty() {
        errors.push(FieldError::required(path, ""));
        return;
    }
    let mut names = BTreeSet::new();
    for (at, container) in spec.containers.iter().enumerate() {
        let path = format!("{path}[{at}]");
        validate_common(container, spec, &path, errors);
        unique_name(&container.name, &mut names, &path, errors);
        validate_lifecycle(container.lifecycle.as_ref(), &path, errors);
        validate_probes(container, &path, errors);
        validate_restart(container, &path, errors);
    }
    validate_host_ports(
        &spec.containers,
        &path,
        spec.host_network == Some(true),
        errors,
    );
}

pub(super) fn validate_init_containers(spec: &PodSpec, path: &str, errors: &mut FieldErrors) {
    // names are unique over both lists
    let mut names: BTreeSet<&str> = spec
        .containers
        .iter()
        .map(|container| container.name.as_str())
        .collect();
    for (at, container) in spec.init_containers.iter().flatten().enumerate() {
        let path = format!("{path}.initContainers[{at}]");
        validate_common(container, spec, &path, errors);
        unique_name(&container.name, &mut names, &path, errors);
        validate_restart(container, &path, errors);
        if is_restartable_init(container) {
            validate_lifecycle(container.lifecycle.as_ref(), &path, errors);
            validate_probes(container, &path, errors);
        } else {
            forbid_on_plain_init(container, &path, errors);
            forbid_restart_by_resize(container, &path, errors);
        }
    }
}

/// An init container that ends before the others start can be neither probed nor hooked.
fn forbid_on_plain_init(container: &Container, path: &str, errors: &mut FieldErrors) {
    let rows = [
        ("lifecycle", container.lifecycle.is_some()),
        ("livenessProbe", container.liveness_probe.is_some()),
        ("readinessProbe", container.readiness_probe.is_some()),
        ("startupProbe", container.startup_probe.is_some()),
    ];
    for (field, given) in rows {
        if given {
            let detail = "may not be set for init containers without restartPolicy=Always";
            errors.push(FieldError::forbidden(format!("{path}.{field}"), detail));
        }
    }
}

pub(super) fn unique_name<'a>(
    name: &'a str,
    names: &mut BTreeSet<&'a str>,
    path: &str,
    errors: &mut FieldErrors,
) {
    if !name.is_empty() && !names.insert(name) {
        errors.push(FieldError::new(
            ErrorType::Duplicate,
            format!("{path}.name"),
            name,
            "",
        ));
    }
}

pub(super) fn validate_common(
    container: &Container,
    spec: &PodSpec,
    path: &str,
    errors: &mut FieldErrors,
) {
    match container.name.as_str() {
        "" => errors.push(FieldError::required(format!("{path}.name"), "")),
        name => {
            for wrong in dns_label_errors(name) {
                errors.push(FieldError::invalid(format!("{path}.name"), name, wrong));
            }
        }
    }
    if container.image.as_deref().is_none_or(str::is_empty) {
        errors.push(FieldError::required(format!("{path}.image"), ""));
    }
    let message_policy = container.termination_message_policy.as_deref();
    supported(
        "terminationMessagePolicy",
        message_policy,
        &MESSAGE_POLICIES,
        path,
        errors,
    );
    validate_ports(
        container.ports.as_deref().unwrap_or_default(),
        &format!("{path}.ports"),
        errors,
    );
    validate_env(
        container.env.as_deref().unwrap_or_default(),
        &format!("{path}.env"),
        errors,
    );
    let env_from = container.env_from.as_deref().unwrap_or_default();
    validate_env_from(env_from, &format!("{path}.envFrom"), errors);
    let mounts = container.volume_mounts.as_deref().unwrap_or_default();
    validate_mounts(mounts, spec, &format!("{path}.volumeMounts"), errors);
    let pull_policy = container.image_pull_policy.as_deref();
    supported("imagePullPolicy", pull_policy, &PULL_POLICIES, path, errors);
    if let Some(resources) = container.resources.as_ref() {
        validate_resources(resources, &format!("{path}.resources"), errors);
    }
    validate_resize_policy(
        container.resize_policy.as_deref().unwrap_or_default(),
        spec.restart_policy.as_deref(),
        &format!("{path}.resizePolicy"),
        errors,
    );
}

fn supported(
    field: &str,
    value: Option<&str>,
    values: &[&str],
    path: &str,
    errors: &mut FieldErrors,
) {
    match value.unwrap_or_default() {
        "" => errors.push(FieldError::required(format!("{path}.{field}"), "")),
        value if values.contains(&value) => {}
        value => errors.push(FieldError::not_supported(
            format!("{path}.{field}"),
            value,
            values,
        )),
    }
}

fn validate_mounts(mounts: &[VolumeMount], spec: &PodSpec, path: &str, errors: &mut FieldErrors) {
    let known = |name: &str| {
        spec.volumes
            .iter()
            .flatten()
            .any(|volume| volume.name == name)
    };
    let mut points = BTreeSet::new();
    for (at, mount) in mounts.iter().enumerate() {
        let path = format!("{path}[{at}]");
        if mount.name.is_empty() {
            errors.push(FieldError::required(format!("{path}.name"), ""));
        }
        if !known(&mount.name) {
            errors.push(FieldError::new(
                ErrorType::NotFound,
                format!("{path}.name"),
                json!(mount.name),
                "",
            ));
        }
        if mount.mount_path.is_empty() {
            errors.push(FieldError::required(format!("{path}.mountPath"), ""));
        }
        if !points.insert(mount.mount_path.as_str()) {
            let field = format!("{path}.mountPath");
            errors.push(FieldError::invalid(
                field,
                mount.mount_path.as_str(),
                "must be unique",
            ));
        }
        validate_sub_path(mount, &path, errors);
    }
}

fn validate_sub_path(mount: &VolumeMount, path: &str, errors: &mut FieldErrors) {
    let sub_path = mount.sub_path.as_deref().unwrap_or_default();
    let expression = mount.sub_path_expr.as_deref().unwrap_or_default();
    validate_descending_path(sub_path, &format!("{path}.subPath"), errors);
    let field = format!("{path}.subPathExpr");
    if !expression.is_empty() && !sub_path.is_empty() {
        errors.push(FieldError::invalid(
            field.as_str(),
            expression,
            "subPathExpr and subPath are mutually exclusive",
        ));
    }
    validate_descending_path(expression, &field, errors);
}
