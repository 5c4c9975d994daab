//! Tolerations and topology spread.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{PodSpec, Toleration, TopologySpreadConstraint};

use super::label_keys::validate_spread_keys;
use crate::meta::{label_value_errors, validate_label_name};
use crate::selector::validate_label_selector;
use crate::{FieldError, FieldErrors};

const EFFECTS: [&str; 3] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];
const OPERATORS: [&str; 2] = ["Equal", "Exists"];
const POLICIES: [&str; 2] = ["Honor", "Ignore"];
const WHEN_UNSATISFIABLE: [&str; 2] = ["DoNotSchedule", "ScheduleAnyway"];

/// `ValidateTolerations`.
pub fn validate_tolerations(tolerations: &[Toleration], path: &str) -> FieldErrors {
    let mut errors = Vec::new();
    for (at, toleration) in tolerations.iter().enumerate() {
        validate_toleration(toleration, &format!("{path}[{at}]"), &mut errors);
    }
    errors
}

fn validate_toleration(toleration: &Toleration, path: &str, errors: &mut FieldErrors) {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let (key, operator) = (text(&toleration.key), text(&toleration.operator));
    let (value, effect) = (text(&toleration.value), text(&toleration.effect));
    if !key.is_empty() {
        errors.extend(validate_label_name(&key, &format!("{path}.key")));
    } else if operator != "Exists" {
        let detail = "operator must be Exists when `key` is empty, which means \"match all values and all keys\"";
        errors.push(FieldError::invalid(
            format!("{path}.operator"),
            operator.as_str(),
            detail,
        ));
    }
    if toleration.toleration_seconds.is_some() && effect != "NoExecute" {
        let detail = "effect must be 'NoExecute' when `tolerationSeconds` is set";
        errors.push(FieldError::invalid(
            format!("{path}.effect"),
            effect.as_str(),
            detail,
        ));
    }
    let field = format!("{path}.operator");
    match operator.as_str() {
        "" | "Equal" => {
            let wrong = label_value_errors(&value);
            if !wrong.is_empty() {
                errors.push(FieldError::invalid(field, value, wrong.join(";")));
            }
        }
        "Exists" if !value.is_empty() => {
            let detail = "value must be empty when `operator` is 'Exists'";
            errors.push(FieldError::invalid(field, value, detail));
        }
        "Exists" => {}
        other => errors.push(FieldError::not_supported(field, other, &OPERATORS)),
    }
    if !effect.is_empty() && !EFFECTS.contains(&effect.as_str()) {
        errors.push(FieldError::not_supported(
            format!("{path}.effect"),
            effect,
            &EFFECTS,
        ));
    }
}

pub(super) fn validate_spread(spec: &PodSpec, path: &str, errors: &mut FieldErrors) {
    let constraints = spec
        .topology_spread_constraints
        .as_deref()
        .unwrap_or_default();
    let pair =
        |of: &TopologySpreadConstraint| (of.topology_key.clone(), of.when_unsatisfiable.clone());
    let last: BTreeMap<_, _> = constraints.iter().map(pair).zip(0..).collect();
    for (at, constraint) in constraints.iter().enumerate() {
        let path = format!("{path}.topologySpreadConstraints[{at}]");
        if constraint.max_skew <= 0 {
            let detail = "must be greater than zero";
            errors.push(FieldError::invalid(
                format!("{path}.maxSkew"),
                constraint.max_skew,
                detail,
            ));
        }
        match constraint.topology_key.as_str() {
            "" => errors.push(FieldError::required(
                format!("{path}.topologyKey"),
                "can not be empty",
            )),
            key => errors.extend(validate_label_name(key, &format!("{path}.topologyKey"))),
        }
        let when = constraint.when_unsatisfiable.as_str();
        if !WHEN_UNSATISFIABLE.contains(&when) {
            let field = format!("{path}.whenUnsatisfiable");
            errors.push(FieldError::not_supported(field, when, &WHEN_UNSATISFIABLE));
        }
        // of as many as a body holds each would be compared with all others
        if last[&pair(constraint)] > at {
            let field = format!("{path}.{{topologyKey, whenUnsatisfiable}}");
            let text = format!("{{{}, {when}}}", constraint.topology_key);
            errors.push(FieldError::duplicate(field, text));
        }
        validate_details(constraint, &path, errors);
        validate_spread_keys(constraint, &path, errors);
        let selector = format!("{path}.labelSelector");
        errors.extend(validate_label_selector(
            constraint.label_selector.as_ref(),
            &selector,
        ));
    }
}

fn validate_details(constraint: &TopologySpreadConstraint, path: &str, errors: &mut FieldErrors) {
    let when = constraint.when_unsatisfiable.as_str();
    if let Some(domains) = constraint.min_domains {
        let field = format!("{path}.minDomains");
        if domains <= 0 {
            let detail = "must be greater than zero";
            errors.push(FieldError::invalid(field.as_str(), domains, detail));
        }
        if when != "DoNotSchedule" {
            let detail =
                format!("can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {when}");
            errors.push(FieldError::invalid(field, domains, detail));
        }
    }
    let policies = [
        ("nodeAffinityPolicy", &constraint.node_affinity_policy),
        ("nodeTaintsPolicy", &constraint.node_taints_policy),
    ];
    for (field, policy) in policies {
        let unknown = policy.as_deref().filter(|word| !POLICIES.contains(word));
        errors.extend(
            unknown
                .map(|word| FieldError::not_supported(format!("{path}.{field}"), word, &POLICIES)),
        );
    }
}
