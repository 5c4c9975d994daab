//! Which traffic a service takes, and where it may go.

use k8s_openapi::api::core::v1::{ServiceSpec, SessionAffinityConfig};

use crate::meta::port_number_errors;
use crate::{FieldError, FieldErrors};

const AFFINITIES: [&str; 2] = ["ClientIP", "None"];
const POLICIES: [&str; 2] = ["Cluster", "Local"];
const DISTRIBUTIONS: [&str; 3] = ["PreferClose", "PreferSameZone", "PreferSameNode"];
/// A day.
const AFFINITY_SECS_MAX: i32 = 86_400;

/// Upstream's `ExternallyAccessible`.
pub(super) fn is_reached_from_outside(spec: &ServiceSpec) -> bool {
    let given = spec
        .external_ips
        .as_ref()
        .is_some_and(|ips| !ips.is_empty());
    match spec.type_.as_deref() {
        Some("LoadBalancer" | "NodePort") => true,
        Some("ClusterIP") => given,
        _ => false,
    }
}

/// Whether a balancer must ask each node if a pod is there.
pub(super) fn needs_health_check(spec: &ServiceSpec) -> bool {
    spec.type_.as_deref() == Some("LoadBalancer")
        && spec.external_traffic_policy.as_deref() == Some("Local")
}

pub(super) fn validate_affinity(spec: &ServiceSpec, errors: &mut FieldErrors) {
    let path = "spec.sessionAffinityConfig";
    match spec.session_affinity.as_deref().unwrap_or_default() {
        "ClientIP" => validate_client_ip(spec.session_affinity_config.as_ref(), path, errors),
        "None" if spec.session_affinity_config.is_some() => {
            let detail = "must not be set when session affinity is None";
            errors.push(FieldError::forbidden(path, detail));
        }
        "None" => {}
        "" => errors.push(FieldError::required("spec.sessionAffinity", "")),
        other => {
            let error = FieldError::not_supported("spec.sessionAffinity", other, &AFFINITIES);
            errors.push(error);
        }
    }
}

fn validate_client_ip(
    config: Option<&SessionAffinityConfig>,
    path: &str,
    errors: &mut FieldErrors,
) {
    let client = config.and_then(|config| config.client_ip.as_ref());
    let secs = client.and_then(|client| client.timeout_seconds);
    if let Some(secs) = secs.filter(|secs| !(1..=AFFINITY_SECS_MAX).contains(secs)) {
        let detail = format!("must be greater than 0 and less than {AFFINITY_SECS_MAX}");
        let path = format!("{path}.clientIP.timeoutSeconds");
        errors.push(FieldError::invalid(path, secs, detail));
    }
}

pub(super) fn validate_external_policy(spec: &ServiceSpec, errors: &mut FieldErrors) {
    let path = "spec.externalTrafficPolicy";
    let policy = spec.external_traffic_policy.as_deref().unwrap_or_default();
    match (is_reached_from_outside(spec), policy) {
        (false, "") => {}
        (false, policy) => {
            let detail = "may only be set for externally-accessible services";
            errors.push(FieldError::invalid(path, policy, detail));
        }
        (true, "") => errors.push(FieldError::required(path, "")),
        (true, policy) if POLICIES.contains(&policy) => {}
        (true, policy) => errors.push(FieldError::not_supported(path, policy, &POLICIES)),
    }
}

/// One that is missing upstream would have allocated.
pub(super) fn validate_health_port(spec: &ServiceSpec, errors: &mut FieldErrors) {
    let path = "spec.healthCheckNodePort";
    let Some(port) = spec.health_check_node_port.filter(|port| *port != 0) else {
        return;
    };
    if needs_health_check(spec) {
        let wrong = port_number_errors(port).into_iter();
        errors.extend(wrong.map(|wrong| FieldError::invalid(path, port, wrong)));
    } else {
        let detail =
            "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
        errors.push(FieldError::invalid(path, port, detail));
    }
}

pub(super) fn validate_health_port_update(
    new: &ServiceSpec,
    old: &ServiceSpec,
    errors: &mut FieldErrors,
) {
    let both = needs_health_check(new) && needs_health_check(old);
    if both && new.health_check_node_port != old.health_check_node_port {
        let detail = "field is immutable";
        errors.push(FieldError::forbidden("spec.healthCheckNodePort", detail));
    }
}

pub(super) fn validate_internal_policy(spec: &ServiceSpec, errors: &mut FieldErrors) {
    let path = "spec.internalTrafficPolicy";
    let policy = spec.internal_traffic_policy.as_deref();
    if let Some(policy) = policy.filter(|policy| !POLICIES.contains(policy)) {
        errors.push(FieldError::not_supported(path, policy, &POLICIES));
    }
    let preferred = spec.traffic_distribution.as_deref();
    if let Some(preferred) = preferred.filter(|preferred| !DISTRIBUTIONS.contains(preferred)) {
        let path = "spec.trafficDistribution";
        errors.push(FieldError::not_supported(path, preferred, &DISTRIBUTIONS));
    }
}
