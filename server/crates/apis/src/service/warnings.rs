//! `GetWarningsForService`.

use k8s_openapi::api::core::v1::{Service, ServiceSpec};

use super::addresses::is_headless;
use crate::ip::{address_warning, cidr_warning};

const TOPOLOGY_HINTS: &str = "service.kubernetes.io/topology-aware-hints";
const TOPOLOGY_MODE: &str = "service.kubernetes.io/topology-mode";

/// Of what has no effect, will have none, or is written otherwise than usual. An update is told only what
/// a new one would be.
pub(super) fn warnings(service: &Service, _old: Option<&Service>) -> Vec<String> {
    let mut warnings = Vec::new();
    let annotations = service.metadata.annotations.as_ref();
    if annotations.is_some_and(|annotations| annotations.contains_key(TOPOLOGY_HINTS)) {
        warnings.push(format!(
            "annotation {TOPOLOGY_HINTS} is deprecated, please use {TOPOLOGY_MODE} instead"
        ));
    }
    if let Some(spec) = &service.spec {
        of_spec(spec, &mut warnings);
    }
    warnings
}

/// Of where balancers take traffic in.
pub(super) fn of_status(service: &Service) -> Vec<String> {
    let status = service.status.as_ref();
    let balancer = status.and_then(|status| status.load_balancer.as_ref());
    let ingress = balancer.and_then(|balancer| balancer.ingress.as_deref());
    let ingress = ingress.unwrap_or_default().iter().enumerate();
    let written = ingress.filter_map(|(at, ingress)| {
        let path = format!("status.loadBalancer.ingress[{at}]");
        address_warning(ingress.ip.as_deref()?, &path)
    });
    written.collect()
}

fn of_spec(spec: &ServiceSpec, warnings: &mut Vec<String>) {
    let type_ = spec.type_.as_deref().unwrap_or_default();
    let named = type_ == "ExternalName";
    let headless = type_ == "ClusterIP" && is_headless(spec);
    let given = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
    let outside = spec.external_ips.as_deref().unwrap_or_default();
    if !named {
        let own = spec.cluster_ips.as_deref().unwrap_or_default();
        addresses(own, "spec.clusterIPs", warnings);
    }
    let ignored = [
        (given(&spec.load_balancer_ip), "spec.loadBalancerIP"),
        (!outside.is_empty(), "spec.externalIPs"),
        (
            spec.session_affinity.as_deref() != Some("None"),
            "spec.SessionAffinity",
        ),
    ];
    let ignored = ignored
        .into_iter()
        .filter(|(is_said, _)| headless && *is_said);
    warnings.extend(ignored.map(|(_, field)| format!("{field} is ignored for headless services")));
    addresses(outside, "spec.externalIPs", warnings);
    if !outside.is_empty() && !headless && !named {
        let text =
            "spec.externalIPs is deprecated and may no longer be implemented in some clusters";
        warnings.push(text.to_owned());
    }
    let balancer = spec.load_balancer_ip.as_deref().unwrap_or_default();
    warnings.extend(address_warning(balancer, "spec.loadBalancerIP"));
    let ranges = spec
        .load_balancer_source_ranges
        .as_deref()
        .unwrap_or_default();
    let path = "spec.loadBalancerSourceRanges";
    let written = ranges.iter().enumerate();
    warnings
        .extend(written.filter_map(|(at, range)| cidr_warning(range, &format!("{path}[{at}]"))));
    if named && !outside.is_empty() {
        warnings.push("spec.externalIPs is ignored when spec.type is \"ExternalName\"".to_owned());
    }
    if !named && given(&spec.external_name) {
        let text = "spec.externalName is ignored when spec.type is not \"ExternalName\"";
        warnings.push(text.to_owned());
    }
    if spec.traffic_distribution.as_deref() == Some("PreferClose") {
        let text =
            "spec.trafficDistribution: \"PreferClose\" is deprecated; use \"PreferSameZone\"";
        warnings.push(text.to_owned());
    }
}

fn addresses(list: &[String], path: &str, warnings: &mut Vec<String>) {
    let written = list.iter().enumerate();
    warnings.extend(written.filter_map(|(at, ip)| address_warning(ip, &format!("{path}[{at}]"))));
}
