//! What a pod asks of a node: amounts and host ports.

use std::collections::{BTreeMap, BTreeSet};

use crate::quantity::Quantity;
use k8s_openapi::api::core::v1::{Container, ContainerStatus, Pod, PodSpec, ResourceRequirements};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as ApiQuantity;

/// Amounts by resource name: milli-CPU for `cpu`, whole units for everything else.
pub type Amounts = BTreeMap<String, i64>;

/// A port on a node: address, protocol and number. `0.0.0.0` overlaps every address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HostPort {
    pub address: String,
    pub protocol: String,
    pub port: i32,
}

impl HostPort {
    /// Two pods cannot both hold these on one node.
    pub fn conflicts(&self, other: &Self) -> bool {
        let everywhere = |port: &Self| port.address == "0.0.0.0";
        self.port == other.port
            && self.protocol == other.protocol
            && (self.address == other.address || everywhere(self) || everywhere(other))
    }
}

/// What the pod takes from its node: the sum over containers and sidecars, or the largest init container
/// with the sidecars before it when that is more, or what the pod asks for as a whole; plus the pod's overhead. Of a container that is being
/// resized the most counts of what it asks for, was granted and has; what its node can never give does
/// not count.
pub fn requested(pod: &Pod) -> Amounts {
    let infeasible = pod
        .status
        .iter()
        .flat_map(|status| status.conditions.iter().flatten())
        .any(|c| c.type_ == "PodResizePending" && c.reason.as_deref() == Some("Infeasible"));
    sum(pod, |container, status| {
        let mut asked = Amounts::new();
        if !infeasible || status.is_none() {
            raise(&mut asked, &of_container(container));
        }
        if let Some(status) = status {
            let has = status.resources.as_ref();
            raise(
                &mut asked,
                &amounts(has.and_then(|has| has.requests.as_ref())),
            );
            raise(&mut asked, &amounts(status.allocated_resources.as_ref()));
        }
        asked
    })
}

/// What the pod asks for, whatever it was granted.
pub fn desired(pod: &Pod) -> Amounts {
    sum(pod, |container, _| of_container(container))
}

/// What the pod's node granted it, which is what it asks for until the node says otherwise.
pub fn granted(pod: &Pod) -> Amounts {
    sum(pod, |container, status| {
        let granted = status.filter(|status| status.resources.is_some());
        match granted {
            Some(status) => amounts(status.allocated_resources.as_ref()),
            None => of_container(container),
        }
    })
}

fn sum(pod: &Pod, of: impl Fn(&Container, Option<&ContainerStatus>) -> Amounts) -> Amounts {
    let Some(spec) = &pod.spec else {
        return Amounts::new();
    };
    let statuses = || {
        let status = pod.status.iter();
        status.flat_map(|status| {
            let init = status.init_container_statuses.iter().flatten();
            init.chain(status.container_statuses.iter().flatten())
        })
    };
    let of = |container: &Container| of(container, statuses().find(|s| s.name == container.name));
    let mut running = together(spec, of, i64::saturating_add);
    let whole = spec.resources.as_ref();
    for (name, amount) in amounts(whole.and_then(|whole| whole.requests.as_ref())) {
        if is_pod_level(&name) {
            running.insert(name, amount);
        }
    }
    add(&mut running, &amounts(spec.overhead.as_ref()));
    running
}

/// What a pod may ask for as a whole, whatever its containers ask for.
pub(crate) fn is_pod_level(name: &str) -> bool {
    ["cpu", "memory"].contains(&name) || name.starts_with("hugepages-")
}

/// What the containers of a pod ask for together, exactly (upstream's `AggregateContainerRequests`).
pub(crate) fn of_containers(spec: &PodSpec) -> BTreeMap<String, Quantity> {
    let asked = |container: &Container| exactly(container, |of| of.requests.as_ref());
    together(spec, asked, |sum, more| sum + more)
}

/// What the containers of a pod may have together, exactly, of what any of them has a limit for (upstream's
/// `PodLimits`, of pods without overhead).
pub fn limits(spec: &PodSpec) -> BTreeMap<String, Quantity> {
    let allowed = |container: &Container| exactly(container, |of| of.limits.as_ref());
    together(spec, allowed, |sum, more| sum + more)
}

fn exactly(
    container: &Container,
    list: fn(&ResourceRequirements) -> Option<&BTreeMap<String, ApiQuantity>>,
) -> BTreeMap<String, Quantity> {
    let list = container.resources.iter().filter_map(list).flatten();
    let read = |(name, amount): (&String, _)| Some((name.clone(), Quantity::of(amount).ok()?));
    list.filter_map(read).collect()
}

/// The sum over containers and sidecars, or the most that is needed while init containers run.
fn together<T: Copy + Default + Ord>(
    spec: &PodSpec,
    of: impl Fn(&Container) -> BTreeMap<String, T>,
    plus: fn(T, T) -> T,
) -> BTreeMap<String, T> {
    let fold = |into: &mut BTreeMap<String, T>, other: &BTreeMap<String, T>, how: fn(T, T) -> T| {
        for (name, amount) in other {
            let before = into.entry(name.clone()).or_default();
            *before = how(*before, *amount);
        }
    };
    let mut running = BTreeMap::new();
    for container in &spec.containers {
        fold(&mut running, &of(container), plus);
    }
    let (mut sidecars, mut starting) = (BTreeMap::new(), BTreeMap::new());
    for container in spec.init_containers.iter().flatten() {
        let mut asked = of(container);
        if is_sidecar(container) {
            fold(&mut sidecars, &asked, plus);
            fold(&mut starting, &sidecars, T::max);
        } else {
            fold(&mut asked, &sidecars, plus);
            fold(&mut starting, &asked, T::max);
        }
    }
    fold(&mut running, &sidecars, plus);
    fold(&mut running, &starting, T::max);
    running
}

/// The host ports of containers and sidecars.
pub fn host_ports(pod: &Pod) -> BTreeSet<HostPort> {
    let spec = pod.spec.iter();
    let containers = spec.flat_map(|spec| {
        let sidecars = spec.init_containers.iter().flatten();
        spec.containers
            .iter()
            .chain(sidecars.filter(|c| is_sidecar(c)))
    });
    let ports = containers.flat_map(|container| container.ports.iter().flatten());
    ports
        .filter_map(|port| {
            let number = port.host_port.filter(|number| *number > 0)?;
            let address = port.host_ip.as_deref().filter(|ip| !ip.is_empty());
            Some(HostPort {
                address: address.unwrap_or("0.0.0.0").to_owned(),
                protocol: port.protocol.as_deref().unwrap_or("TCP").to_owned(),
                port: number,
            })
        })
        .collect()
}

/// Reads a resource list; what cannot be read counts as nothing (the API server refuses it anyway).
pub fn amounts(list: Option<&BTreeMap<String, ApiQuantity>>) -> Amounts {
    let read = |(name, quantity): (&String, &ApiQuantity)| {
        let quantity = Quantity::of(quantity).ok()?;
        let amount = if name == "cpu" {
            quantity.milli()
        } else {
            quantity.units()
        };
        Some((name.clone(), amount))
    };
    list.into_iter().flatten().filter_map(read).collect()
}

pub fn add(sum: &mut Amounts, more: &Amounts) {
    for (name, amount) in more {
        let sum = sum.entry(name.clone()).or_default();
        *sum = sum.saturating_add(*amount);
    }
}

pub fn subtract(sum: &mut Amounts, less: &Amounts) {
    for (name, amount) in less {
        if let Some(sum) = sum.get_mut(name) {
            *sum = sum.saturating_sub(*amount);
        }
    }
}

fn raise(highest: &mut Amounts, other: &Amounts) {
    for (name, amount) in other {
        let highest = highest.entry(name.clone()).or_default();
        *highest = (*highest).max(*amount);
    }
}

fn of_container(container: &Container) -> Amounts {
    let resources = container.resources.as_ref();
    amounts(resources.and_then(|resources| resources.requests.as_ref()))
}

fn is_sidecar(container: &Container) -> bool {
    container.restart_policy.as_deref() == Some("Always")
}
