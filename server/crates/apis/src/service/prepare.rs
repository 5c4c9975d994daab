//! What upstream infers of fields that hang together, before it validates them.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::{Service, ServiceSpec};

use super::ports::{needs_node_ports, node_port};
use super::traffic::needs_health_check;

/// The singular address of an older client is the plural's only one.
pub(super) fn prepare_create(service: &mut Service) {
    let spec = service.spec.get_or_insert_default();
    if is_unset(&spec.cluster_ips) {
        spec.cluster_ips = said(spec.cluster_ip.as_deref()).map(|ip| vec![ip.to_owned()]);
    }
}

/// `patchAllocatedValues`, `NormalizeClusterIPs` and `dropTypeDependentFields`.
pub(super) fn prepare_update(new: &mut Service, old: &Service) {
    let new = new.spec.get_or_insert_default();
    let old = old.spec.clone().unwrap_or_default();
    keep_allocated(new, &old);
    normalize(new, &old);
    drop_dependent(new, &old);
}

fn said(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}

fn is_unset(list: &Option<Vec<String>>) -> bool {
    list.as_ref().is_none_or(Vec::is_empty)
}

fn has_address(spec: &ServiceSpec) -> bool {
    spec.type_.as_deref() != Some("ExternalName")
}

/// Who sends again what was sent first keeps what was added since.
fn keep_allocated(new: &mut ServiceSpec, old: &ServiceSpec) {
    if has_address(new) && has_address(old) {
        if said(new.cluster_ip.as_deref()).is_none() {
            new.cluster_ip.clone_from(&old.cluster_ip);
        }
        if is_unset(&new.cluster_ips) {
            new.cluster_ips.clone_from(&old.cluster_ips);
        }
    }
    if needs_node_ports(new) && needs_node_ports(old) {
        let named = old.ports.iter().flatten();
        let had: BTreeMap<_, _> = named
            .map(|port| (port.name.clone(), port.node_port))
            .collect();
        for port in new.ports.iter_mut().flatten() {
            if node_port(port).is_none() {
                port.node_port = had.get(&port.name).copied().flatten();
            }
        }
    }
    let unsaid = new.health_check_node_port.is_none_or(|port| port == 0);
    if needs_health_check(new) && needs_health_check(old) && unsaid {
        new.health_check_node_port = old.health_check_node_port;
    }
}

fn normalize(new: &mut ServiceSpec, old: &ServiceSpec) {
    let (now, before) = (
        said(new.cluster_ip.as_deref()),
        said(old.cluster_ip.as_deref()),
    );
    if now == before {
        if is_unset(&new.cluster_ips) {
            new.cluster_ips.clone_from(&old.cluster_ips);
        }
        return;
    }
    if new.cluster_ips.as_deref().unwrap_or_default()
        == old.cluster_ips.as_deref().unwrap_or_default()
    {
        new.cluster_ips = now.map(|ip| vec![ip.to_owned()]);
    }
}

/// What another type does not need goes, unless it was changed as well.
fn drop_dependent(new: &mut ServiceSpec, old: &ServiceSpec) {
    if has_address(old) && !has_address(new) {
        if new.cluster_ip == old.cluster_ip && new.cluster_ips == old.cluster_ips {
            new.cluster_ip = None;
            new.cluster_ips = None;
        }
        if new.ip_families == old.ip_families {
            new.ip_families = None;
        }
        if new.ip_family_policy == old.ip_family_policy {
            new.ip_family_policy = None;
        }
    }
    if needs_node_ports(old)
        && !needs_node_ports(new)
        && node_ports(new).is_subset(&node_ports(old))
    {
        let ports = new.ports.iter_mut().flatten();
        ports.for_each(|port| port.node_port = None);
    }
    let same = new.health_check_node_port == old.health_check_node_port;
    if needs_health_check(old) && !needs_health_check(new) && same {
        new.health_check_node_port = None;
    }
    let balanced = |spec: &ServiceSpec| spec.type_.as_deref() == Some("LoadBalancer");
    if balanced(old) && !balanced(new) {
        if new.allocate_load_balancer_node_ports == old.allocate_load_balancer_node_ports {
            new.allocate_load_balancer_node_ports = None;
        }
        if new.load_balancer_class == old.load_balancer_class {
            new.load_balancer_class = None;
        }
    }
}

fn node_ports(spec: &ServiceSpec) -> BTreeSet<i32> {
    let ports = spec.ports.iter().flatten();
    ports.filter_map(node_port).collect()
}
