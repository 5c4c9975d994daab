//! `spec.ipFamilies` and `spec.ipFamilyPolicy` of a cluster that has IPv4 addresses only.

use k8s_openapi::api::core::v1::ServiceSpec;

use super::addresses::{self, is_headless};
use super::allocation::Refusal;
use crate::ip::sloppy;
use crate::{FieldError, FieldErrors};

const POLICY_PATH: &str = "spec.ipFamilyPolicy";
/// The one family that the cluster has.
const FAMILY: &str = "IPv4";

/// `initIPFamilyFields`.
pub(super) fn infer(spec: &mut ServiceSpec, old: Option<&ServiceSpec>) -> Result<(), Refusal> {
    if spec.type_.as_deref() == Some("ExternalName") || is_settled(spec, old) {
        return Ok(());
    }
    let unbound = is_headless(spec) && spec.selector.as_ref().is_none_or(|map| map.is_empty());
    if spec.ip_family_policy.is_none() {
        let before = old.and_then(|old| old.ip_family_policy.clone());
        let first = match unbound {
            true => "RequireDualStack",
            false => "SingleStack",
        };
        spec.ip_family_policy = before.or_else(|| Some(first.to_owned()));
    }
    let none = ServiceSpec::default();
    refuse(addresses::validate(spec, old.unwrap_or(&none)))?;
    let mut errors = FieldErrors::new();
    if let Some(old) = old {
        follow_policy(spec, old, &mut errors);
    }
    check_policy(spec, &mut errors);
    infer_from_addresses(spec, &mut errors);
    refuse(errors)?;
    if unbound {
        complete_unbound(spec);
        return Ok(());
    }
    refuse(wants_more(spec))?;
    if of(spec).is_empty() {
        spec.ip_families = Some(vec![FAMILY.to_owned()]);
    }
    Ok(())
}

fn refuse(errors: FieldErrors) -> Result<(), Refusal> {
    match errors.is_empty() {
        true => Ok(()),
        false => Err(Refusal::Invalid(errors)),
    }
}

fn of(spec: &ServiceSpec) -> &[String] {
    spec.ip_families.as_deref().unwrap_or_default()
}

fn ips(spec: &ServiceSpec) -> &[String] {
    spec.cluster_ips.as_deref().unwrap_or_default()
}

fn is_single(spec: &ServiceSpec) -> bool {
    spec.ip_family_policy.as_deref() == Some("SingleStack")
}

/// A preference for two is looked at when something about it changes.
fn is_settled(spec: &ServiceSpec, old: Option<&ServiceSpec>) -> bool {
    let prefers = |policy: Option<&str>| policy == Some("PreferDualStack");
    old.is_some_and(|old| {
        let before = old.ip_family_policy.as_deref();
        prefers(spec.ip_family_policy.as_deref())
            && before.is_none_or(|policy| prefers(Some(policy)))
            && old.type_ == spec.type_
            && ips(old) == ips(spec)
            && of(old) == of(spec)
    })
}

/// Who asks for one family only lets the second go, who does not may not drop it.
fn follow_policy(spec: &mut ServiceSpec, old: &ServiceSpec, errors: &mut FieldErrors) {
    if is_single(spec) {
        if ips(old) == ips(spec) {
            spec.cluster_ips.iter_mut().for_each(|ips| ips.truncate(1));
        }
        if of(old) == of(spec) {
            spec.ip_families.iter_mut().for_each(|of| of.truncate(1));
        }
        return;
    }
    let reduced = |now: &[String], before: &[String]| !now.is_empty() && now.len() < before.len();
    let released = [
        (reduced(ips(spec), ips(old)), "cluster IP"),
        (reduced(of(spec), of(old)), "IP family"),
    ];
    for (_, what) in released.into_iter().filter(|(reduced, _)| *reduced) {
        let detail = format!("must be 'SingleStack' to release the secondary {what}");
        let policy = &spec.ip_family_policy;
        errors.push(FieldError::invalid(POLICY_PATH, policy, detail));
    }
}

fn check_policy(spec: &ServiceSpec, errors: &mut FieldErrors) {
    let two = [
        (ips(spec).len() == 2, "cluster IPs"),
        (of(spec).len() == 2, "IP families"),
    ];
    for (_, what) in two.into_iter().filter(|(two, _)| *two && is_single(spec)) {
        let detail = format!(
            "must be 'RequireDualStack' or 'PreferDualStack' when multiple {what} are specified"
        );
        let policy = &spec.ip_family_policy;
        errors.push(FieldError::invalid(POLICY_PATH, policy, detail));
    }
}

fn infer_from_addresses(spec: &mut ServiceSpec, errors: &mut FieldErrors) {
    for (at, address) in ips(spec).to_vec().iter().enumerate() {
        let Some(address) = sloppy(address) else {
            break;
        };
        if at < of(spec).len() {
            continue;
        }
        if address.is_ipv6() {
            let path = format!("spec.clusterIPs[{at}]");
            let detail = "IPv6 is not configured on this cluster";
            errors.push(FieldError::invalid(path, ips(spec), detail));
        } else {
            let families = spec.ip_families.get_or_insert_default();
            families.push(FAMILY.to_owned());
        }
    }
}

/// One without address and selector may be of families that the cluster does not have.
fn complete_unbound(spec: &mut ServiceSpec) {
    let single = is_single(spec);
    let families = spec.ip_families.get_or_insert_default();
    if families.is_empty() {
        families.push(FAMILY.to_owned());
    }
    if families.len() < 2 && !single {
        let other = match families[0].as_str() {
            FAMILY => "IPv6",
            _ => FAMILY,
        };
        families.push(other.to_owned());
    }
}

fn wants_more(spec: &ServiceSpec) -> FieldErrors {
    let mut errors = FieldErrors::new();
    if spec.ip_family_policy.as_deref() == Some("RequireDualStack") {
        let detail = "this cluster is not configured for dual-stack services";
        let policy = &spec.ip_family_policy;
        errors.push(FieldError::invalid(POLICY_PATH, policy, detail));
    }
    for (at, family) in of(spec).iter().enumerate().filter(|(_, f)| *f != FAMILY) {
        let path = format!("spec.ipFamilies[{at}]");
        let detail = "not configured on this cluster";
        errors.push(FieldError::invalid(path, family, detail));
    }
    errors
}
