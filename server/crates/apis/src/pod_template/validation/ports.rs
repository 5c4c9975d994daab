//! Container ports and the host's.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{Container, ContainerPort};

use crate::meta::{port_name_errors, port_number_errors};
use crate::{ErrorType, FieldError, FieldErrors};

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
                errors.push(FieldError::new(
                    ErrorType::Duplicate,
                    field.as_str(),
                    name,
                    "",
                ));
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
pub(super) fn validate_host_ports(
    containers: &[Container],
    path: &str,
    host_network: bool,
    errors: &mut FieldErrors,
) {
    let mut taken = BTreeSet::new();
    let mut mismatched = Vec::new();
    for (at, container) in containers.iter().enumerate() {
        for (port_at, port) in container.ports.iter().flatten().enumerate() {
            let Some(host_port) = port.host_port.filter(|port| *port != 0) else {
                continue;
            };
            let path = format!("{path}[{at}].ports[{port_at}]");
            let protocol = port.protocol.as_deref().unwrap_or_default();
            let id = format!(
                "{protocol}/{}/{host_port}",
                port.host_ip.as_deref().unwrap_or_default()
            );
            if !taken.insert(id.clone()) {
                errors.push(FieldError::new(
                    ErrorType::Duplicate,
                    format!("{path}.hostPort"),
                    id,
                    "",
                ));
            }
            if host_network && host_port != port.container_port {
                let detail = "must match `hostPort` when `hostNetwork` is true";
                let field = format!("{path}.containerPort");
                mismatched.push(FieldError::invalid(field, port.container_port, detail));
            }
        }
    }
    errors.extend(mismatched);
}
