//! `ValidateEndpointSlice`.

use std::collections::BTreeSet;
use std::net::IpAddr;

use k8s_openapi::api::discovery::v1::{Endpoint, EndpointHints, EndpointPort, EndpointSlice};

use crate::ip::{address_error, special_address_errors};
use crate::meta::{
    dns_label_errors, dns_subdomain_errors, label_value_errors, validate_labels,
    validate_qualified_name,
};
use crate::{FieldError, FieldErrors};

const ADDRESS_TYPES: [&str; 3] = ["FQDN", "IPv4", "IPv6"];
const PROTOCOLS: [&str; 3] = ["SCTP", "TCP", "UDP"];
const ENDPOINTS_MAX: usize = 1000;
const ADDRESSES_MAX: usize = 100;
const PORTS_MAX: usize = 20_000;
const TOPOLOGY_MAX: usize = 16;
const HINTS_MAX: usize = 8;

pub(super) fn validate(slice: &EndpointSlice) -> FieldErrors {
    let mut errors = FieldErrors::new();
    let address_type = slice.address_type.as_str();
    if address_type.is_empty() {
        errors.push(FieldError::required("addressType", ""));
    } else if !ADDRESS_TYPES.contains(&address_type) {
        errors.push(FieldError::not_supported(
            "addressType",
            address_type,
            &ADDRESS_TYPES,
        ));
    }
    let endpoints = slice.endpoints.as_deref().unwrap_or_default();
    if endpoints.len() > ENDPOINTS_MAX {
        let count = endpoints.len();
        errors.push(FieldError::too_many("endpoints", count, ENDPOINTS_MAX));
    } else {
        for (at, endpoint) in endpoints.iter().enumerate() {
            let path = format!("endpoints[{at}]");
            validate_endpoint(endpoint, address_type, &path, &mut errors);
        }
    }
    let ports = slice.ports.as_deref().unwrap_or_default();
    if ports.len() > PORTS_MAX {
        errors.push(FieldError::too_many("ports", ports.len(), PORTS_MAX));
    } else {
        validate_ports(ports, &mut errors);
    }
    errors
}

fn validate_endpoint(
    endpoint: &Endpoint,
    address_type: &str,
    path: &str,
    errors: &mut FieldErrors,
) {
    let field = format!("{path}.addresses");
    let count = endpoint.addresses.len();
    if count == 0 {
        let detail = "must contain at least 1 address";
        errors.push(FieldError::required(field.as_str(), detail));
    } else if count > ADDRESSES_MAX {
        errors.push(FieldError::too_many(field.as_str(), count, ADDRESSES_MAX));
    }
    for (at, address) in endpoint.addresses.iter().enumerate() {
        validate_address(address, address_type, &format!("{field}[{at}]"), errors);
    }
    let invalid = |field: &str, text: &str, wrong: String| {
        FieldError::invalid(format!("{path}.{field}"), text, wrong)
    };
    if let Some(node) = endpoint.node_name.as_deref() {
        let wrong = dns_subdomain_errors(node).into_iter();
        errors.extend(wrong.map(|wrong| invalid("nodeName", node, wrong)));
    }
    let field = format!("{path}.deprecatedTopology");
    let topology = endpoint.deprecated_topology.as_ref();
    let count = topology.map_or(0, |labels| labels.len());
    if count > TOPOLOGY_MAX {
        errors.push(FieldError::too_many(field.as_str(), count, TOPOLOGY_MAX));
    }
    errors.extend(validate_labels(topology, &field));
    if let Some(host) = endpoint.hostname.as_deref() {
        let wrong = dns_label_errors(host).into_iter();
        errors.extend(wrong.map(|wrong| invalid("hostname", host, wrong)));
    }
    if let Some(hints) = &endpoint.hints {
        validate_hints(hints, &format!("{path}.hints"), errors);
    }
}

fn validate_address(text: &str, address_type: &str, path: &str, errors: &mut FieldErrors) {
    let of_family = |is_one: fn(&IpAddr) -> bool, family: &str| {
        address_error(text, path).or_else(|| {
            let other = text
                .parse::<IpAddr>()
                .is_ok_and(|address| !is_one(&address));
            let detail = format!("must be an {family} address");
            other.then(|| FieldError::invalid(path, text, detail))
        })
    };
    match address_type {
        "IPv4" => errors.extend(of_family(IpAddr::is_ipv4, "IPv4")),
        "IPv6" => errors.extend(of_family(IpAddr::is_ipv6, "IPv6")),
        "FQDN" => return errors.extend(domain_error(text, path)),
        // whatever that may be, it is refused already
        _ => return,
    }
    errors.extend(special_address_errors(text, path));
}

/// `IsFullyQualifiedDomainName`.
fn domain_error(text: &str, path: &str) -> Option<FieldError> {
    if text.is_empty() {
        return Some(FieldError::required(path, ""));
    }
    let name = text.strip_suffix('.').unwrap_or(text);
    let wrong = dns_subdomain_errors(name);
    if !wrong.is_empty() {
        return Some(FieldError::invalid(path, name, wrong.join(",")));
    }
    if !name.contains('.') {
        let detail = "should be a domain with at least two segments separated by dots";
        return Some(FieldError::invalid(path, name, detail));
    }
    name.split('.').find_map(|label| {
        let wrong = dns_label_errors(label);
        (!wrong.is_empty()).then(|| FieldError::invalid(path, label, wrong.join(",")))
    })
}

/// What is wrong with a name.
type Judge = fn(&str) -> Vec<String>;

fn validate_hints(hints: &EndpointHints, path: &str, errors: &mut FieldErrors) {
    let zones = hints.for_zones.iter().flatten();
    let zones: Vec<&str> = zones.map(|zone| zone.name.as_str()).collect();
    let nodes = hints.for_nodes.iter().flatten();
    let nodes: Vec<&str> = nodes.map(|node| node.name.as_str()).collect();
    let lists: [(_, _, Judge); 2] = [
        ("forZones", zones, label_value_errors),
        ("forNodes", nodes, dns_subdomain_errors),
    ];
    for (list, names, judge) in lists {
        let list = format!("{path}.{list}");
        if names.len() > HINTS_MAX {
            // of what comes behind, nothing is told then
            errors.push(FieldError::too_many(list, names.len(), HINTS_MAX));
            return;
        }
        let mut seen = BTreeSet::new();
        for (at, name) in names.into_iter().enumerate() {
            let field = format!("{list}[{at}].name");
            if !seen.insert(name) {
                errors.push(FieldError::duplicate(field.as_str(), name));
            }
            let wrong = judge(name).into_iter();
            errors.extend(wrong.map(|wrong| FieldError::invalid(field.as_str(), name, wrong)));
        }
    }
}

fn validate_ports(ports: &[EndpointPort], errors: &mut FieldErrors) {
    let mut names = BTreeSet::new();
    for (at, port) in ports.iter().enumerate() {
        let path = format!("ports[{at}]");
        let field = format!("{path}.name");
        let name = port.name.as_deref().unwrap_or_default();
        if !name.is_empty() {
            let wrong = dns_label_errors(name).into_iter();
            errors.extend(wrong.map(|wrong| FieldError::invalid(field.as_str(), name, wrong)));
        }
        if !names.insert(name) {
            errors.push(FieldError::duplicate(field, name));
        }
        let protocol = port.protocol.as_deref().unwrap_or_default();
        if !PROTOCOLS.contains(&protocol) {
            let field = format!("{path}.protocol");
            errors.push(FieldError::not_supported(field, protocol, &PROTOCOLS));
        }
        if let Some(protocol) = &port.app_protocol {
            let field = format!("{path}.appProtocol");
            errors.extend(validate_qualified_name(protocol, &field));
        }
    }
}
