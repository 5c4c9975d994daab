//! `SetDefaults_Service`.

use k8s_openapi::api::core::v1::{
    ClientIPConfig, Service, ServicePort, ServiceSpec, SessionAffinityConfig,
};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::traffic::is_reached_from_outside;
use crate::pod_template::defaults::set;

/// A client keeps its pod for three hours.
const AFFINITY_SECS: i32 = 10_800;

pub(super) fn default_fields(service: &mut Service) {
    let spec = service.spec.get_or_insert_default();
    set(&mut spec.type_, "ClusterIP");
    default_affinity(spec);
    spec.ports.iter_mut().flatten().for_each(default_port);
    if is_reached_from_outside(spec) {
        set(&mut spec.external_traffic_policy, "Cluster");
    }
    match spec.type_.as_deref() {
        Some("ExternalName") => {}
        _ => set(&mut spec.internal_traffic_policy, "Cluster"),
    }
    let balanced = spec.type_.as_deref() == Some("LoadBalancer");
    if balanced {
        spec.allocate_load_balancer_node_ports.get_or_insert(true);
    }
    let status = service.status.get_or_insert_default();
    let balancer = status.load_balancer.get_or_insert_default();
    for ingress in balancer.ingress.iter_mut().flatten().filter(|_| balanced) {
        if ingress.ip.as_deref().is_some_and(|ip| !ip.is_empty()) {
            set(&mut ingress.ip_mode, "VIP");
        }
    }
}

fn default_affinity(spec: &mut ServiceSpec) {
    set(&mut spec.session_affinity, "None");
    let config = &mut spec.session_affinity_config;
    match spec.session_affinity.as_deref() {
        Some("None") => *config = None,
        Some("ClientIP") => {
            let said = config.as_ref().and_then(|config| config.client_ip.as_ref());
            let secs = said.and_then(|client| client.timeout_seconds);
            *config = Some(SessionAffinityConfig {
                client_ip: Some(ClientIPConfig {
                    timeout_seconds: Some(secs.unwrap_or(AFFINITY_SECS)),
                }),
            });
        }
        _ => {}
    }
}

fn default_port(port: &mut ServicePort) {
    set(&mut port.protocol, "TCP");
    let unsaid = match &port.target_port {
        None => true,
        Some(IntOrString::Int(number)) => *number == 0,
        Some(IntOrString::String(name)) => name.is_empty(),
    };
    if unsaid {
        port.target_port = Some(IntOrString::Int(port.port));
    }
}
