//! Tolerations and topology spread.

use k8s_openapi::api::core::v1::{PodSpec, Toleration};
use serde_json::json;

use crate::meta::{label_value_errors, validate_label_name};
use crate::selector::validate_label_selector;
use crate::{FieldError, FieldErrors};

const EFFECTS: [&str; 3] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];
const OPERATORS: [&str; 2] = ["Equal", "Exists"];
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
            errors.push(FieldError::invalid(field, json!(toleration), detail));
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
    for (at, constraint) in spec
        .topology_spread_constraints
        .iter()
        .flatten()
        .enumerate()
    {
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
        let selector = format!("{path}.labelSelector");
        errors.extend(validate_label_selector(
            constraint.label_selector.as_ref(),
            &selector,
        ));
    }
}
