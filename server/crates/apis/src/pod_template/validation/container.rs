//! Containers and init containers.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::{Container, PodSpec, Volume};

use super::env::{validate_env, validate_env_from};
use super::mounts::{validate_devices, validate_mounts};
use super::ports::{validate_host_ports, validate_ports};
use super::probe::{validate_lifecycle, validate_probes};
use super::resize_policy::{forbid_restart_by_resize, validate_resize_policy};
use super::resources::validate_resources;
use super::restart_rules::validate_restart;
use super::security::validate_security;
use crate::meta::dns_label_errors;
use crate::pod_status::is_restartable_init;
use crate::{FieldError, FieldErrors};

const PULL_POLICIES: [&str; 3] = ["Always", "IfNotPresent", "Never"];
const MESSAGE_POLICIES: [&str; 2] = ["File", "FallbackToLogsOnError"];

/// What containers are checked against: their pod, and those of its volumes that are well-formed.
pub(super) struct Around<'a> {
    pub spec: &'a PodSpec,
    pub volumes: BTreeMap<&'a str, &'a Volume>,
    /// Names of the pod's resource claims.
    pub claims: BTreeSet<&'a str>,
}

impl Around<'_> {
    fn grace_secs(&self) -> Option<i64> {
        self.spec.termination_grace_period_seconds
    }
}

pub(super) fn validate_containers(around: &Around<'_>, path: &str, errors: &mut FieldErrors) {
    let path = format!("{path}.containers");
    let containers = &around.spec.containers;
    if containers.is_empty() {
        errors.push(FieldError::required(path, ""));
        return;
    }
    let mut names = BTreeSet::new();
    for (at, container) in containers.iter().enumerate() {
        let path = format!("{path}[{at}]");
        validate_common(container, around, &path, errors);
        unique_name(&container.name, &mut names, &path, errors);
        let lifecycle = container.lifecycle.as_ref();
        validate_lifecycle(lifecycle, around.grace_secs(), &path, errors);
        validate_probes(container, &path, errors);
        validate_restart(container, &path, errors);
    }
    validate_host_ports(containers, &path, errors);
}

pub(super) fn validate_init_containers(around: &Around<'_>, path: &str, errors: &mut FieldErrors) {
    let list = format!("{path}.initContainers");
    // names are unique over both lists
    let regular = around.spec.containers.iter();
    let mut names: BTreeSet<&str> = regular.map(|container| container.name.as_str()).collect();
    for (at, container) in around.spec.init_containers.iter().flatten().enumerate() {
        let path = format!("{list}[{at}]");
        validate_common(container, around, &path, errors);
        validate_restart(container, &path, errors);
        unique_name(&container.name, &mut names, &path, errors);
        // they run one by one: upstream looks at each as at a list of its own
        validate_host_ports(std::slice::from_ref(container), &list, errors);
        if is_restartable_init(container) {
            let lifecycle = container.lifecycle.as_ref();
            validate_lifecycle(lifecycle, around.grace_secs(), &path, errors);
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
        errors.push(FieldError::duplicate(format!("{path}.name"), name));
    }
}

pub(super) fn validate_common(
    container: &Container,
    around: &Around<'_>,
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
    validate_mounts(container, around, &format!("{path}.volumeMounts"), errors);
    validate_devices(container, around, &format!("{path}.volumeDevices"), errors);
    let pull_policy = container.image_pull_policy.as_deref();
    supported("imagePullPolicy", pull_policy, &PULL_POLICIES, path, errors);
    if let Some(resources) = container.resources.as_ref() {
        let claims = &around.claims;
        validate_resources(resources, claims, &format!("{path}.resources"), errors);
    }
    validate_resize_policy(
        container.resize_policy.as_deref().unwrap_or_default(),
        around.spec.restart_policy.as_deref(),
        &format!("{path}.resizePolicy"),
        errors,
    );
    if let Some(context) = container.security_context.as_ref() {
        let path = format!("{path}.securityContext");
        validate_security(
            context,
            around.spec.host_users != Some(false),
            &path,
            errors,
        );
    }
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
