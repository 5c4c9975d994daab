//! Defaults that only pods have, beside those of every pod specification.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Container, Pod, PodIP, PodSpec, PodStatus};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as ApiQuantity;

use crate::pod_requests::{is_pod_level, of_containers};
use crate::pod_template::annotations;
use crate::pod_template::defaults::default_pod_spec;

/// `SetDefaults_Pod`.
pub(super) fn default_pod(pod: &mut Pod) {
    let spec = pod.spec.get_or_insert_default();
    default_pod_spec(spec);
    spec.enable_service_links.get_or_insert(true);
    let host_network = spec.host_network == Some(true);
    let init = spec.init_containers.iter_mut().flatten();
    for container in init.chain(&mut spec.containers) {
        default_requests(container);
        if host_network {
            default_host_ports(container);
        }
    }
    default_pod_requests(spec);
    // upstream's conversion of pods, not of templates
    let grace = spec.termination_grace_period_seconds;
    if grace.is_some_and(|secs| secs < 0) {
        spec.termination_grace_period_seconds = Some(1);
    }
    annotations::drop_init_containers(&mut pod.metadata.annotations);
    join_addresses(pod.status.get_or_insert_default());
}

/// Two fields of one meaning, of which the older holds one address: it decides where both are said.
fn join_addresses(status: &mut PodStatus) {
    let first = status.pod_ips.iter().flatten().next();
    let first = first.map(|each| each.ip.clone());
    let single = status.pod_ip.clone().filter(|ip| !ip.is_empty());
    match (single, first) {
        (Some(ip), first) if first.as_ref() != Some(&ip) => {
            status.pod_ips = Some(vec![PodIP { ip }])
        }
        (None, Some(first)) => status.pod_ip = Some(first),
        _ => {}
    }
}

/// A limit without a request is a request as well.
fn default_requests(container: &mut Container) {
    let Some(resources) = container.resources.as_mut() else {
        return;
    };
    let Some(limits) = resources.limits.as_ref() else {
        return;
    };
    let requests = resources.requests.get_or_insert_with(BTreeMap::new);
    for (name, limit) in limits {
        requests
            .entry(name.clone())
            .or_insert_with(|| limit.clone());
    }
}

/// A pod that says something of its resources as a whole asks for what its containers ask for, and else for its
/// limits.
fn default_pod_requests(spec: &mut PodSpec) {
    let of_containers = of_containers(spec);
    let Some(resources) = spec.resources.as_mut() else {
        return;
    };
    let (limits, requests) = (resources.limits.as_ref(), resources.requests.as_ref());
    if limits.is_none_or(BTreeMap::is_empty) && requests.is_none_or(BTreeMap::is_empty) {
        return;
    }
    let mut requests = resources.requests.take().unwrap_or_default();
    let shared = |name: &str| is_pod_level(name) && !name.starts_with("hugepages-");
    for (name, amount) in of_containers {
        if shared(&name) {
            let amount = || ApiQuantity(amount.to_string());
            requests.entry(name).or_insert_with(amount);
        }
    }
    for (name, limit) in resources.limits.iter().flatten() {
        if is_pod_level(name) {
            let limit = || limit.clone();
            requests.entry(name.clone()).or_insert_with(limit);
        }
    }
    resources.requests = Some(requests).filter(|requests| !requests.is_empty());
}

/// Under host networking a container's port is the host's.
fn default_host_ports(container: &mut Container) {
    for port in container.ports.iter_mut().flatten() {
        if port.host_port.unwrap_or_default() == 0 {
            port.host_port = Some(port.container_port);
        }
    }
}
