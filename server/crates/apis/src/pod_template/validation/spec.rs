//! The specification as a whole.

use k8s_openapi::api::core::v1::{PodSpec, PodTemplateSpec};
use serde_json::json;

use super::affinity::validate_affinity;
use super::container::{validate_containers, validate_init_containers};
use super::ephemeral::validate_ephemeral_containers;
use super::scheduling::{validate_spread, validate_tolerations};
use super::volumes::validate_volumes;
use crate::meta::{
    dns_label_errors, dns_subdomain_errors, qualified_name_errors, validate_annotations,
    validate_labels,
};
use crate::{ErrorType, FieldError, FieldErrors};

const RESTART_POLICIES: [&str; 3] = ["Always", "OnFailure", "Never"];
const DNS_POLICIES: [&str; 4] = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];
const PREEMPTION_POLICIES: [&str; 2] = ["PreemptLowerPriority", "Never"];

/// Errors of a template at `path`.
pub fn validate_pod_template(template: &PodTemplateSpec, path: &str) -> FieldErrors {
    let meta = template.metadata.clone().unwrap_or_default();
    let mut errors = validate_labels(meta.labels.as_ref(), &format!("{path}.metadata.labels"));
    let annotations = format!("{path}.metadata.annotations");
    errors.extend(validate_annotations(
        meta.annotations.as_ref(),
        &annotations,
    ));
    let spec = template.spec.clone().unwrap_or_default();
    errors.extend(validate_pod_spec(&spec, &format!("{path}.spec")));
    if spec
        .ephemeral_containers
        .is_some_and(|containers| !containers.is_empty())
    {
        let detail = "ephemeral containers not allowed in pod template";
        errors.push(FieldError::forbidden(
            format!("{path}.spec.ephemeralContainers"),
            detail,
        ));
    }
    errors
}

/// Errors of a specification at `path`.
pub fn validate_pod_spec(spec: &PodSpec, path: &str) -> FieldErrors {
    let volumes = spec.volumes.as_deref().unwrap_or_default();
    let mut errors = validate_volumes(volumes, &format!("{path}.volumes"));
    validate_containers(spec, path, &mut errors);
    validate_init_containers(spec, path, &mut errors);
    validate_ephemeral_containers(spec, path, &mut errors);
    validate_policies(spec, path, &mut errors);
    let selector = format!("{path}.nodeSelector");
    errors.extend(validate_labels(spec.node_selector.as_ref(), &selector));
    for (at, secret) in spec.image_pull_secrets.iter().flatten().enumerate() {
        if secret.name.is_empty() {
            errors.push(FieldError::required(
                format!("{path}.imagePullSecrets[{at}].name"),
                "",
            ));
        }
    }
    validate_affinity(
        spec.affinity.as_ref(),
        &format!("{path}.affinity"),
        &mut errors,
    );
    validate_gates(spec, path, &mut errors);
    validate_spread(spec, path, &mut errors);
    validate_names(spec, path, &mut errors);
    if let Some(secs) = spec
        .active_deadline_seconds
        .filter(|secs| !(1..=i64::from(i32::MAX)).contains(secs))
    {
        let detail = "must be between 1 and 2147483647, inclusive";
        errors.push(FieldError::invalid(
            format!("{path}.activeDeadlineSeconds"),
            secs,
            detail,
        ));
    }
    let tolerations = spec.tolerations.as_deref().unwrap_or_default();
    errors.extend(validate_tolerations(
        tolerations,
        &format!("{path}.tolerations"),
    ));
    errors
}

fn validate_policies(spec: &PodSpec, path: &str, errors: &mut FieldErrors) {
    let rows = [
        (
            "restartPolicy",
            &spec.restart_policy,
            RESTART_POLICIES.as_slice(),
            true,
        ),
        ("dnsPolicy", &spec.dns_policy, DNS_POLICIES.as_slice(), true),
        (
            "preemptionPolicy",
            &spec.preemption_policy,
            PREEMPTION_POLICIES.as_slice(),
            false,
        ),
    ];
    for (field, value, supported, required) in rows {
        match value.as_deref().unwrap_or_default() {
            "" if required => errors.push(FieldError::required(format!("{path}.{field}"), "")),
            "" => {}
            value if supported.contains(&value) => {}
            value => errors.push(FieldError::not_supported(
                format!("{path}.{field}"),
                value,
                supported,
            )),
        }
    }
}

fn validate_gates(spec: &PodSpec, path: &str, errors: &mut FieldErrors) {
    for (at, gate) in spec.readiness_gates.iter().flatten().enumerate() {
        for wrong in qualified_name_errors(&gate.condition_type) {
            let field = format!("{path}.readinessGates[{at}].conditionType");
            errors.push(FieldError::invalid(
                field,
                gate.condition_type.as_str(),
                wrong,
            ));
        }
    }
    let gates = spec.scheduling_gates.as_deref().unwrap_or_default();
    for (at, gate) in gates.iter().enumerate() {
        let field = format!("{path}.schedulingGates[{at}]");
        for wrong in qualified_name_errors(&gate.name) {
            errors.push(FieldError::invalid(
                field.as_str(),
                gate.name.as_str(),
                wrong,
            ));
        }
        if gates[..at].contains(gate) {
            errors.push(FieldError::new(
                ErrorType::Duplicate,
                field,
                json!(gate.name),
                "",
            ));
        }
    }
}

fn validate_names(spec: &PodSpec, path: &str, errors: &mut FieldErrors) {
    type Rule = fn(&str) -> Vec<String>;
    let rows: [(&str, &Option<String>, Rule); 7] = [
        (
            "serviceAccountName",
            &spec.service_account_name,
            dns_subdomain_errors,
        ),
        ("nodeName", &spec.node_name, dns_subdomain_errors),
        ("hostname", &spec.hostname, dns_label_errors),
        ("subdomain", &spec.subdomain, dns_label_errors),
        (
            "priorityClassName",
            &spec.priority_class_name,
            dns_subdomain_errors,
        ),
        (
            "runtimeClassName",
            &spec.runtime_class_name,
            dns_subdomain_errors,
        ),
        ("schedulerName", &spec.scheduler_name, dns_subdomain_errors),
    ];
    for (field, value, rule) in rows {
        let value = value.as_deref().unwrap_or_default();
        for wrong in rule(value) {
            if !value.is_empty() {
                errors.push(FieldError::invalid(format!("{path}.{field}"), value, wrong));
            }
        }
    }
}
