//! Ports of the node that pods take.

use k8s_openapi::api::core::v1::PodSpec;

/// A port of the node; two pods cannot have the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPort {
    number: i32,
    protocol: Box<str>,
    /// Empty: every address of the node.
    ip: Box<str>,
}

impl HostPort {
    pub fn all(spec: &PodSpec) -> Box<[Self]> {
        let containers = spec.containers.iter();
        let ports = containers.flat_map(|container| container.ports.iter().flatten());
        ports
            .filter_map(|port| {
                let ip = port.host_ip.as_deref().filter(|ip| *ip != "0.0.0.0");
                Some(Self {
                    number: port.host_port.filter(|number| *number > 0)?,
                    protocol: port.protocol.as_deref().unwrap_or("TCP").into(),
                    ip: ip.unwrap_or_default().into(),
                })
            })
            .collect()
    }

    pub fn conflicts(&self, other: &Self) -> bool {
        let same = (self.number, &self.protocol) == (other.number, &other.protocol);
        same && (self.ip.is_empty() || other.ip.is_empty() || self.ip == other.ip)
    }

    /// `18080/TCP`
    pub fn said(&self) -> String {
        format!("{}/{}", self.number, self.protocol)
    }
}
