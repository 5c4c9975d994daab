//! Which port of which pod answers for a pod or a service.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{EndpointAddress, Endpoints, Pod, Service, ServicePort};
use orrery_store::{Entry, Range};

use super::glance::Glance;
use super::id::Id;
use super::unreachable;
use crate::core::Core;
use crate::nodes::PodTarget;
use crate::problem::{Outcome, Problem};
use crate::registry::Resource;

/// A port of a pod.
#[derive(Debug)]
pub struct Backend {
    pub target: PodTarget,
    pub port: u16,
    pub tls: bool,
    /// How the pod itself is called in links: its address and the port.
    pub host: String,
}

/// The pod itself, at its first port where the name says none.
pub fn of_pod(core: &Core, namespace: &str, text: &str) -> Outcome<Backend> {
    let id = Id::read(text)
        .ok_or_else(|| Problem::BadRequest(format!("invalid pod request {text:?}")))?;
    let pod: Pod = read(core, "pods", namespace, id.name)?;
    let port = match id.port {
        "" => first_port(&pod).unwrap_or(default_port(id.tls)),
        port => number(port)?,
    };
    backend(&pod, port, id.tls)
}

fn default_port(tls: bool) -> u16 {
    if tls { 443 } else { 80 }
}

/// A port as Go's dialer reads it, which knows a few by name.
fn number(port: &str) -> Outcome<u16> {
    match port {
        "http" => Ok(80),
        "https" => Ok(443),
        _ => port
            .parse()
            .map_err(|_| unreachable(format_args!("dial tcp: lookup tcp/{port}: unknown port"))),
    }
}

fn first_port(pod: &Pod) -> Option<u16> {
    let containers = &pod.spec.as_ref()?.containers;
    let mut ports = containers.iter().flat_map(|c| c.ports.iter().flatten());
    u16::try_from(ports.next()?.container_port).ok()
}

/// Only a pod that has an address can be reached; upstream's words for another.
fn backend(pod: &Pod, port: u16, tls: bool) -> Outcome<Backend> {
    let node = pod.spec.as_ref().and_then(|spec| spec.node_name.clone());
    let ip = pod.status.as_ref().and_then(|status| status.pod_ip.clone());
    let (Some(node), Some(ip)) = (node, ip) else {
        return Err(Problem::bad_request("address not allowed"));
    };
    Ok(Backend {
        target: PodTarget {
            node,
            pod: pod.metadata.name.clone().unwrap_or_default(),
            pod_uid: pod.metadata.uid.clone().unwrap_or_default(),
            container: String::new(),
        },
        port,
        tls,
        host: format!("{ip}:{port}"),
    })
}

/// One of the pods behind the service, each in its turn.
pub fn of_service(core: &Core, namespace: &str, text: &str) -> Outcome<Backend> {
    let id = Id::read(text)
        .ok_or_else(|| Problem::BadRequest(format!("invalid service request {text:?}")))?;
    let port = port_name(core, namespace, &id)?;
    let chosen = match read::<Endpoints>(core, "endpoints", namespace, id.name) {
        Ok(endpoints) => told(core, namespace, &endpoints, &port)?,
        Err(missing) => match read::<Service>(core, "services", namespace, id.name) {
            Ok(service) if selector(&service).is_some() => {
                selected(core, namespace, &service, &port)?
            }
            _ => return Err(missing),
        },
    };
    match chosen {
        Some((pod, port)) => backend(&pod, port, id.tls),
        None => Err(nobody(text)),
    }
}

/// Whose turn it is among so many.
fn turn(core: &Core, count: usize) -> usize {
    core.counters.turn() as usize % count.max(1)
}

fn nobody(service: &str) -> Problem {
    Problem::Unavailable(format!("no endpoints available for service {service:?}"))
}

/// The name of the service's port; a number is that of the port that the service shows.
fn port_name(core: &Core, namespace: &str, id: &Id<'_>) -> Outcome<String> {
    let Ok(number) = id.port.parse::<i32>() else {
        return Ok(id.port.to_owned());
    };
    let service: Service = read(core, "services", namespace, id.name)?;
    let port = ports(&service).iter().find(|port| port.port == number);
    match port {
        Some(port) => Ok(port.name.clone().unwrap_or_default()),
        None => Err(Problem::Unavailable(format!(
            "no service port {number} found for service {:?}",
            id.name
        ))),
    }
}

fn ports(service: &Service) -> &[ServicePort] {
    let spec = service.spec.as_ref();
    let ports = spec.and_then(|spec| spec.ports.as_deref());
    ports.unwrap_or_default()
}

/// Whom the Endpoints name, if it is a pod, as upstream has it: no other address is passed on to. The first from the one
/// whose turn it is, so that most often a single pod is looked at.
fn told(
    core: &Core,
    namespace: &str,
    endpoints: &Endpoints,
    port: &str,
) -> Outcome<Option<(Pod, u16)>> {
    let subsets = endpoints.subsets.as_deref().unwrap_or_default();
    if subsets.is_empty() {
        return Err(nobody(
            endpoints.metadata.name.as_deref().unwrap_or_default(),
        ));
    }
    let mut named = Vec::new();
    for subset in subsets {
        let mut ports = subset.ports.iter().flatten();
        let port = ports.find(|known| known.name.as_deref().unwrap_or_default() == port);
        let Some(port) = port.and_then(|port| u16::try_from(port.port).ok()) else {
            continue;
        };
        let addresses = subset.addresses.iter().flatten();
        named.extend(addresses.map(|address| (address, port)));
    }
    let turn = turn(core, named.len());
    named.rotate_left(turn);
    let mut named = named.into_iter();
    Ok(named.find_map(|(address, port)| Some((pod_at(core, namespace, address)?, port))))
}

fn pod_at(core: &Core, namespace: &str, address: &EndpointAddress) -> Option<Pod> {
    let target = address.target_ref.as_ref()?;
    if target.namespace.as_deref() != Some(namespace) {
        return None;
    }
    let pod: Pod = read(core, "pods", namespace, target.name.as_deref()?).ok()?;
    let status = pod.status.as_ref()?;
    let mut ips = status.pod_ips.iter().flatten().map(|ip| &ip.ip);
    ips.any(|ip| *ip == address.ip).then_some(pod)
}

/// Whom Endpoints would name, which nobody writes here: one of the ready pods that the service selects. They may be
/// many, so that only what tells that is read of each, and the whole of the one whose turn it is.
fn selected(
    core: &Core,
    namespace: &str,
    service: &Service,
    port: &str,
) -> Outcome<Option<(Pod, u16)>> {
    let mut ports = ports(service).iter();
    let port = ports.find(|known| known.name.as_deref().unwrap_or_default() == port);
    let Some(port) = port else {
        return Ok(None);
    };
    let spec = service.spec.as_ref();
    let unready_too = spec.and_then(|spec| spec.publish_not_ready_addresses);
    let resource = core.resource("", "pods");
    let mut range = Range::all(resource.key.clone());
    range.namespace = Some(namespace.into());
    let list = core.store.list(&range);
    let mut pods = Vec::new();
    let entries = list.entries.iter();
    for entry in entries.filter(|entry| is_selected(service, entry)) {
        let pod = Glance::at(&entry.value)?;
        if pod.is_there(unready_too == Some(true))
            && let Some(port) = pod.port(port)
        {
            pods.push((entry, port));
        }
    }
    let Some((entry, port)) = pods.get(turn(core, pods.len())) else {
        return Ok(None);
    };
    Ok(Some((decoded(resource, entry)?, *port)))
}

/// What a service selects by; `None` for one whose endpoints others write.
fn selector(service: &Service) -> Option<&BTreeMap<String, String>> {
    let selector = service.spec.as_ref()?.selector.as_ref();
    selector.filter(|selector| !selector.is_empty())
}

fn is_selected(service: &Service, entry: &Entry) -> bool {
    let labels = &entry.columns.labels;
    let has = |key: &str, value: &str| labels.iter().any(|(k, v)| **k == *key && **v == *value);
    selector(service).is_some_and(|selector| selector.iter().all(|(k, v)| has(k, v)))
}

fn read<K: Clone + 'static>(core: &Core, plural: &str, namespace: &str, name: &str) -> Outcome<K> {
    let resource = core.resource("", plural);
    let entry = core.entry(resource, Some(namespace), name)?;
    decoded(resource, &entry)
}

fn decoded<K: Clone + 'static>(resource: &Resource, entry: &Entry) -> Outcome<K> {
    let object = Core::decode(resource, entry)?;
    let object: Option<&K> = object.as_any().downcast_ref();
    Ok(object
        .cloned()
        .expect("the registry decodes each kind as itself"))
}
