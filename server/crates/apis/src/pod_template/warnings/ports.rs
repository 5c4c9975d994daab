//! Ports that are said twice, over all containers of a pod.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::ContainerPort;

use super::MAX_TOLD;
use crate::pod_template::placed::Placed;

/// Ports of one number and protocol that later ones are compared with: upstream compares with all, and its texts
/// fill the memory that there is for as many ports as a body can hold.
const MAX_COMPARED: usize = 1_000;

pub(super) fn warn(containers: &[Placed<'_>], warnings: &mut Vec<String>) {
    let mut taken: BTreeMap<_, Vec<(String, &ContainerPort)>> = BTreeMap::new();
    let mut left = MAX_TOLD;
    for (container, path) in containers {
        for (at, port) in container.ports.iter().flatten().enumerate() {
            let path = format!("{path}.ports[{at}]");
            if !host_ip(port).is_empty() && host_port(port) == 0 {
                warnings.push(format!(
                    "{path}: hostIP set without hostPort: {}",
                    go_port(port)
                ));
            }
            let others = taken
                .entry((port.container_port, protocol(port)))
                .or_default();
            let clashes = others.iter().filter_map(|(other_path, other)| {
                let how = clash(port, other)?;
                Some(format!("{path}: {how} port definition with {other_path}"))
            });
            let told = warnings.len();
            warnings.extend(clashes.take(left));
            left -= warnings.len() - told;
            if others.len() < MAX_COMPARED {
                others.push((path, port));
            }
        }
    }
    names(containers, warnings);
}

/// Names that two ports have: what asks for one by its name gets the first.
fn names(containers: &[Placed<'_>], warnings: &mut Vec<String>) {
    let mut taken = BTreeMap::new();
    for (container, path) in containers {
        for (at, port) in container.ports.iter().flatten().enumerate() {
            let path = format!("{path}.ports[{at}]");
            let name = port.name.as_deref().unwrap_or_default();
            match taken.get(name).filter(|_| !name.is_empty()) {
                Some(other) => warnings.push(format!(
                    "{path}: duplicate port name {name:?} with {other}, services and probes that select ports by name will use {other}"
                )),
                None => {
                    taken.insert(name, path);
                }
            }
        }
    }
}

/// Two ports of one number and protocol: what the later is to the earlier.
fn clash(port: &ContainerPort, other: &ContainerPort) -> Option<&'static str> {
    let (mine, theirs) = (host_port(port), host_port(other));
    let (my_ip, their_ip) = (host_ip(port), host_ip(other));
    if mine == theirs && my_ip == their_ip {
        Some("duplicate")
    } else if mine == 0 || theirs == 0 {
        Some("overlapping")
    } else {
        let one_of_all = my_ip.is_empty() != their_ip.is_empty();
        (mine == theirs && one_of_all).then_some("dangerously ambiguous")
    }
}

fn host_port(port: &ContainerPort) -> i32 {
    port.host_port.unwrap_or_default()
}

fn host_ip(port: &ContainerPort) -> &str {
    port.host_ip.as_deref().unwrap_or_default()
}

fn protocol(port: &ContainerPort) -> &str {
    port.protocol.as_deref().unwrap_or_default()
}

/// As Go prints the struct.
fn go_port(port: &ContainerPort) -> String {
    format!(
        "{{Name:{} HostPort:{} ContainerPort:{} Protocol:{} HostIP:{}}}",
        port.name.as_deref().unwrap_or_default(),
        host_port(port),
        port.container_port,
        protocol(port),
        host_ip(port)
    )
}
