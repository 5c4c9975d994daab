//! What upstream's allocators give a Service: families, an address of its own, ports on every node.
//!
//! Pure: what is taken and which number is drawn are passed in.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};

use k8s_openapi::api::core::v1::{Service, ServicePort, ServiceSpec};
use serde::Deserialize;

use super::addresses;
use super::families;
use super::ports::{needs_node_ports, node_port};
use super::traffic::needs_health_check;
use crate::{FieldError, FieldErrors};

/// Upstream's default range is 10.96.0.0/12 (kubeadm's), without the network's own address and the last.
const ADDRESSES: Span = Span {
    first: 0x0a60_0001,
    last: 0x0a6f_fffe,
    // KEP-3070: people name addresses of the lower part, so that drawing begins above it
    reserved: 256,
};
const NETWORK: Ipv4Addr = Ipv4Addr::new(10, 96, 0, 0);
/// Upstream's default range of ports that services take on nodes.
const NODE_PORTS: Span = Span {
    first: 30_000,
    last: 32_767,
    reserved: 86,
};
/// What a dry run counts its ports from.
const DRY_PORT: i32 = 32_768;

/// What other Services have.
#[derive(Clone, Debug, Default)]
pub struct Taken {
    pub addresses: BTreeSet<Ipv4Addr>,
    pub node_ports: BTreeSet<i32>,
}

/// What a stored Service says of that.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Held {
    spec: HeldSpec,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct HeldSpec {
    #[serde(rename = "clusterIPs")]
    cluster_ips: Vec<String>,
    ports: Vec<HeldPort>,
    health_check_node_port: i32,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct HeldPort {
    node_port: i32,
}

impl Taken {
    /// Adds what a stored Service has.
    pub fn add(&mut self, stored: &[u8]) {
        let held: Held = serde_json::from_slice(stored).unwrap_or_default();
        let addresses = held.spec.cluster_ips.iter();
        self.addresses
            .extend(addresses.filter_map(|ip| ip.parse::<Ipv4Addr>().ok()));
        let ports = held.spec.ports.iter().map(|port| port.node_port);
        let ports = ports.chain([held.spec.health_check_node_port]);
        self.node_ports.extend(ports.filter(|port| *port != 0));
    }
}

/// Why a Service cannot have what it wants.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    /// It asks for the wrong thing.
    Invalid(FieldErrors),
    /// There is nothing left.
    Full(String),
}

impl From<FieldError> for Refusal {
    fn from(error: FieldError) -> Self {
        Self::Invalid(vec![error])
    }
}

/// Where addresses and ports are drawn from.
pub struct Draw<'a> {
    taken: Taken,
    /// `below(n)` is a number from 0 to n - 1.
    below: &'a mut dyn FnMut(u64) -> u64,
    /// Nothing will be kept: upstream looks for nothing free then, and names what no Service has.
    dry_run: bool,
    /// The highest port on nodes that this Service was given.
    highest: Option<i32>,
}

impl<'a> Draw<'a> {
    /// Beside what is taken. A dry run draws no number.
    pub fn new(taken: Taken, below: &'a mut dyn FnMut(u64) -> u64, dry_run: bool) -> Self {
        Self {
            taken,
            below,
            dry_run,
            highest: None,
        }
    }

    /// Fills in what the Service does not name, and takes what it names (`allocateCreate`,
    /// `allocateUpdate`). What `old` has it has.
    ///
    /// # Errors
    /// See [`Refusal`].
    pub fn allocate(
        &mut self,
        service: &mut Service,
        old: Option<&Service>,
    ) -> Result<(), Refusal> {
        let spec = service.spec.get_or_insert_default();
        let old = old.and_then(|old| old.spec.as_ref());
        families::infer(spec, old)?;
        self.allocate_address(spec, old)?;
        if needs_node_ports(spec) {
            match old {
                None => self.allocate_ports(spec)?,
                Some(old) => self.update_ports(spec, old)?,
            }
        }
        let needed = old.is_some_and(needs_health_check);
        match needs_health_check(spec) && !needed {
            true => self.allocate_health_port(spec),
            false => Ok(()),
        }
    }

    fn allocate_address(
        &mut self,
        spec: &mut ServiceSpec,
        old: Option<&ServiceSpec>,
    ) -> Result<(), Refusal> {
        let named = spec.type_.as_deref() == Some("ExternalName");
        let has =
            old.is_some_and(|old| old.cluster_ips.as_ref().is_some_and(|ips| !ips.is_empty()));
        if named || has || addresses::is_headless(spec) {
            return Ok(());
        }
        let said = spec.cluster_ips.clone().unwrap_or_default();
        let address = match said.first() {
            Some(wanted) => self.take_address(wanted, &said)?,
            None => self.draw_address()?.to_string(),
        };
        spec.cluster_ip = Some(address.clone());
        spec.cluster_ips = Some(vec![address]);
        Ok(())
    }

    fn take_address(&self, wanted: &str, said: &[String]) -> Result<String, Refusal> {
        let refuse = |why: &str| {
            let detail = format!("failed to allocate IP {wanted}: {why}");
            Refusal::from(FieldError::invalid("spec.clusterIPs", said, detail))
        };
        match wanted.parse() {
            Ok(IpAddr::V4(address)) if !ADDRESSES.has(address.to_bits()) && self.dry_run => {
                Err(refuse(&format!(
                    "the provided IP ({address}) is not in the valid range. The range of valid IPs is {NETWORK}/12"
                )))
            }
            Ok(IpAddr::V4(address)) if !ADDRESSES.has(address.to_bits()) => Err(refuse(
                "the provided network does not match the current range",
            )),
            Ok(IpAddr::V4(address)) if self.taken.addresses.contains(&address) && !self.dry_run => {
                Err(refuse("provided IP is already allocated"))
            }
            _ => Ok(wanted.to_owned()),
        }
    }

    fn draw_address(&mut self) -> Result<Ipv4Addr, Refusal> {
        if self.dry_run {
            return Ok(NETWORK);
        }
        let taken = &self.taken.addresses;
        let free = |bits: u32| !taken.contains(&Ipv4Addr::from_bits(bits));
        match ADDRESSES.draw(self.below, free) {
            Some(bits) => Ok(Ipv4Addr::from_bits(bits)),
            None => Err(Refusal::Full(
                "failed to allocate a serviceIP: range is full".to_owned(),
            )),
        }
    }

    /// `initNodePorts`: the same port of two protocols is one on the node.
    fn allocate_ports(&mut self, spec: &mut ServiceSpec) -> Result<(), Refusal> {
        let given = gives_node_ports(spec);
        let ports = spec.ports.get_or_insert_default();
        // the first that is named for each port
        let mut wanted: BTreeMap<i32, i32> = BTreeMap::new();
        for port in ports.iter() {
            if let Some(named) = node_port(port) {
                wanted.entry(port.port).or_insert(named);
            }
        }
        let mut had: BTreeMap<i32, i32> = BTreeMap::new();
        for (at, port) in ports.iter_mut().enumerate() {
            let own = node_port(port);
            if own.is_none() && !given {
                continue;
            }
            let taken = match (had.get(&port.port).copied(), own) {
                (Some(shared), None) => shared,
                (Some(shared), Some(own)) if shared == own => own,
                (Some(_), Some(own)) => self.take_port(own, at)?,
                (None, _) => {
                    let taken = match wanted.get(&port.port) {
                        Some(requested) => self.take_port(*requested, at)?,
                        None => self.draw_port("a nodePort")?,
                    };
                    had.insert(port.port, taken);
                    taken
                }
            };
            port.node_port = Some(taken);
        }
        Ok(())
    }

    /// `updateNodePorts`: each port that names none gets its own.
    fn update_ports(&mut self, spec: &mut ServiceSpec, old: &ServiceSpec) -> Result<(), Refusal> {
        let given = gives_node_ports(spec);
        let mut had: BTreeSet<i32> = old.ports.iter().flatten().filter_map(node_port).collect();
        let mut seen: Vec<(Option<String>, i32)> = Vec::new();
        for (at, port) in spec.ports.iter_mut().flatten().enumerate() {
            let taken = match node_port(port) {
                None if !given => continue,
                None => self.draw_port("a nodePort")?,
                Some(own) if had.contains(&own) => own,
                Some(own) => self.take_port(own, at)?,
            };
            had.insert(taken);
            port.node_port = Some(taken);
            check_pair(&mut seen, port, taken)?;
        }
        Ok(())
    }

    fn allocate_health_port(&mut self, spec: &mut ServiceSpec) -> Result<(), Refusal> {
        let port = match spec.health_check_node_port.filter(|port| *port != 0) {
            None => self.draw_port("a HealthCheck NodePort 0")?,
            Some(wanted) => {
                self.take(wanted).map_err(|why| {
                    let text = "failed to allocate requested HealthCheck NodePort";
                    Refusal::Full(format!("{text} {wanted}: {why}"))
                })?;
                wanted
            }
        };
        spec.health_check_node_port = Some(port);
        Ok(())
    }

    fn take_port(&mut self, wanted: i32, at: usize) -> Result<i32, Refusal> {
        match self.take(wanted) {
            Ok(()) => Ok(wanted),
            Err(why) => {
                let path = format!("spec.ports[{at}].nodePort");
                Err(FieldError::invalid(path, wanted, why).into())
            }
        }
    }

    fn take(&mut self, wanted: i32) -> Result<(), String> {
        let (first, last) = (NODE_PORTS.first, NODE_PORTS.last);
        let in_range = u32::try_from(wanted).is_ok_and(|port| NODE_PORTS.has(port));
        if !in_range && !self.dry_run {
            return Err(format!(
                "provided port is not in the valid range. The range of valid ports is {first}-{last}"
            ));
        }
        match self.taken.node_ports.insert(wanted) {
            true => {
                self.highest = self.highest.max(Some(wanted));
                Ok(())
            }
            false => Err("provided port is already allocated".to_owned()),
        }
    }

    fn draw_port(&mut self, what: &str) -> Result<i32, Refusal> {
        let taken = &self.taken.node_ports;
        let free = |port: u32| !i32::try_from(port).is_ok_and(|port| taken.contains(&port));
        let drawn = match self.dry_run {
            true => Some(self.highest.unwrap_or(DRY_PORT).saturating_add(1)),
            false => NODE_PORTS
                .draw(self.below, free)
                .and_then(|port| i32::try_from(port).ok()),
        };
        let Some(port) = drawn else {
            return Err(Refusal::Full(format!(
                "failed to allocate {what}: range is full"
            )));
        };
        self.taken.node_ports.insert(port);
        self.highest = self.highest.max(Some(port));
        Ok(port)
    }
}

/// `shouldAllocateNodePorts`.
fn gives_node_ports(spec: &ServiceSpec) -> bool {
    match spec.type_.as_deref() {
        Some("LoadBalancer") => spec.allocate_load_balancer_node_ports.unwrap_or(true),
        _ => true,
    }
}

/// Upstream prints its own struct here, and as a fault of its own.
fn check_pair(
    seen: &mut Vec<(Option<String>, i32)>,
    port: &ServicePort,
    taken: i32,
) -> Result<(), Refusal> {
    let pair = (port.protocol.clone(), taken);
    if seen.contains(&pair) {
        let protocol = pair.0.unwrap_or_default();
        return Err(Refusal::Full(format!(
            "duplicate nodePort: {{{protocol} {taken}}}"
        )));
    }
    seen.push(pair);
    Ok(())
}

/// Numbers to draw from.
struct Span {
    first: u32,
    last: u32,
    /// How many of the lowest are drawn only when the others are taken.
    reserved: u32,
}

impl Span {
    fn has(&self, number: u32) -> bool {
        (self.first..=self.last).contains(&number)
    }

    /// The first free number from one that is drawn on, of the upper part, then of the reserved one.
    fn draw(&self, below: &mut dyn FnMut(u64) -> u64, free: impl Fn(u32) -> bool) -> Option<u32> {
        let split = self.first + self.reserved;
        let parts = [(split, self.last), (self.first, split - 1)];
        parts.into_iter().find_map(|(first, last)| {
            let start = u32::try_from(below(u64::from(last - first + 1))).ok()?;
            let mut around = (first + start..=last).chain(first..first + start);
            around.find(|number| free(*number))
        })
    }
}
