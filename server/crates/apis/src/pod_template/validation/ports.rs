//! Container ports and the host's.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{Container, ContainerPort, PodSpec};

use crate::meta::{port_name_errors, port_number_errors};
use crate::{FieldError, FieldErrors};

const PROTOCOLS: [&str; 3] = ["SCTP", "TCP", "UDP"];

pub(super) fn validate_ports(ports: &[ContainerPort], path: &str, errors: &mut FieldErrors) {
    let mut names = BTreeSet::new();
    for (at, port) in ports.iter().enumerate() {
        let path = format!("{path}[{at}]");
        let name = port.name.as_deref().unwrap_or_default();
        if !name.is_empty() {
            let wrong = port_name_errors(name);
            let field = format!("{path}.name");
            if wrong.is_empty() && !names.insert(name) {
                errors.push(FieldError::duplicate(field.as_str(), name));
            }
            errors.extend(
                wrong
                    .into_iter()
                    .map(|wrong| FieldError::invalid(field.as_str(), name, wrong)),
            );
        }
        if port.container_port == 0 {
            errors.push(FieldError::required(format!("{path}.containerPort"), ""));
        } else {
            number(
                port.container_port,
                &format!("{path}.containerPort"),
                errors,
            );
        }
        if let Some(host_port) = port.host_port.filter(|port| *port != 0) {
            number(host_port, &format!("{path}.hostPort"), errors);
        }
        match port.protocol.as_deref().unwrap_or_default() {
            "" => errors.push(FieldError::required(format!("{path}.protocol"), "")),
            known if PROTOCOLS.contains(&known) => {}
            other => errors.push(FieldError::not_supported(
                format!("{path}.protocol"),
                other,
                &PROTOCOLS,
            )),
        }
    }
}

fn number(port: i32, path: &str, errors: &mut FieldErrors) {
    let wrong = port_number_errors(port).into_iter();
    errors.extend(wrong.map(|wrong| FieldError::invalid(path, port, wrong)));
}

/// No two ports of a pod may want the same port of the host.
pub(super) fn validate_host_ports(containers: &[Container], path: &str, errors: &mut FieldErrors) {
    let mut taken = BTreeSet::new();
    for (at, container) in containers.iter().enumerate() {
        for (port_at, port) in container.ports.iter().flatten().enumerate() {
            let Some(host_port) = port.host_port.filter(|port| *port != 0) else {
                continue;
            };
            let protocol = port.protocol.as_deref().unwrap_or_default();
            let ip = port.host_ip.as_deref().unwrap_or_default();
            let id = format!("{protocol}/{ip}/{host_port}");
            if !taken.insert(id.clone()) {
                let field = format!("{path}[{at}].ports[{port_at}].hostPort");
                errors.push(FieldError::duplicate(field, id));
            }
        }
    }
}

/// Under host networking a container's port is the host's.
pub(super) fn validate_host_network(spec: &PodSpec, path: &str, errors: &mut FieldErrors) {
    if spec.host_network != Some(true) {
        return;
    }
    for (at, container) in spec.containers.iter().enumerate() {
        for (port_at, port) in container.ports.iter().flatten().enumerate() {
            // a template's is given to its pods by default
            let host_port = port.host_port.filter(|host_port| *host_port != 0);
            if let Some(host_port) = host_port.filter(|other| *other != port.container_port) {
                let field = format!("{path}.containers[{at}].ports[{port_at}].hostPort");
                let detail = "must match `containerPort` when `hostNetwork` is true";
                errors.push(FieldError::invalid(field, host_port, detail));
            }
        }
    }
}
