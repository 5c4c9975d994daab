//! What an update of a pod's status may say.

use std::collections::BTreeSet;
use std::net::IpAddr;

use k8s_openapi::api::core::v1::{Container, ContainerStatus, Pod, PodSpec, PodStatus};
use serde_json::{Value, json};

use super::validation::ANNOTATIONS;
use crate::ip::{address_warning, new_address_error, sloppy};
use crate::meta::{dns_subdomain_errors, immutable, validate_qualified_name};
use crate::pod_template::annotations;
use crate::{FieldError, FieldErrors};

mod health;

/// Upstream's `ValidatePodStatusUpdate`.
pub(super) fn validate_update(new: &Pod, old: &Pod) -> FieldErrors {
    let status = new.status.clone().unwrap_or_default();
    let had = addresses(old);
    let known: BTreeSet<&str> = had.iter().map(String::as_str).collect();
    let mut errors = Vec::new();
    let now = new.metadata.annotations.as_ref();
    let then = old.metadata.annotations.as_ref();
    annotations::validate_update(now, then, ANNOTATIONS, &mut errors);
    let spec = new.spec.clone().unwrap_or_default();
    annotations::validate(now, &spec, ANNOTATIONS, &mut errors);
    for (at, condition) in status.conditions.iter().flatten().enumerate() {
        let path = format!("status.conditions[{at}]");
        let generation = condition.observed_generation;
        errors.extend(negative(generation, &format!("{path}.observedGeneration")));
        errors.extend(validate_qualified_name(
            &condition.type_,
            &format!("{path}.Type"),
        ));
    }
    validate_nomination(new, old, &mut errors);
    errors.extend(negative(
        status.observed_generation,
        "status.observedGeneration",
    ));
    let class = |pod: &Pod| {
        pod.status
            .as_ref()
            .and_then(|status| status.qos_class.clone())
    };
    errors.extend(immutable(&class(new), &class(old), "status.qosClass"));
    validate_transitions(&status, old, &mut errors);
    validate_claims(&status, old, &mut errors);
    let pod_ips = status.pod_ips.as_deref().unwrap_or_default();
    let pod_ips: Vec<_> = pod_ips
        .iter()
        .map(|each| (each.ip.as_str(), json!({"IP": each.ip})))
        .collect();
    errors.extend(address_errors(&pod_ips, &known, "status.podIPs"));
    errors.extend(family_error(&pod_ips, "status.podIPs"));
    let host_ips = status.host_ips.as_deref().unwrap_or_default();
    let host_ips: Vec<_> = host_ips
        .iter()
        .map(|each| (each.ip.as_str(), json!({"IP": each.ip})))
        .collect();
    if let Some((first, _)) = host_ips.first()
        && status.host_ip.as_deref().unwrap_or_default() != *first
    {
        let field = "status.hostIPs[0].ip";
        errors.push(FieldError::invalid(
            field,
            first,
            "must be equal to `hostIP`",
        ));
    }
    errors.extend(address_errors(&host_ips, &known, "status.hostIPs"));
    errors.extend(family_error(&host_ips, "status.hostIPs"));
    validate_users(&status, new, &mut errors);
    health::validate(&status, new, &mut errors);
    errors
}

/// Where the pod is to run, unless it runs somewhere.
fn validate_nomination(new: &Pod, old: &Pod, errors: &mut FieldErrors) {
    let nominated = |pod: &Pod| {
        let status = pod.status.as_ref();
        status.and_then(|status| status.nominated_node_name.clone())
    };
    let name = nominated(new).unwrap_or_default();
    if name.is_empty() || nominated(old).as_ref() == Some(&name) {
        return;
    }
    let field = "status.nominatedNodeName";
    let wrong = dns_subdomain_errors(&name).into_iter();
    errors.extend(wrong.map(|wrong| FieldError::invalid(field, &name, wrong)));
    let node = old.spec.as_ref().and_then(|spec| spec.node_name.as_ref());
    if node.is_some_and(|node| !node.is_empty()) {
        let detail = "may not be set on pods that are already bound to a node";
        errors.push(FieldError::forbidden(field, detail));
    }
}

/// `validateContainerStatusUsers`: who a container runs as.
fn validate_users(status: &PodStatus, pod: &Pod, errors: &mut FieldErrors) {
    let os = pod.spec.as_ref().and_then(|spec| spec.os.as_ref());
    let of_windows = os.is_some_and(|os| os.name == "windows");
    let lists = [
        ("containerStatuses", &status.container_statuses),
        ("initContainerStatuses", &status.init_container_statuses),
        (
            "ephemeralContainerStatuses",
            &status.ephemeral_container_statuses,
        ),
    ];
    for (list, statuses) in lists {
        for (at, status) in statuses.iter().flatten().enumerate() {
            let user = status.user.as_ref().and_then(|user| user.linux.as_ref());
            let Some(user) = user else {
                continue;
            };
            let path = format!("status.{list}[{at}].user.linux");
            if of_windows {
                let detail = "cannot be set for a windows pod";
                errors.push(FieldError::forbidden(path, detail));
                continue;
            }
            let groups = user.supplemental_groups.iter().flatten().enumerate();
            let groups = groups.map(|(at, id)| (format!("supplementalGroups[{at}]"), *id));
            let own = [("uid".to_owned(), user.uid), ("gid".to_owned(), user.gid)];
            let wrong = own.into_iter().chain(groups);
            let wrong = wrong.filter(|(_, id)| !(0..=i64::from(i32::MAX)).contains(id));
            errors.extend(wrong.map(|(field, id)| {
                let detail = "must be between 0 and 2147483647, inclusive";
                FieldError::invalid(format!("{path}.{field}"), id, detail)
            }));
        }
    }
}

fn negative(generation: Option<i64>, path: &str) -> Option<FieldError> {
    let generation = generation.filter(|generation| *generation < 0)?;
    let detail = "must be a non-negative integer";
    Some(FieldError::invalid(path, generation, detail))
}

/// A container that ended and is not to start again has not started again.
fn validate_transitions(new: &PodStatus, old: &Pod, errors: &mut FieldErrors) {
    let none = (PodSpec::default(), PodStatus::default());
    let spec = old.spec.as_ref().unwrap_or(&none.0);
    let old = old.status.as_ref().unwrap_or(&none.1);
    let init = spec.init_containers.as_deref().unwrap_or_default();
    let restarts = |containers: &[Container], name: &str, code: i32| {
        let container = containers.iter().find(|container| container.name == name);
        let own = container.and_then(|container| restarts_by_itself(container, code));
        own.unwrap_or(match spec.restart_policy.as_deref() {
            Some("OnFailure") => code != 0,
            Some("Never") => false,
            _ => true,
        })
    };
    type Restarts<'a> = &'a dyn Fn(&str, i32) -> bool;
    let rows: [(&str, _, _, Restarts<'_>); 3] = [
        (
            "status.containerStatuses",
            &new.container_statuses,
            &old.container_statuses,
            &|name, code| restarts(&spec.containers, name, code),
        ),
        (
            "status.initContainerStatuses",
            &new.init_container_statuses,
            &old.init_container_statuses,
            &|name, code| restarts(init, name, code),
        ),
        (
            "status.ephemeralContainerStatuses",
            &new.ephemeral_container_statuses,
            &old.ephemeral_container_statuses,
            &|_, _| false,
        ),
    ];
    for (path, new, old, restarts) in rows {
        for (at, before) in old.iter().flatten().enumerate() {
            let Some(code) = exit_code(before) else {
                continue;
            };
            let after = new
                .iter()
                .flatten()
                .filter(|after| after.name == before.name);
            let revived = after.filter(|after| exit_code(after).is_none()).count();
            if revived > 0 && !restarts(&before.name, code) {
                let detail = "may not be transitioned to non-terminated state";
                errors.push(FieldError::forbidden(format!("{path}[{at}].state"), detail));
            }
        }
    }
}

/// Whether a container starts again after that exit code, as far as it says so itself (POD-02).
fn restarts_by_itself(container: &Container, code: i32) -> Option<bool> {
    let policy = container.restart_policy.as_deref()?;
    let rules = container.restart_policy_rules.iter().flatten();
    let matches = rules
        .filter_map(|rule| rule.exit_codes.as_ref())
        .any(|codes| {
            let listed = codes.values.iter().flatten().any(|listed| *listed == code);
            listed == (codes.operator == "In")
        });
    Some(matches || policy == "Always" || (policy == "OnFailure" && code != 0))
}

fn exit_code(status: &ContainerStatus) -> Option<i32> {
    let ended = status.state.as_ref()?.terminated.as_ref()?;
    Some(ended.exit_code)
}

fn validate_claims(status: &PodStatus, old: &Pod, errors: &mut FieldErrors) {
    let claims = old
        .spec
        .iter()
        .flat_map(|spec| spec.resource_claims.iter().flatten());
    let known: BTreeSet<_> = claims.map(|claim| claim.name.as_str()).collect();
    let mut seen = BTreeSet::new();
    for (at, claim) in status.resource_claim_statuses.iter().flatten().enumerate() {
        let field = format!("status.resourceClaimStatuses[{at}].name");
        let name = claim.name.as_str();
        if !known.contains(name) {
            let detail = "must match the name of an entry in `spec.resourceClaims`";
            errors.push(FieldError::invalid(field.as_str(), name, detail));
        }
        if !seen.insert(name) {
            errors.push(FieldError::duplicate(field.as_str(), name));
        }
        let of_claim = claim.resource_claim_name.as_deref();
        let wrong = of_claim.into_iter().flat_map(dns_subdomain_errors);
        errors.extend(wrong.map(|wrong| FieldError::invalid(field.as_str(), of_claim, wrong)));
    }
}

/// Of addresses that are written otherwise than usual.
pub(super) fn warnings(pod: &Pod) -> Vec<String> {
    let Some(status) = pod.status.as_ref() else {
        return Vec::new();
    };
    let of_pod = status.pod_ips.iter().flatten().enumerate();
    let of_pod = of_pod.map(|(at, each)| (format!("status.podIPs[{at}].ip"), &each.ip));
    let of_host = status.host_ips.iter().flatten().enumerate();
    let of_host = of_host.map(|(at, each)| (format!("status.hostIPs[{at}].ip"), &each.ip));
    let all = of_pod.chain(of_host);
    all.filter_map(|(path, ip)| address_warning(ip, &path))
        .collect()
}

/// An address, and how it stands in its list.
type Address<'a> = (&'a str, Value);

/// Of addresses that the status had not before.
fn address_errors(addresses: &[Address<'_>], known: &BTreeSet<&str>, path: &str) -> FieldErrors {
    let each = addresses.iter().enumerate();
    let wrong =
        each.filter_map(|(at, (ip, _))| new_address_error(ip, known, &format!("{path}[{at}]")));
    wrong.collect()
}

/// All that the status has.
fn addresses(pod: &Pod) -> Vec<String> {
    let status = pod.status.as_ref();
    let of_pod = status.and_then(|status| status.pod_ips.as_ref());
    let of_host = status.and_then(|status| status.host_ips.as_ref());
    let of_pod = of_pod.into_iter().flatten().map(|each| each.ip.clone());
    let of_host = of_host.into_iter().flatten().map(|each| each.ip.clone());
    of_pod.chain(of_host).collect()
}

/// Several addresses are one of each family.
fn family_error(addresses: &[Address<'_>], path: &str) -> Option<FieldError> {
    let parsed = addresses.iter().filter_map(|(ip, _)| sloppy(ip));
    let parsed: Vec<IpAddr> = parsed.collect();
    let both = parsed.iter().any(IpAddr::is_ipv4) && parsed.iter().any(IpAddr::is_ipv6);
    let wrong = addresses.len() > 2 || (addresses.len() == 2 && !both);
    wrong.then(|| {
        let shown: Vec<_> = addresses.iter().map(|(_, shown)| shown).collect();
        let detail = "may specify no more than one IP for each IP family";
        FieldError::invalid(path, shown, detail)
    })
}
