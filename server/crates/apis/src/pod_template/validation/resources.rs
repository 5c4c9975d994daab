//! Requests and limits: of a container, of a pod, of what a pod costs beside its containers.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::{PodSpec, ResourceClaim, ResourceRequirements};

use crate::meta::{dns_label_errors, qualified_name_errors};
use crate::pod_requests::{is_pod_level, limits, of_containers};
use crate::quantity::{Quantity, ResourceList};
use crate::{ErrorType, FieldError, FieldErrors};

const OF_CONTAINERS: [&str; 3] = ["cpu", "memory", "ephemeral-storage"];
/// What quotas know beside them.
const OF_QUOTAS: [&str; 17] = [
    "requests.cpu",
    "requests.memory",
    "requests.ephemeral-storage",
    "limits.cpu",
    "limits.memory",
    "limits.ephemeral-storage",
    "pods",
    "resourcequotas",
    "services",
    "replicationcontrollers",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "storage",
    "requests.storage",
    "services.nodeports",
    "services.loadbalancers",
];
const OF_PODS: [&str; 3] = ["cpu", "hugepages-", "memory"];
const HUGE_PAGES: &str = "hugepages-";
/// So many claims of a pod, and so much of their names, are listed to one that is none of them, and to no more such than
/// there may be other errors: upstream lists all to each, and thousands to thousands would fill the memory.
const MOST_LISTED: usize = 100;
const MOST_LISTED_BYTES: usize = 8 << 10;

/// Whose resources may be called what.
type NameRule = fn(&str, &str, &mut FieldErrors);

/// Errors of a container's resources; `claims` are those of its pod.
pub(super) fn validate_resources(
    resources: &ResourceRequirements,
    claims: &BTreeSet<&str>,
    path: &str,
    errors: &mut FieldErrors,
) {
    validate_requirements(resources, container_name, path, errors);
    let mut named: BTreeMap<&str, Named<'_>> = BTreeMap::new();
    for (at, claim) in resources.claims.iter().flatten().enumerate() {
        let before = named.entry(&claim.name).or_default();
        let path = format!("{path}.claims[{at}]");
        validate_claim(claim, before, claims, &path, errors);
        before.add(request(claim));
    }
}

/// Errors of what all containers of a pod have together (upstream's `validatePodResources`).
pub(super) fn validate_pod_resources(spec: &PodSpec, path: &str, errors: &mut FieldErrors) {
    let Some(resources) = spec.resources.as_ref() else {
        return;
    };
    if spec.os.as_ref().is_some_and(|os| os.name == "windows") {
        errors.push(FieldError::forbidden(
            path,
            "may not be set for a windows pod",
        ));
        return;
    }
    if resources.claims.is_some() {
        let detail = "claims may not be set for Resources at pod-level";
        errors.push(FieldError::forbidden(format!("{path}.claims"), detail));
    }
    validate_requirements(resources, pod_name, path, errors);
    let asked = |list: Option<&ResourceList>, name: &str| {
        let amount = list.and_then(|list| list.get(name));
        amount.and_then(|amount| Quantity::of(amount).ok())
    };
    for (name, least) in of_containers(spec) {
        // a template's requests are not filled in: its pods' are
        let given = asked(resources.requests.as_ref(), &name);
        if let Some(given) = given.filter(|given| least > *given) {
            let detail =
                format!("must be greater than or equal to aggregate container requests of {least}");
            let field = format!("{path}.requests[{name}]");
            errors.push(FieldError::invalid(field, given.to_string(), detail));
        }
    }
    for (name, least) in limits(spec) {
        let given = asked(resources.limits.as_ref(), &name);
        let given = given.filter(|given| name.starts_with(HUGE_PAGES) && least > *given);
        if let Some(given) = given {
            let detail =
                format!("must be greater than or equal to aggregate container limits of {least}");
            let field = format!("{path}.limits[{name}]");
            errors.push(FieldError::invalid(field, given.to_string(), detail));
        }
    }
    for (at, container) in spec.containers.iter().enumerate() {
        let limits = container.resources.iter();
        let limits = limits.flat_map(|resources| resources.limits.iter().flatten());
        for (name, limit) in limits {
            let most = asked(resources.limits.as_ref(), name);
            let (Some(most), Ok(limit)) = (most, Quantity::of(limit)) else {
                continue;
            };
            if limit > most {
                let detail = format!("must be less than or equal to pod limits of {most}");
                let field = format!("{path}.containers[{at}][{name}].limits");
                errors.push(FieldError::invalid(field, limit.to_string(), detail));
            }
        }
    }
}

/// Errors of what the pod costs beside its containers, which upstream reads as limits.
pub(super) fn validate_overhead(spec: &PodSpec, path: &str, errors: &mut FieldErrors) {
    let overhead = ResourceRequirements {
        limits: spec.overhead.clone(),
        ..ResourceRequirements::default()
    };
    validate_requirements(&overhead, container_name, path, errors);
}

fn validate_requirements(
    resources: &ResourceRequirements,
    name_rule: NameRule,
    path: &str,
    errors: &mut FieldErrors,
) {
    let given = |list: &str| format!("{path}.{list}");
    let limits = read(
        resources.limits.as_ref(),
        name_rule,
        &given("limits"),
        errors,
    );
    let requests = read(
        resources.requests.as_ref(),
        name_rule,
        &given("requests"),
        errors,
    );
    for (name, request) in &requests {
        let limit = limits.iter().find(|(limited, _)| limited == name);
        let shared = may_be_overcommitted(name);
        match limit {
            Some((_, limit)) if request != limit && !shared => {
                let detail = format!("must be equal to {name} limit of {limit}");
                errors.push(FieldError::invalid(
                    given("requests"),
                    request.to_string(),
                    detail,
                ));
            }
            Some((_, limit)) if request > limit => {
                let detail = format!("must be less than or equal to {name} limit of {limit}");
                errors.push(FieldError::invalid(
                    given("requests"),
                    request.to_string(),
                    detail,
                ));
            }
            None if !shared => {
                let detail = "Limit must be set for non overcommitable resources";
                errors.push(FieldError::required(given("limits"), detail));
            }
            _ => {}
        }
    }
    let names = || requests.iter().chain(&limits).map(|(name, _)| *name);
    if names().any(|name| name.starts_with(HUGE_PAGES))
        && !names().any(|name| ["cpu", "memory"].contains(&name))
    {
        errors.push(FieldError::forbidden(
            path,
            "HugePages require cpu or memory",
        ));
    }
}

/// The amounts of a list that can be read; complains about the rest.
fn read<'a>(
    list: Option<&'a ResourceList>,
    name_rule: NameRule,
    path: &str,
    errors: &mut FieldErrors,
) -> Vec<(&'a str, Quantity)> {
    let mut amounts = Vec::new();
    for (name, quantity) in list.into_iter().flatten() {
        let field = format!("{path}[{name}]");
        name_rule(name, &field, errors);
        let amount = match Quantity::of(quantity) {
            Err(error) => {
                let text = quantity.0.as_str();
                errors.push(FieldError::invalid(field, text, error.to_string()));
                continue;
            }
            Ok(amount) => amount,
        };
        let shown = amount.to_string();
        let mut wrong = |detail: &str| {
            errors.push(FieldError::invalid(field.as_str(), shown.as_str(), detail));
        };
        if amount.is_negative() {
            wrong("must be greater than or equal to 0");
        }
        if is_counted(name) && amount.milli() % 1000 != 0 {
            wrong("must be an integer");
        }
        if let Some(page) = name.strip_prefix(HUGE_PAGES)
            && !is_multiple(amount, page)
        {
            wrong(&format!(
                "{shown} is not positive integer multiple of {name}"
            ));
        }
        amounts.push((name.as_str(), amount));
    }
    amounts
}

/// What there is no part of (`IsIntegerResourceName`).
pub(crate) fn is_counted(name: &str) -> bool {
    OF_QUOTAS[6..13].contains(&name) || OF_QUOTAS[15..].contains(&name) || is_extended(name)
}

fn is_multiple(amount: Quantity, page: &str) -> bool {
    let page: Option<Quantity> = page.parse().ok();
    let page = page.filter(|page| *page > Quantity::ZERO && page.milli() % 1000 == 0);
    page.is_some_and(|page| amount.units() % page.units() == 0)
}

/// Of Kubernetes itself, rather than of a vendor.
fn is_native(name: &str) -> bool {
    !name.contains('/') || name.contains("kubernetes.io/")
}

fn is_extended(name: &str) -> bool {
    !is_native(name)
        && !name.starts_with("requests.")
        && qualified_name_errors(&format!("requests.{name}")).is_empty()
}

fn may_be_overcommitted(name: &str) -> bool {
    is_native(name) && !name.starts_with(HUGE_PAGES)
}

fn any_name(name: &str, path: &str, errors: &mut FieldErrors) {
    let wrong = qualified_name_errors(name);
    if !wrong.is_empty() {
        let wrong = wrong.into_iter();
        errors.extend(wrong.map(|wrong| FieldError::invalid(path, name, wrong)));
        return;
    }
    let standard = OF_CONTAINERS.contains(&name)
        || OF_QUOTAS.contains(&name)
        || name.starts_with(HUGE_PAGES)
        || name.starts_with("requests.hugepages-");
    if !name.contains('/') && !standard {
        let detail = "must be a standard resource type or fully qualified";
        errors.push(FieldError::invalid(path, name, detail));
    }
}

fn container_name(name: &str, path: &str, errors: &mut FieldErrors) {
    any_name(name, path, errors);
    let known = OF_CONTAINERS.contains(&name) || name.starts_with(HUGE_PAGES);
    let detail = match name.contains('/') {
        false if !known => "must be a standard resource for containers",
        true if !is_native(name) && !is_extended(name) => {
            "doesn't follow extended resource name standard"
        }
        _ => return,
    };
    errors.push(FieldError::invalid(path, name, detail));
}

fn pod_name(name: &str, path: &str, errors: &mut FieldErrors) {
    let before = errors.len();
    any_name(name, path, errors);
    if errors.len() == before && !is_pod_level(name) {
        errors.push(FieldError::not_supported(path, name, &OF_PODS));
    }
}

/// How a claim is named before.
#[derive(Default)]
struct Named<'a> {
    /// So often.
    count: usize,
    /// Once with all of its requests.
    whole: bool,
    requests: BTreeSet<&'a str>,
}

impl<'a> Named<'a> {
    fn add(&mut self, request: &'a str) {
        self.count += 1;
        match request {
            "" => self.whole = true,
            request => _ = self.requests.insert(request),
        }
    }
}

/// The one request of a claim that is meant; empty: all of them.
fn request(claim: &ResourceClaim) -> &str {
    claim.request.as_deref().unwrap_or_default()
}

/// A claim names one of the pod's, and nothing of it twice.
fn validate_claim(
    claim: &ResourceClaim,
    before: &Named<'_>,
    claims: &BTreeSet<&str>,
    path: &str,
    errors: &mut FieldErrors,
) {
    let name = claim.name.as_str();
    if name.is_empty() {
        errors.push(FieldError::required(path, ""));
        return;
    }
    if before.whole {
        errors.push(FieldError::duplicate(path, name));
    } else {
        let wanted = request(claim);
        if !wanted.is_empty() {
            let wrong = dns_label_errors(wanted).into_iter();
            let field = format!("{path}.request");
            errors.extend(wrong.map(|wrong| FieldError::invalid(field.as_str(), wanted, wrong)));
            if before.requests.contains(wanted) {
                errors.push(FieldError::duplicate(path, format!("{name}/{wanted}")));
            }
        } else {
            errors.extend((0..before.count).map(|_| FieldError::duplicate(path, name)));
        }
    }
    if !claims.contains(name) {
        let listed = listed(claims, errors.len());
        let detail = format!("must be one of the names in pod.spec.resourceClaims{listed}");
        errors.push(FieldError::new(ErrorType::NotFound, path, name, detail));
    }
}

fn listed(claims: &BTreeSet<&str>, errors_before: usize) -> String {
    if claims.is_empty() {
        return " which is empty".to_owned();
    }
    let most = if errors_before < MOST_LISTED {
        MOST_LISTED
    } else {
        0
    };
    let mut bytes = 0;
    let fits = |name: &&str| {
        bytes += name.len();
        bytes <= MOST_LISTED_BYTES
    };
    let mut names: Vec<&str> = claims.iter().copied().take(most).take_while(fits).collect();
    if names.len() < claims.len() {
        names.push("…");
    }
    format!(": {}", names.join(", "))
}
