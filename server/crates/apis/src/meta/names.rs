//! The name rules of apimachinery's validation, each giving the sentences that upstream gives.

use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use crate::{FieldError, FieldErrors};

const LABEL_MAX: usize = 63;
const SUBDOMAIN_MAX: usize = 253;
const CONFIG_KEY_MAX: usize = 253;

const LABEL_TEXT: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN_TEXT: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const CONFIG_KEY_TEXT: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
const HTTP_PATH_TEXT: &str =
    r"Invalid path (regex used for validation is '[A-Za-z0-9/\-._~%!$&'()*+,;=:]+')";
const ENV_TEXT: &str = "a valid environment variable name must consist only of printable ASCII characters other than '='";

/// Which names a kind accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameRule {
    /// Most kinds: a lower-case DNS subdomain of at most 253 characters.
    DnsSubdomain,
    /// Namespaces, and Services since 1.36: a lower-case DNS label of at most 63 characters.
    DnsLabel,
    /// Events: anything that fits in a path.
    PathSegment,
}

impl NameRule {
    /// Errors of a name; of a generateName prefix (which may end in a dash) when `prefix`.
    pub fn errors(self, name: &str, prefix: bool) -> Vec<String> {
        // upstream swaps a trailing dash for a letter when a suffix will follow
        let shown = match name.strip_suffix('-') {
            Some(head) if prefix && !head.is_empty() => format!("{head}a"),
            _ => name.to_owned(),
        };
        match self {
            Self::DnsSubdomain => dns_subdomain_errors(&shown),
            Self::DnsLabel => dns_label_errors(&shown),
            Self::PathSegment => path_segment_errors(name, prefix),
        }
    }
}

fn too_long(max: usize) -> String {
    format!("must be no more than {max} characters")
}

/// Sentences for a text that is too long or of the wrong form, in this order.
fn judge(text: &str, max: usize, well_formed: bool, sentence: &str) -> Vec<String> {
    let long = (text.len() > max).then(|| too_long(max));
    let form = (!well_formed).then(|| sentence.to_owned());
    long.into_iter().chain(form).collect()
}

fn lower_or_digit(c: u8) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit()
}

fn is_label_form(text: &str) -> bool {
    let bytes = text.as_bytes();
    let ends = [bytes.first(), bytes.last()];
    let inner = bytes.iter().all(|c| lower_or_digit(*c) || *c == b'-');
    inner
        && ends
            .iter()
            .all(|end| end.is_some_and(|c| lower_or_digit(*c)))
}

/// `IsDNS1123Label`.
pub fn dns_label_errors(text: &str) -> Vec<String> {
    // upstream gives the subdomain's sentence to what is a subdomain but no label
    let sentence = if !is_label_form(text) && text.split('.').all(is_label_form) {
        "must not contain dots"
    } else {
        LABEL_TEXT
    };
    judge(text, LABEL_MAX, is_label_form(text), sentence)
}

/// `IsDNS1123Subdomain`.
pub fn dns_subdomain_errors(text: &str) -> Vec<String> {
    judge(
        text,
        SUBDOMAIN_MAX,
        text.split('.').all(is_label_form),
        SUBDOMAIN_TEXT,
    )
}

/// `IsDomainPrefixedPath`: `acme.io/foo`.
pub fn domain_prefixed_path_errors(text: &str, path: &str) -> FieldErrors {
    if text.is_empty() {
        return vec![FieldError::required(path, "")];
    }
    let Some((domain, rest)) = text
        .split_once('/')
        .filter(|(domain, rest)| !domain.is_empty() && !rest.is_empty())
    else {
        let detail = "must be a domain-prefixed path (such as \"acme.io/foo\")";
        return vec![FieldError::invalid(path, text, detail)];
    };
    let wrong = dns_subdomain_errors(domain).into_iter();
    let mut errors: FieldErrors = wrong
        .map(|wrong| FieldError::invalid(path, domain, wrong))
        .collect();
    let allowed = |c: u8| c.is_ascii_alphanumeric() || b"/-._~%!$&'()*+,;=:".contains(&c);
    if !rest.bytes().all(allowed) {
        errors.push(FieldError::invalid(path, rest, HTTP_PATH_TEXT));
    }
    errors
}

/// `IsValidPathSegmentName` (or prefix).
pub fn path_segment_errors(name: &str, prefix: bool) -> Vec<String> {
    if !prefix && matches!(name, "." | "..") {
        return vec![format!("may not be '{name}'")];
    }
    let found = ["/", "%"].into_iter().filter(|part| name.contains(part));
    found
        .map(|part| format!("may not contain '{part}'"))
        .collect()
}

/// `IsConfigMapKey`.
pub fn config_map_key_errors(key: &str) -> Vec<String> {
    let allowed = |c: u8| c.is_ascii_alphanumeric() || b"-._".contains(&c);
    let well_formed = !key.is_empty() && key.bytes().all(allowed);
    let mut errors = judge(key, CONFIG_KEY_MAX, well_formed, CONFIG_KEY_TEXT);
    errors.extend(dots(key));
    errors
}

/// `IsRelaxedEnvVarName`, the rule since 1.30 (on by default since 1.32).
pub fn env_var_name_errors(name: &str) -> Vec<String> {
    if name.is_empty() {
        return vec!["environment variable name must be non-empty".to_owned()];
    }
    let printable = |c: char| c.is_ascii() && (' '..='~').contains(&c) && c != '=';
    match name.chars().all(printable) {
        true => Vec::new(),
        false => vec![ENV_TEXT.to_owned()],
    }
}

fn dots(name: &str) -> Option<String> {
    match name {
        "." | ".." => Some(format!("must not be '{name}'")),
        _ => name
            .starts_with("..")
            .then(|| "must not start with '..'".to_owned()),
    }
}

/// `IsValidPortNum`.
pub fn port_number_errors(port: i32) -> Vec<String> {
    match port {
        1..=65535 => Vec::new(),
        _ => vec!["must be between 1 and 65535, inclusive".to_owned()],
    }
}

/// `ValidatePortNumOrName`.
pub fn validate_port_reference(port: &IntOrString, path: &str) -> FieldErrors {
    let invalid = |wrong: String| match port {
        IntOrString::Int(number) => FieldError::invalid(path, *number, wrong),
        IntOrString::String(name) => FieldError::invalid(path, name.as_str(), wrong),
    };
    let wrong = match port {
        IntOrString::Int(number) => port_number_errors(*number),
        IntOrString::String(name) => port_name_errors(name),
    };
    wrong.into_iter().map(invalid).collect()
}

/// `IsValidPortName`.
pub fn port_name_errors(name: &str) -> Vec<String> {
    let mut errors = Vec::new();
    if name.len() > 15 {
        errors.push(too_long(15));
    }
    if !name.bytes().all(|c| lower_or_digit(c) || c == b'-') {
        errors.push(
            "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)".to_owned(),
        );
    }
    if !name.bytes().any(|c| c.is_ascii_lowercase()) {
        errors.push("must contain at least one letter (a-z)".to_owned());
    }
    if name.contains("--") {
        errors.push("must not contain consecutive hyphens".to_owned());
    }
    if name.starts_with('-') || name.ends_with('-') {
        errors.push("must not begin or end with a hyphen".to_owned());
    }
    errors
}
