//! Kernel parameters of a pod: none of a namespace that it shares with its node.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::PodSpec;

use crate::{FieldError, FieldErrors};

const NAME_BYTES_MAX: usize = 253;
const NAME_TEXT: &str = "must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$";
/// Of the namespace of processes that talk to each other.
const OF_IPC: [&str; 4] = ["kernel.shm", "kernel.msg", "kernel.sem", "fs.mqueue."];

pub(super) fn validate_sysctls(spec: &PodSpec, path: &str, errors: &mut FieldErrors) {
    let context = spec.security_context.iter();
    let sysctls = context.flat_map(|context| context.sysctls.iter().flatten());
    let mut names = BTreeSet::new();
    for (at, sysctl) in sysctls.enumerate() {
        let name = sysctl.name.as_str();
        let field = format!("{path}[{at}].name");
        if name.is_empty() {
            errors.push(FieldError::required(field.as_str(), ""));
        } else if !is_name(name) {
            errors.push(FieldError::invalid(field.as_str(), name, NAME_TEXT));
        } else if names.contains(name) {
            errors.push(FieldError::duplicate(field.as_str(), name));
        }
        names.insert(name);
        let dotted = dotted(name);
        let shared = if spec.host_network == Some(true) && dotted.starts_with("net.") {
            Some("may not be specified when 'hostNetwork' is true")
        } else if spec.host_ipc == Some(true)
            && OF_IPC.iter().any(|prefix| dotted.starts_with(prefix))
        {
            Some("may not be specified when 'hostIPC' is true")
        } else {
            None
        };
        errors.extend(shared.map(|detail| FieldError::invalid(field, name, detail)));
    }
}

/// Segments of small letters, digits, `-` and `_`, between dots or slashes.
fn is_name(name: &str) -> bool {
    let end = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit();
    let segment = |segment: &str| {
        let bytes = segment.as_bytes();
        let inner = |c: &u8| end(*c) || [b'-', b'_'].contains(c);
        bytes.first().is_some_and(|c| end(*c))
            && bytes.last().is_some_and(|c| end(*c))
            && bytes.iter().all(inner)
    };
    name.len() <= NAME_BYTES_MAX && name.split(['.', '/']).all(segment)
}

/// As the kernel reads it: when its first separator is a slash, slashes and dots change places.
fn dotted(name: &str) -> String {
    match name.find(['.', '/']) {
        Some(first) if name.as_bytes()[first] == b'/' => {
            let swapped = name.chars().map(|c| match c {
                '.' => '/',
                '/' => '.',
                other => other,
            });
            swapped.collect()
        }
        _ => name.to_owned(),
    }
}
