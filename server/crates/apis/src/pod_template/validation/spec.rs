//! The specification as a whole.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{PodSpec, PodTemplateSpec};

use super::affinity::validate_affinity;
use super::claims::validate_claims;
use super::container::{Around, validate_containers, validate_init_containers};
use super::env::validate_file_volumes;
use super::ephemeral::validate_ephemeral_containers;
use super::ports::validate_host_network;
use super::resolving::{validate_aliases, validate_dns};
use super::resources::{validate_overhead, validate_pod_resources};
use super::scheduling::{validate_spread, validate_tolerations};
use super::security::{validate_host_users, validate_pod_security};
use super::volumes::validate_volumes;
use super::windows::{validate_host_process, validate_os};
use crate::meta::{
    dns_label_errors, dns_subdomain_errors, qualified_name_errors, validate_annotations,
    validate_labels,
};
use crate::pod_template::annotations;
use crate::pod_template::profiles::validate_profiles;
use crate::{FieldError, FieldErrors};

const RESTART_POLICIES: [&str; 3] = ["Always", "OnFailure", "Never"];
const DNS_POLICIES: [&str; 4] = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];
const PREEMPTION_POLICIES: [&str; 2] = ["PreemptLowerPriority", "Never"];

/// Errors of a template at `path`.
pub fn validate_pod_template(template: &PodTemplateSpec, path: &str) -> FieldErrors {
    let meta = template.metadata.clone().unwrap_or_default();
    // upstream's own paths: it leaves the metadata out
    let mut errors = validate_labels(meta.labels.as_ref(), &format!("{path}.labels"));
    let field = format!("{path}.annotations");
    errors.extend(validate_annotations(meta.annotations.as_ref(), &field));
    let spec = template.spec.clone().unwrap_or_default();
    annotations::validate(meta.annotations.as_ref(), &spec, &field, &mut errors);
    let of_spec = format!("{path}.spec");
    errors.extend(validate_pod_spec(&spec, &of_spec));
    validate_profiles(meta.annotations.as_ref(), &spec, &of_spec, &mut errors);
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
    let (mut errors, volumes) = validate_volumes(volumes, &format!("{path}.volumes"));
    let claims = validate_claims(spec, &format!("{path}.resourceClaims"), &mut errors);
    let around = Around {
        spec,
        volumes,
        claims,
    };
    validate_containers(&around, path, &mut errors);
    validate_init_containers(&around, path, &mut errors);
    validate_ephemeral_containers(&around, path, &mut errors);
    validate_pod_resources(spec, &format!("{path}.resources"), &mut errors);
    validate_host_network(spec, path, &mut errors);
    let restart = spec.restart_policy.as_deref().unwrap_or_default();
    word(
        restart,
        &RESTART_POLICIES,
        &format!("{path}.restartPolicy"),
        &mut errors,
    );
    let dns = spec.dns_policy.as_deref().unwrap_or_default();
    word(
        dns,
        &DNS_POLICIES,
        &format!("{path}.dnsPolicy"),
        &mut errors,
    );
    let selector = format!("{path}.nodeSelector");
    errors.extend(validate_labels(spec.node_selector.as_ref(), &selector));
    validate_pod_security(spec, &format!("{path}.securityContext"), &mut errors);
    validate_affinity(
        spec.affinity.as_ref(),
        &format!("{path}.affinity"),
        &mut errors,
    );
    validate_dns(spec, &format!("{path}.dnsConfig"), &mut errors);
    validate_gates(spec, path, &mut errors);
    validate_spread(spec, path, &mut errors);
    validate_host_process(spec, path, &mut errors);
    validate_host_users(spec, path, &mut errors);
    validate_file_volumes(spec, path, &mut errors);
    validate_names(spec, path, &mut errors);
    validate_hostname_override(spec, path, &mut errors);
    let tolerations = spec.tolerations.as_deref().unwrap_or_default();
    errors.extend(validate_tolerations(
        tolerations,
        &format!("{path}.tolerations"),
    ));
    validate_aliases(spec, &format!("{path}.hostAliases"), &mut errors);
    validate_classes(spec, path, &mut errors);
    if let Some(preemption) = spec.preemption_policy.as_deref() {
        let field = format!("{path}.preemptionPolicy");
        word(preemption, &PREEMPTION_POLICIES, &field, &mut errors);
    }
    validate_overhead(spec, &format!("{path}.overhead"), &mut errors);
    validate_os(spec, path, &mut errors);
    errors
}

/// One of a few words.
fn word(word: &str, supported: &[&str], path: &str, errors: &mut FieldErrors) {
    match word {
        "" => errors.push(FieldError::required(path, "")),
        word if supported.contains(&word) => {}
        word => errors.push(FieldError::not_supported(path, word, supported)),
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
    let mut seen = BTreeSet::new();
    for (at, gate) in gates.iter().enumerate() {
        let field = format!("{path}.schedulingGates[{at}]");
        for wrong in qualified_name_errors(&gate.name) {
            errors.push(FieldError::invalid(
                field.as_str(),
                gate.name.as_str(),
                wrong,
            ));
        }
        if !seen.insert(&gate.name) {
            errors.push(FieldError::duplicate(field, &gate.name));
        }
    }
}

type Rule = fn(&str) -> Vec<String>;

/// A name, if it is given.
fn name(value: Option<&str>, rule: Rule, path: &str, errors: &mut FieldErrors) {
    if let Some(value) = value.filter(|value| !value.is_empty()) {
        let wrong = rule(value).into_iter();
        errors.extend(wrong.map(|wrong| FieldError::invalid(path, value, wrong)));
    }
}

fn validate_names(spec: &PodSpec, path: &str, errors: &mut FieldErrors) {
    let rows: [(&str, &Option<String>, Rule); 4] = [
        (
            "serviceAccountName",
            &spec.service_account_name,
            dns_subdomain_errors,
        ),
        ("nodeName", &spec.node_name, dns_subdomain_errors),
        ("hostname", &spec.hostname, dns_label_errors),
        ("subdomain", &spec.subdomain, dns_label_errors),
    ];
    for (field, value, rule) in rows {
        if field == "hostname" {
            validate_deadline(spec, path, errors);
        }
        name(value.as_deref(), rule, &format!("{path}.{field}"), errors);
    }
}

/// A whole name in place of all that a pod's name is made of otherwise; the kernel keeps 64 letters of it.
fn validate_hostname_override(spec: &PodSpec, path: &str, errors: &mut FieldErrors) {
    const LENGTH_MAX: usize = 64;
    let Some(name) = spec.hostname_override.as_deref() else {
        return;
    };
    let field = format!("{path}.hostnameOverride");
    let wrong = dns_subdomain_errors(name).into_iter();
    errors.extend(wrong.map(|wrong| FieldError::invalid(field.as_str(), name, wrong)));
    if name.len() > LENGTH_MAX {
        errors.push(FieldError::too_long(field.as_str(), LENGTH_MAX));
    }
    let clashes = [
        ("hostNetwork", spec.host_network),
        ("setHostnameAsFQDN", spec.set_hostname_as_fqdn),
    ];
    for (other, _) in clashes.into_iter().filter(|(_, on)| *on == Some(true)) {
        let detail = format!("may not be specified when {other} is true");
        errors.push(FieldError::forbidden(field.as_str(), detail));
    }
}

fn validate_deadline(spec: &PodSpec, path: &str, errors: &mut FieldErrors) {
    let wrong = spec
        .active_deadline_seconds
        .filter(|secs| !(1..=i64::from(i32::MAX)).contains(secs));
    errors.extend(wrong.map(|secs| {
        let field = format!("{path}.activeDeadlineSeconds");
        FieldError::invalid(field, secs, "must be between 1 and 2147483647, inclusive")
    }));
}

fn validate_classes(spec: &PodSpec, path: &str, errors: &mut FieldErrors) {
    let rows = [
        ("priorityClassName", &spec.priority_class_name),
        ("runtimeClassName", &spec.runtime_class_name),
    ];
    for (field, value) in rows {
        let field = format!("{path}.{field}");
        name(value.as_deref(), dns_subdomain_errors, &field, errors);
    }
}
