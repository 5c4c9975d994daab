//! How a pod finds the addresses of names: its resolver's settings, and names of its own.

use k8s_openapi::api::core::v1::PodSpec;

use crate::ip::address_error;
use crate::meta::dns_subdomain_errors;
use crate::{FieldError, FieldErrors};

const NAMESERVERS_MAX: usize = 3;
const SEARCHES_MAX: usize = 32;
const SEARCH_LETTERS_MAX: usize = 2_048;

pub(super) fn validate_dns(spec: &PodSpec, path: &str, errors: &mut FieldErrors) {
    let none = spec.dns_policy.as_deref() == Some("None");
    let Some(config) = spec.dns_config.as_ref() else {
        if none {
            let detail = "must provide `dnsConfig` when `dnsPolicy` is None";
            errors.push(FieldError::required(path, detail));
        }
        return;
    };
    let servers = config.nameservers.as_deref().unwrap_or_default();
    let field = format!("{path}.nameservers");
    if none && servers.is_empty() {
        let detail = "must provide at least one DNS nameserver when `dnsPolicy` is None";
        errors.push(FieldError::required(field, detail));
        return;
    }
    if servers.len() > NAMESERVERS_MAX {
        let detail = format!("must not have more than {NAMESERVERS_MAX} nameservers");
        errors.push(FieldError::invalid(field.as_str(), servers, detail));
    }
    for (at, server) in servers.iter().enumerate() {
        errors.extend(address_error(server, &format!("{field}[{at}]")));
    }
    let searches = config.searches.as_deref().unwrap_or_default();
    validate_searches(searches, &format!("{path}.searches"), errors);
    for (at, option) in config.options.iter().flatten().enumerate() {
        if option.name.as_deref().is_none_or(str::is_empty) {
            let field = format!("{path}.options[{at}]");
            errors.push(FieldError::required(field, "must not be empty"));
        }
    }
}

fn validate_searches(searches: &[String], path: &str, errors: &mut FieldErrors) {
    if searches.len() > SEARCHES_MAX {
        let detail = format!("must not have more than {SEARCHES_MAX} search paths");
        errors.push(FieldError::invalid(path, searches, detail));
    }
    if searches.join(" ").len() > SEARCH_LETTERS_MAX {
        let detail = format!(
            "must not have more than {SEARCH_LETTERS_MAX} characters (including spaces) in the search list"
        );
        errors.push(FieldError::invalid(path, searches, detail));
    }
    for (at, search) in searches.iter().enumerate() {
        // since 1.34 an underscore may stand in a search path, and a dot alone is one
        let name = search.strip_suffix('.').unwrap_or(search);
        let plain = name.replace('_', "0");
        if search != "." && !dns_subdomain_errors(&plain).is_empty() {
            let field = format!("{path}[{at}]");
            errors.push(FieldError::invalid(field, name, SEARCH_TEXT));
        }
    }
}

/// Upstream's text has the expression without the underscore.
const SEARCH_TEXT: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

pub(super) fn validate_aliases(spec: &PodSpec, path: &str, errors: &mut FieldErrors) {
    for (at, alias) in spec.host_aliases.iter().flatten().enumerate() {
        let path = format!("{path}[{at}]");
        errors.extend(address_error(&alias.ip, &format!("{path}.ip")));
        for (name_at, name) in alias.hostnames.iter().flatten().enumerate() {
            let field = format!("{path}.hostnames[{name_at}]");
            let wrong = dns_subdomain_errors(name).into_iter();
            errors.extend(wrong.map(|wrong| FieldError::invalid(field.as_str(), name, wrong)));
        }
    }
}
