//! `ValidateService` and what comes before it.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::{LoadBalancerIngress, Service, ServiceSpec};

use super::{addresses, ports, traffic};
use crate::ip::{cidr_error, new_address_error, sloppy, special_address_errors};
use crate::meta::{dns_subdomain_errors, validate_labels, validate_qualified_name};
use crate::{FieldError, FieldErrors};

const TYPES: [&str; 4] = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
const IP_MODES: [&str; 2] = ["Proxy", "VIP"];
const FOR_BALANCERS: &str = "may only be used when `type` is 'LoadBalancer'";
const HINTS: &str = "service.kubernetes.io/topology-aware-hints";
const MODE: &str = "service.kubernetes.io/topology-mode";
const SOURCES: &str = "service.beta.kubernetes.io/load-balancer-source-ranges";

type Annotations = BTreeMap<String, String>;

fn spec(service: &Service) -> ServiceSpec {
    service.spec.clone().unwrap_or_default()
}

fn is_balanced(spec: &ServiceSpec) -> bool {
    spec.type_.as_deref() == Some("LoadBalancer")
}

pub(super) fn validate_create(service: &Service) -> FieldErrors {
    let spec = spec(service);
    // upstream's allocation finds these before anybody looks at the rest
    let none = ServiceSpec::default();
    let refused = addresses::validate(&spec, &none);
    match refused.is_empty() {
        true => validate(&spec, &none, [service.metadata.annotations.as_ref(), None]),
        false => refused,
    }
}

pub(super) fn validate_update(new: &Service, old: &Service) -> FieldErrors {
    let annotations = [new, old].map(|service| service.metadata.annotations.as_ref());
    let (new, old) = (spec(new), spec(old));
    let refused = addresses::validate(&new, &old);
    if !refused.is_empty() {
        return refused;
    }
    let mut errors = addresses::validate_update(&new, &old);
    if is_balanced(&new) && is_balanced(&old) && new.load_balancer_class != old.load_balancer_class
    {
        let detail = "may not change once set";
        let class = &new.load_balancer_class;
        errors.push(FieldError::invalid("spec.loadBalancerClass", class, detail));
    }
    validate_class(&new, &mut errors);
    traffic::validate_health_port_update(&new, &old, &mut errors);
    errors.extend(validate(&new, &old, annotations));
    errors
}

/// Addresses and ranges that are in `old`, or in the annotations as they were, were taken before.
fn validate(
    spec: &ServiceSpec,
    old: &ServiceSpec,
    [annotations, before]: [Option<&Annotations>; 2],
) -> FieldErrors {
    let mut errors = FieldErrors::new();
    errors.extend(annotations.and_then(contradicted_mode));
    validate_type(spec, &mut errors);
    ports::validate(spec, &mut errors);
    errors.extend(validate_labels(spec.selector.as_ref(), "spec.selector"));
    traffic::validate_affinity(spec, &mut errors);
    let known = old.external_ips.iter().flatten();
    let known: BTreeSet<&str> = known.map(String::as_str).collect();
    for (at, address) in spec.external_ips.iter().flatten().enumerate() {
        let path = format!("spec.externalIPs[{at}]");
        match new_address_error(address, &known, &path) {
            Some(error) => errors.push(error),
            None => errors.extend(special_address_errors(address, &path)),
        }
    }
    let type_ = spec.type_.as_deref().unwrap_or_default();
    if !TYPES.contains(&type_) {
        errors.push(FieldError::not_supported("spec.type", type_, &TYPES));
    }
    ports::validate_taken(spec, &mut errors);
    let sources = [annotations, before].map(|annotations| annotations?.get(SOURCES));
    validate_sources(spec, old, sources, &mut errors);
    if spec.allocate_load_balancer_node_ports.is_some() && !is_balanced(spec) {
        let path = "spec.allocateLoadBalancerNodePorts";
        errors.push(FieldError::forbidden(path, FOR_BALANCERS));
    }
    validate_class(spec, &mut errors);
    traffic::validate_external_policy(spec, &mut errors);
    traffic::validate_health_port(spec, &mut errors);
    traffic::validate_internal_policy(spec, &mut errors);
    errors
}

fn validate_type(spec: &ServiceSpec, errors: &mut FieldErrors) {
    let type_ = spec.type_.as_deref().unwrap_or_default();
    let headless = addresses::is_headless(spec);
    let portless = spec.ports.as_ref().is_none_or(Vec::is_empty);
    if portless && !headless && type_ != "ExternalName" {
        errors.push(FieldError::required("spec.ports", ""));
    }
    match type_ {
        "LoadBalancer" | "NodePort" if headless => {
            let detail = format!("may not be set to 'None' for {type_} services");
            errors.push(FieldError::invalid("spec.clusterIPs[0]", "None", detail));
        }
        "ExternalName" => validate_external_name(spec, errors),
        _ => {}
    }
}

fn validate_external_name(spec: &ServiceSpec, errors: &mut FieldErrors) {
    let lists = [
        ("clusterIPs", spec.cluster_ips.as_ref()),
        ("ipFamilies", spec.ip_families.as_ref()),
    ];
    let said = lists
        .into_iter()
        .filter(|(_, list)| list.is_some_and(|list| !list.is_empty()));
    let policy = spec.ip_family_policy.as_ref().map(|_| "ipFamilyPolicy");
    for field in said.map(|(field, _)| field).chain(policy) {
        let detail = "may not be set for ExternalName services";
        errors.push(FieldError::forbidden(format!("spec.{field}"), detail));
    }
    let path = "spec.externalName";
    let name = spec.external_name.as_deref().unwrap_or_default();
    match name.strip_suffix('.').unwrap_or(name) {
        "" => errors.push(FieldError::required(path, "")),
        name => {
            let wrong = dns_subdomain_errors(name).into_iter();
            errors.extend(wrong.map(|wrong| FieldError::invalid(path, name, wrong)));
        }
    }
}

/// The older name of an annotation, and the newer, with another value.
fn contradicted_mode(annotations: &Annotations) -> Option<FieldError> {
    let (mode, hints) = (annotations.get(MODE)?, annotations.get(HINTS)?);
    let detail = format!("must match annotations[{HINTS}] when both are specified");
    let path = format!("metadata.annotations[{MODE}]");
    (mode != hints).then(|| FieldError::invalid(path, mode, detail))
}

/// The ranges that may come in, in their field or, without it, in the annotation that it once was.
fn validate_sources(
    spec: &ServiceSpec,
    old: &ServiceSpec,
    annotated: [Option<&String>; 2],
    errors: &mut FieldErrors,
) {
    // upstream's own spelling
    let path = "spec.LoadBalancerSourceRanges";
    let ranges = spec
        .load_balancer_source_ranges
        .as_deref()
        .unwrap_or_default();
    if ranges.is_empty() {
        validate_sources_annotation(spec, annotated, errors);
    } else if !is_balanced(spec) {
        errors.push(FieldError::forbidden(path, FOR_BALANCERS));
    }
    let known = old.load_balancer_source_ranges.iter().flatten();
    let known: BTreeSet<&str> = known.map(String::as_str).collect();
    for (at, range) in ranges.iter().enumerate() {
        let wrong = cidr_error(range.trim(), &format!("{path}[{at}]"));
        errors.extend(wrong.filter(|_| !known.contains(range.trim())));
    }
}

fn validate_sources_annotation(
    spec: &ServiceSpec,
    [now, before]: [Option<&String>; 2],
    errors: &mut FieldErrors,
) {
    let Some(ranges) = now else {
        return;
    };
    let path = format!("metadata.annotations[{SOURCES}]");
    if !is_balanced(spec) {
        errors.push(FieldError::forbidden(path.as_str(), FOR_BALANCERS));
    }
    let ranges = ranges.trim();
    if now != before && !ranges.is_empty() {
        let ranges = ranges.split(',').map(str::trim);
        errors.extend(ranges.filter_map(|range| cidr_error(range, &path)));
    }
}

fn validate_class(spec: &ServiceSpec, errors: &mut FieldErrors) {
    let path = "spec.loadBalancerClass";
    match &spec.load_balancer_class {
        Some(class) if is_balanced(spec) => errors.extend(validate_qualified_name(class, path)),
        Some(_) => errors.push(FieldError::forbidden(path, FOR_BALANCERS)),
        None => {}
    }
}

/// `ValidateLoadBalancerStatus`.
pub(super) fn validate_status(service: &Service, old: &Service) -> FieldErrors {
    let mut errors = FieldErrors::new();
    let ingress = ingress_of(service);
    let before = ingress_of(old);
    let known: BTreeSet<&str> = before.iter().filter_map(|old| old.ip.as_deref()).collect();
    let path = "status.loadBalancer.ingress";
    if !ingress.is_empty() && !is_balanced(&spec(service)) {
        let detail = "may only be used when `spec.type` is 'LoadBalancer'";
        return vec![FieldError::forbidden(path, detail)];
    }
    for (at, ingress) in ingress.iter().enumerate() {
        let path = format!("{path}[{at}]");
        let ip = ingress.ip.as_deref().filter(|ip| !ip.is_empty());
        let field = format!("{path}.ip");
        errors.extend(ip.and_then(|ip| new_address_error(ip, &known, &field)));
        validate_ip_mode(
            ip,
            ingress.ip_mode.as_deref(),
            &format!("{path}.ipMode"),
            &mut errors,
        );
        let host = ingress.hostname.as_deref().filter(|host| !host.is_empty());
        let Some(host) = host else {
            continue;
        };
        let path = format!("{path}.hostname");
        let wrong = dns_subdomain_errors(host).into_iter();
        errors.extend(wrong.map(|wrong| FieldError::invalid(path.as_str(), host, wrong)));
        if sloppy(host).is_some() {
            let detail = "must be a DNS name, not an IP address";
            errors.push(FieldError::invalid(path, host, detail));
        }
    }
    errors
}

/// Where balancers take traffic in.
fn ingress_of(service: &Service) -> Vec<LoadBalancerIngress> {
    let status = service.status.as_ref();
    let balancer = status.and_then(|status| status.load_balancer.as_ref());
    let ingress = balancer.and_then(|balancer| balancer.ingress.clone());
    ingress.unwrap_or_default()
}

fn validate_ip_mode(ip: Option<&str>, mode: Option<&str>, path: &str, errors: &mut FieldErrors) {
    match (ip, mode) {
        (Some(_), None) => {
            errors.push(FieldError::required(
                path,
                "must be specified when `ip` is set",
            ));
        }
        (None, Some(_)) => {
            let detail = "may not be specified when `ip` is not set";
            errors.push(FieldError::forbidden(path, detail));
        }
        (Some(_), Some(mode)) if !IP_MODES.contains(&mode) => {
            errors.push(FieldError::not_supported(path, mode, &IP_MODES));
        }
        _ => {}
    }
}
