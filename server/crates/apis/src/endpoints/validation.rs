//! `ValidateEndpoints`.

use k8s_openapi::api::core::v1::{EndpointAddress, EndpointPort, EndpointSubset, Endpoints};

use crate::ip::{address_error, special_address_errors};
use crate::meta::{
    dns_label_errors, dns_subdomain_errors, port_number_errors, validate_qualified_name,
};
use crate::{FieldError, FieldErrors};

const PROTOCOLS: [&str; 3] = ["SCTP", "TCP", "UDP"];

pub(super) fn validate(endpoints: &Endpoints) -> FieldErrors {
    let mut errors = FieldErrors::new();
    for (at, subset) in endpoints.subsets.iter().flatten().enumerate() {
        validate_subset(subset, &format!("subsets[{at}]"), &mut errors);
    }
    errors
}

fn validate_subset(subset: &EndpointSubset, path: &str, errors: &mut FieldErrors) {
    let lists = [
        ("addresses", subset.addresses.as_deref().unwrap_or_default()),
        (
            "notReadyAddresses",
            subset.not_ready_addresses.as_deref().unwrap_or_default(),
        ),
    ];
    if lists.iter().all(|(_, list)| list.is_empty()) {
        let detail = "must specify `addresses` or `notReadyAddresses`";
        errors.push(FieldError::required(path, detail));
    }
    for (field, list) in lists {
        for (at, address) in list.iter().enumerate() {
            validate_address(address, &format!("{path}.{field}[{at}]"), errors);
        }
    }
    let ports = subset.ports.as_deref().unwrap_or_default();
    for (at, port) in ports.iter().enumerate() {
        validate_port(
            port,
            ports.len() > 1,
            &format!("{path}.ports[{at}]"),
            errors,
        );
    }
}

fn validate_address(address: &EndpointAddress, path: &str, errors: &mut FieldErrors) {
    let ip = address.ip.as_str();
    errors.extend(address_error(ip, &format!("{path}.ip")));
    let host = address.hostname.as_deref().filter(|host| !host.is_empty());
    let wrong = host.into_iter().flat_map(dns_label_errors);
    errors.extend(wrong.map(|wrong| FieldError::invalid(format!("{path}.hostname"), host, wrong)));
    let node = address.node_name.as_deref();
    let wrong = node.into_iter().flat_map(dns_subdomain_errors);
    errors.extend(wrong.map(|wrong| FieldError::invalid(format!("{path}.nodeName"), node, wrong)));
    errors.extend(special_address_errors(ip, &format!("{path}.ip")));
}

fn validate_port(port: &EndpointPort, is_named: bool, path: &str, errors: &mut FieldErrors) {
    let field = format!("{path}.name");
    match port.name.as_deref().unwrap_or_default() {
        "" if is_named => errors.push(FieldError::required(field, "")),
        "" => {}
        name => {
            let wrong = dns_label_errors(name).into_iter();
            errors.extend(wrong.map(|wrong| FieldError::invalid(field.as_str(), name, wrong)));
        }
    }
    let number = port.port;
    let wrong = port_number_errors(number).into_iter();
    errors.extend(wrong.map(|wrong| FieldError::invalid(format!("{path}.port"), number, wrong)));
    let protocol = port.protocol.as_deref().unwrap_or_default();
    if !PROTOCOLS.contains(&protocol) {
        let field = format!("{path}.protocol");
        errors.push(FieldError::not_supported(field, protocol, &PROTOCOLS));
    }
    if let Some(protocol) = &port.app_protocol {
        errors.extend(validate_qualified_name(
            protocol,
            &format!("{path}.appProtocol"),
        ));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Kind;
    use crate::testing::{created, texts};

    #[test]
    fn wrong_endpoints() {
        let subsets = json!([
            {"ports": [{"port": 80}]},
            {"addresses": [{"ip": "x"}, {"ip": "127.0.0.1"}, {"ip": "10.0.0.1", "hostname": "a.b", "nodeName": "N"}]},
            {"notReadyAddresses": [{"ip": "169.254.0.1"}], "ports": [{"name": "a", "port": 0}, {"port": 80, "protocol": "HTTP"}]},
        ]);
        let endpoints: Endpoints = created(json!({"metadata": {"name": "e"}, "subsets": subsets}));
        let told = texts(&endpoints.validate_create());
        let want = [
            "subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`",
            "subsets[1].addresses[0].ip: Invalid value: \"x\": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",
            "subsets[1].addresses[0].ip: Invalid value: \"x\": must be a valid IP address",
            "subsets[1].addresses[1].ip: Invalid value: \"127.0.0.1\": may not be in the loopback range (127.0.0.0/8, ::1/128)",
            "subsets[1].addresses[2].hostname: Invalid value: \"a.b\": must not contain dots",
            "subsets[1].addresses[2].nodeName: Invalid value: \"N\": a lowercase RFC 1123 subdomain must",
            "subsets[2].notReadyAddresses[0].ip: Invalid value: \"169.254.0.1\": may not be in the link-local range (169.254.0.0/16, fe80::/10)",
            "subsets[2].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive",
            "subsets[2].ports[1].name: Required value",
            "subsets[2].ports[1].protocol: Unsupported value: \"HTTP\": supported values: \"SCTP\", \"TCP\", \"UDP\"",
        ];
        assert_eq!(told.len(), want.len(), "{told:#?}");
        for (told, want) in told.iter().zip(want) {
            assert!(told.starts_with(want), "{told}");
        }
    }
}
