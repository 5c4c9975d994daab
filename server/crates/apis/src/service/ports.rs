//! `spec.ports`.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{ServicePort, ServiceSpec};
use serde::Serialize;

use crate::meta::{
    dns_label_errors, port_number_errors, validate_port_reference, validate_qualified_name,
};
use crate::{FieldError, FieldErrors};

const PROTOCOLS: [&str; 3] = ["SCTP", "TCP", "UDP"];

fn ports(spec: &ServiceSpec) -> &[ServicePort] {
    spec.ports.as_deref().unwrap_or_default()
}

/// The port that a service takes on each node.
pub(super) fn node_port(port: &ServicePort) -> Option<i32> {
    port.node_port.filter(|number| *number != 0)
}

/// Whether a service takes ports on nodes at all.
pub(super) fn needs_node_ports(spec: &ServiceSpec) -> bool {
    matches!(spec.type_.as_deref(), Some("NodePort" | "LoadBalancer"))
}

pub(super) fn validate(spec: &ServiceSpec, errors: &mut FieldErrors) {
    let (all, mut names) = (ports(spec), BTreeSet::new());
    for (at, port) in all.iter().enumerate() {
        let path = format!("spec.ports[{at}]");
        let name = port.name.as_deref().unwrap_or_default();
        match name {
            "" if all.len() > 1 => errors.push(FieldError::required(format!("{path}.name"), "")),
            "" => {}
            name => validate_name(name, !names.insert(name), &format!("{path}.name"), errors),
        }
        validate_port(port, &path, errors);
    }
}

fn validate_name(name: &str, again: bool, path: &str, errors: &mut FieldErrors) {
    let wrong = dns_label_errors(name).into_iter();
    errors.extend(wrong.map(|wrong| FieldError::invalid(path, name, wrong)));
    if again {
        errors.push(FieldError::duplicate(path, name));
    }
}

fn validate_port(port: &ServicePort, path: &str, errors: &mut FieldErrors) {
    let number = port.port;
    let wrong = port_number_errors(number).into_iter();
    errors.extend(wrong.map(|wrong| FieldError::invalid(format!("{path}.port"), number, wrong)));
    let protocol = port.protocol.as_deref().unwrap_or_default();
    if !PROTOCOLS.contains(&protocol) {
        let path = format!("{path}.protocol");
        errors.push(FieldError::not_supported(path, protocol, &PROTOCOLS));
    }
    if let Some(target) = &port.target_port {
        errors.extend(validate_port_reference(
            target,
            &format!("{path}.targetPort"),
        ));
    }
    if let Some(protocol) = &port.app_protocol {
        errors.extend(validate_qualified_name(
            protocol,
            &format!("{path}.appProtocol"),
        ));
    }
}

/// Ports on nodes are of services that have them, and each pair of protocol and port is one port's.
pub(super) fn validate_taken(spec: &ServiceSpec, errors: &mut FieldErrors) {
    let all = ports(spec);
    if spec.type_.as_deref() == Some("ClusterIP") {
        for (at, _) in all
            .iter()
            .enumerate()
            .filter(|(_, port)| node_port(port).is_some())
        {
            let detail = "may not be used when `type` is 'ClusterIP'";
            let path = format!("spec.ports[{at}].nodePort");
            errors.push(FieldError::forbidden(path, detail));
        }
    }
    let (mut on_nodes, mut own) = (BTreeSet::new(), BTreeSet::new());
    for (at, port) in all.iter().enumerate() {
        if node_port(port).is_some() && !on_nodes.insert((port.node_port, &port.protocol)) {
            let path = format!("spec.ports[{at}].nodePort");
            errors.push(FieldError::duplicate(path, port.node_port));
        }
    }
    for (at, port) in all.iter().enumerate() {
        if !own.insert((port.port, &port.protocol)) {
            errors.push(FieldError::duplicate(
                format!("spec.ports[{at}]"),
                Pair::of(port),
            ));
        }
    }
}

/// A pair of protocol and port, as Go writes its own type.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Pair<'a> {
    name: &'static str,
    protocol: Option<&'a str>,
    app_protocol: Option<&'static str>,
    port: i32,
    target_port: i32,
    node_port: i32,
}

impl<'a> Pair<'a> {
    fn of(port: &'a ServicePort) -> Self {
        Self {
            name: "",
            protocol: port.protocol.as_deref(),
            app_protocol: None,
            port: port.port,
            target_port: 0,
            node_port: 0,
        }
    }
}
