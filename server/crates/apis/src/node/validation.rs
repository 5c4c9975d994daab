//! Errors of a node: its taints, and what an update may not change.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{Node, Taint};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use serde::Serialize;

use super::{config, status};
use crate::ip::{cidr_error, first_unread_range, is_of_both_families};
use crate::meta::{label_value_errors, validate_label_name};
use crate::pod_template::validation::is_counted;
use crate::quantity::Quantity;
use crate::{ErrorType, FieldError, FieldErrors, Update, go_syntax};

const TAINTS: &str = "scheduler.alpha.kubernetes.io/taints";
const AVOIDED: &str = "scheduler.alpha.kubernetes.io/preferAvoidPods";
const EFFECTS: [&str; 3] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

pub(super) fn validate_create(node: &Node) -> FieldErrors {
    let mut errors = validate_annotations(node);
    errors.extend(validate_taints(node));
    validate_resources(node, &mut errors);
    errors.extend(status::validate_swap(node));
    errors.extend(status::validate_features(node));
    validate_ranges(node, &mut errors);
    errors
}

fn ranges(node: &Node) -> &[String] {
    let spec = node.spec.as_ref();
    let ranges = spec.and_then(|spec| spec.pod_cidrs.as_deref());
    ranges.unwrap_or_default()
}

/// One range of each family at most.
fn validate_ranges(node: &Node, errors: &mut FieldErrors) {
    let path = "spec.podCIDRs";
    let ranges = ranges(node);
    for (at, range) in ranges.iter().enumerate() {
        errors.extend(cidr_error(range, &format!("{path}[{at}]")));
    }
    let unread = first_unread_range(ranges).filter(|_| ranges.len() > 1);
    if let Some(at) = unread {
        // upstream asks what came of it, and prints that there is nothing
        let detail = format!(
            "invalid PodCIDRs. failed to check with dual stack with error:invalid CIDR[{at}]: <nil> (invalid CIDR address: {})",
            ranges[at]
        );
        errors.push(FieldError::without_value(ErrorType::Internal, path, detail));
    }
    let both = unread.is_none() && is_of_both_families(ranges);
    if ranges.len() > 2 || (ranges.len() == 2 && !both) {
        let detail = "may specify no more than one CIDR for each IP family";
        errors.push(FieldError::invalid(path, ranges, detail));
    }
    let mut seen = BTreeSet::new();
    for (at, range) in ranges.iter().enumerate() {
        if !seen.insert(range) {
            errors.push(FieldError::duplicate(format!("{path}[{at}]"), range));
        }
    }
}

/// A node's own door looks at it as at a new one first.
pub(super) fn validate_update(new: &Node, old: &Node, door: Update) -> FieldErrors {
    let mut errors = match door {
        Update::Status => validate_status(new),
        _ => validate_create(new),
    };
    validate_addresses(new, &mut errors);
    let (new_spec, old_spec) = (
        new.spec.clone().unwrap_or_default(),
        old.spec.clone().unwrap_or_default(),
    );
    validate_ranges_update(ranges(new), ranges(old), &mut errors);
    if old_spec.provider_id.is_some() && new_spec.provider_id != old_spec.provider_id {
        let detail = "node updates may not change providerID except from \"\" to valid";
        errors.push(FieldError::forbidden("spec.providerID", detail));
    }
    errors.extend(config::validate(new));
    if door == Update::Status {
        errors.extend(validate_taints(new));
    }
    // none is the same as an empty one
    if new_spec.external_id.unwrap_or_default() != old_spec.external_id.unwrap_or_default() {
        errors.push(FieldError::forbidden(
            "spec.externalID",
            "may not be updated",
        ));
    }
    errors
}

fn validate_status(node: &Node) -> FieldErrors {
    let mut errors = validate_annotations(node);
    validate_resources(node, &mut errors);
    errors.extend(status::validate_features(node));
    errors
}

/// Told once for each range that moved.
fn validate_ranges_update(new: &[String], old: &[String], errors: &mut FieldErrors) {
    let moved = match old.len() {
        0 => 0,
        count if count != new.len() => 1,
        _ => new.iter().zip(old).filter(|(new, old)| new != old).count(),
    };
    let detail = "node updates may not change podCIDR except from \"\" to valid";
    let told = FieldError::forbidden("spec.podCIDRs", detail);
    errors.extend(std::iter::repeat_n(told, moved));
}

fn validate_resources(node: &Node, errors: &mut FieldErrors) {
    let Some(status) = node.status.as_ref() else {
        return;
    };
    for (field, list) in [
        ("capacity", &status.capacity),
        ("allocatable", &status.allocatable),
    ] {
        for (name, quantity) in list.iter().flatten() {
            let Ok(amount) = Quantity::of(quantity) else {
                continue;
            };
            let mut wrong = |detail: &str| {
                let path = format!("status.{field}.{name}");
                errors.push(FieldError::invalid(path, amount.to_string(), detail));
            };
            if amount.is_negative() {
                wrong("must be greater than or equal to 0");
            }
            if is_counted(name) && amount.milli() % 1000 != 0 {
                wrong("must be an integer");
            }
        }
    }
}

fn validate_addresses(node: &Node, errors: &mut FieldErrors) {
    let addresses = node
        .status
        .as_ref()
        .and_then(|status| status.addresses.as_deref());
    let addresses = addresses.unwrap_or_default();
    let mut seen = BTreeSet::new();
    for (at, address) in addresses.iter().enumerate() {
        if !seen.insert((&address.type_, &address.address)) {
            let path = format!("status.addresses[{at}]");
            let shown = InternalAddress {
                type_: &address.type_,
                address: &address.address,
            };
            errors.push(FieldError::duplicate(path, shown));
        }
    }
}

/// What annotations said before there were fields (`ValidateNodeSpecificAnnotations`).
fn validate_annotations(node: &Node) -> FieldErrors {
    let annotations = node.metadata.annotations.as_ref();
    let text_of = |key: &str| annotations.and_then(|annotations| annotations.get(key));
    let taints = text_of(TAINTS).map_or(Ok(Vec::new()), |text| read_taints(text));
    let mut errors = match taints {
        Ok(taints) => validate_taint_list(&taints, &format!("metadata.annotations.{TAINTS}")),
        Err(why) => vec![FieldError::invalid("metadata.annotations", TAINTS, why)],
    };
    let avoided = text_of(AVOIDED).filter(|text| !text.is_empty());
    errors.extend(avoided.into_iter().flat_map(|text| validate_avoided(text)));
    errors
}

/// Controllers whose pods had rather be elsewhere (`ValidateAvoidPodsInNodeAnnotations`).
fn validate_avoided(text: &str) -> FieldErrors {
    let avoided = match go_syntax::object_of(text.as_bytes(), "v1.AvoidPods") {
        Ok(avoided) => avoided,
        Err(why) => {
            let path = "metadata.annotations.AvoidPods";
            return vec![FieldError::invalid(path, AVOIDED, why)];
        }
    };
    let entries = avoided["preferAvoidPods"].as_array();
    let entries = entries.into_iter().flatten().enumerate();
    entries
        .filter_map(|(at, entry)| {
            let path = format!("metadata.annotations.{AVOIDED}[{at}].PodSignature");
            let owner = &entry["podSignature"]["podController"];
            if owner.is_null() {
                return Some(FieldError::required(path, ""));
            }
            let detail = "must point to a controller";
            let field = format!("{path}.PodController.Controller");
            (owner["controller"] != true).then(|| FieldError::invalid(field, false, detail))
        })
        .collect()
}

/// Taints of an annotation, or what Go says of the text.
fn read_taints(text: &str) -> Result<Vec<Taint>, String> {
    match text.is_empty() {
        true => Ok(Vec::new()),
        false => go_syntax::list(text, "core.Taint"),
    }
}

fn validate_taints(node: &Node) -> FieldErrors {
    let spec = node.spec.as_ref();
    let taints = spec.and_then(|spec| spec.taints.as_deref());
    // where upstream thinks that taints are
    validate_taint_list(taints.unwrap_or_default(), "metadata.taints")
}

fn validate_taint_list(taints: &[Taint], path: &str) -> FieldErrors {
    let (mut errors, mut seen) = (Vec::new(), BTreeSet::new());
    for (at, taint) in taints.iter().enumerate() {
        let path = format!("{path}[{at}]");
        validate_taint(taint, &path, &mut errors);
        if !seen.insert((&taint.key, &taint.effect)) {
            let detail = "taints must be unique by key and effect pair";
            let shown = InternalTaint::of(taint);
            errors.push(FieldError::new(ErrorType::Duplicate, path, shown, detail));
        }
    }
    errors
}

fn validate_taint(taint: &Taint, path: &str, errors: &mut FieldErrors) {
    errors.extend(validate_label_name(&taint.key, &format!("{path}.key")));
    let value = taint.value.as_deref().unwrap_or_default();
    let wrong = label_value_errors(value);
    if !wrong.is_empty() {
        errors.push(FieldError::invalid(
            format!("{path}.value"),
            value,
            wrong.join(";"),
        ));
    }
    match taint.effect.as_str() {
        "" => errors.push(FieldError::required(format!("{path}.effect"), "")),
        effect if EFFECTS.contains(&effect) => {}
        effect => errors.push(FieldError::not_supported(
            format!("{path}.effect"),
            effect,
            &EFFECTS,
        )),
    }
}

/// An address as Go writes the type that it has inside.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct InternalAddress<'a> {
    #[serde(rename = "Type")]
    type_: &'a str,
    address: &'a str,
}

/// A taint as Go writes the type that it has inside.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct InternalTaint<'a> {
    key: &'a str,
    value: &'a str,
    effect: &'a str,
    time_added: Option<&'a Time>,
}

impl<'a> InternalTaint<'a> {
    fn of(taint: &'a Taint) -> Self {
        Self {
            key: &taint.key,
            value: taint.value.as_deref().unwrap_or_default(),
            effect: &taint.effect,
            time_added: taint.time_added.as_ref(),
        }
    }
}
