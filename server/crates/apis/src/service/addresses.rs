//! `spec.clusterIPs`, and the families that they are of.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::ServiceSpec;

use crate::ip::{is_of_both_families, new_address_error, sloppy};
use crate::{FieldError, FieldErrors};

const PATH: &str = "spec.clusterIPs";
const FAMILIES_PATH: &str = "spec.ipFamilies";
const POLICY_PATH: &str = "spec.ipFamilyPolicy";
const FAMILIES: [&str; 2] = ["IPv4", "IPv6"];
const POLICIES: [&str; 3] = ["PreferDualStack", "RequireDualStack", "SingleStack"];
const SET_ONCE: &str = "may not change once set";

/// One that has no address of its own.
pub(super) fn is_headless(spec: &ServiceSpec) -> bool {
    spec.cluster_ips
        .as_deref()
        .is_some_and(|ips| ips == ["None"])
}

/// `ValidateServiceClusterIPsRelatedFields`; addresses that are in `old` were taken before.
pub(super) fn validate(spec: &ServiceSpec, old: &ServiceSpec) -> FieldErrors {
    let mut errors = FieldErrors::new();
    if spec.type_.as_deref() == Some("ExternalName") {
        return errors;
    }
    let addresses = spec.cluster_ips.as_deref().unwrap_or_default();
    validate_first(spec, addresses, &mut errors);
    validate_families(spec, &mut errors);
    let policy = spec.ip_family_policy.as_deref();
    if let Some(policy) = policy.filter(|policy| !POLICIES.contains(policy)) {
        errors.push(FieldError::not_supported(POLICY_PATH, policy, &POLICIES));
    }
    let known = old.cluster_ips.iter().flatten().map(String::as_str);
    let wrong = wrong_addresses(addresses, &known.collect());
    let readable = wrong.is_empty();
    errors.extend(wrong);
    if addresses.len() > 2 {
        let detail = "may only hold up to 2 values";
        errors.push(FieldError::invalid(PATH, addresses, detail));
    }
    if readable {
        validate_stack(spec, addresses, &mut errors);
    }
    errors
}

/// The singular field is the first of the plural one.
fn validate_first(spec: &ServiceSpec, addresses: &[String], errors: &mut FieldErrors) {
    let said = spec.cluster_ip.as_deref().unwrap_or_default();
    match (said, addresses.first()) {
        ("", None) => {}
        ("", Some(_)) => {
            let detail = "must be empty when `clusterIP` is not specified";
            errors.push(FieldError::invalid(PATH, addresses, detail));
        }
        (_, None) => errors.push(FieldError::required(PATH, "")),
        (said, Some(first)) if first == said => {}
        _ => {
            let detail = "first value must match `clusterIP`";
            errors.push(FieldError::invalid(PATH, addresses, detail));
        }
    }
}

fn validate_families(spec: &ServiceSpec, errors: &mut FieldErrors) {
    let families = spec.ip_families.as_deref().unwrap_or_default();
    let mut seen = BTreeSet::new();
    for (at, family) in families.iter().enumerate() {
        let path = format!("{FAMILIES_PATH}[{at}]");
        if !FAMILIES.contains(&family.as_str()) {
            errors.push(FieldError::not_supported(path.as_str(), family, &FAMILIES));
        }
        if !seen.insert(family) {
            errors.push(FieldError::duplicate(path, family));
        }
    }
}

fn wrong_addresses(addresses: &[String], known: &BTreeSet<&str>) -> FieldErrors {
    let mut errors = FieldErrors::new();
    for (at, address) in addresses.iter().enumerate() {
        match (at, address.as_str()) {
            (0, "None") if addresses.len() > 1 => {
                let detail = "'None' must be the first and only value";
                errors.push(FieldError::invalid(PATH, addresses, detail));
            }
            (0, "None") => {}
            (_, address) => {
                let path = format!("{PATH}[{at}]");
                errors.extend(new_address_error(address, known, &path));
            }
        }
    }
    errors
}

/// Two addresses are of two families, and each is of the family that stands beside it.
fn validate_stack(spec: &ServiceSpec, addresses: &[String], errors: &mut FieldErrors) {
    if addresses.len() > 1 && !is_of_both_families(addresses) {
        let detail = "may specify no more than one IP for each IP family";
        errors.push(FieldError::invalid(PATH, addresses, detail));
    }
    let families = spec.ip_families.iter().flatten();
    for (at, (address, family)) in addresses.iter().zip(families).enumerate() {
        let Some(parsed) = sloppy(address) else {
            continue;
        };
        let wanted = match family.as_str() {
            "IPv4" if parsed.is_ipv6() => "IPv4",
            "IPv6" if parsed.is_ipv4() => "IPv6",
            _ => continue,
        };
        let detail = format!("expected an {wanted} value as indicated by `ipFamilies[{at}]`");
        errors.push(FieldError::invalid(
            format!("{PATH}[{at}]"),
            address,
            detail,
        ));
    }
}

/// What an update must leave as it is: addresses and families come and go second, never first.
pub(super) fn validate_update(new: &ServiceSpec, old: &ServiceSpec) -> FieldErrors {
    let mut errors = FieldErrors::new();
    let external = |spec: &ServiceSpec| spec.type_.as_deref() == Some("ExternalName");
    if external(new) || external(old) {
        return errors;
    }
    if !(is_headless(new) && is_headless(old)) {
        validate_addresses_update(new, old, &mut errors);
    }
    if !is_headless(new) && !is_headless(old) {
        validate_families_update(new, old, &mut errors);
    }
    errors
}

fn validate_addresses_update(new: &ServiceSpec, old: &ServiceSpec, errors: &mut FieldErrors) {
    let now = new.cluster_ips.as_deref().unwrap_or_default();
    let before = old.cluster_ips.as_deref().unwrap_or_default();
    let compared = match now.len() == before.len() {
        true => now.len(),
        // of lists that grow or shrink only the first stays
        false => now.len().min(before.len()).min(1),
    };
    if now.is_empty() && !before.is_empty() {
        let detail = "primary clusterIP can not be unset";
        let path = format!("{PATH}[0]");
        errors.push(FieldError::invalid(path, None::<&[String]>, detail));
    }
    for at in (0..compared).filter(|at| now[*at] != before[*at]) {
        errors.push(FieldError::invalid(format!("{PATH}[{at}]"), now, SET_ONCE));
    }
    if now.len() == 1 && before.len() > 1 {
        errors.extend(wrong_policy(new, "clusterIP"));
    }
}

/// Upstream names the first family for each that moved, whichever, and where their list grows or shrinks it looks at
/// the addresses, too.
fn validate_families_update(new: &ServiceSpec, old: &ServiceSpec, errors: &mut FieldErrors) {
    let now = new.ip_families.as_deref().unwrap_or_default();
    let before = old.ip_families.as_deref().unwrap_or_default();
    let path = format!("{FAMILIES_PATH}[0]");
    if now.len() == before.len() {
        let moved = now.iter().zip(before).filter(|(now, before)| now != before);
        errors.extend(moved.map(|_| FieldError::invalid(path.as_str(), now, SET_ONCE)));
        return;
    }
    let shrinks = now.len() < before.len();
    let addresses = new.cluster_ips.as_deref();
    if shrinks && addresses.is_none_or(<[String]>::is_empty) {
        let detail = "primary ipFamily can not be unset";
        errors.push(FieldError::invalid(path.as_str(), &new.ip_families, detail));
    }
    if now.len().min(before.len()) > 0 && now[0] != before[0] {
        errors.push(FieldError::invalid(path, addresses, SET_ONCE));
    }
    if shrinks && now.len() == 1 {
        errors.extend(wrong_policy(new, "ipFamily"));
    }
}

/// Who lets the second go says so.
fn wrong_policy(spec: &ServiceSpec, what: &str) -> Option<FieldError> {
    let policy = &spec.ip_family_policy;
    let detail = format!("must be set to 'SingleStack' when releasing the secondary {what}");
    (policy.as_deref() != Some("SingleStack"))
        .then(|| FieldError::invalid(POLICY_PATH, policy, detail))
}
