//! The `LabelSelector` struct of the API: matching and validation.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, LabelSelectorRequirement};

use super::Selector;
use crate::meta::{label_value_errors, validate_label_name, validate_labels};
use crate::{FieldError, FieldErrors};

/// Upstream's matching: no selector matches nothing, an empty one everything, a wrong one nothing.
pub fn matches_labels(
    selector: Option<&LabelSelector>,
    labels: Option<&BTreeMap<String, String>>,
) -> bool {
    selector
        .and_then(|selector| Selector::from_label_selector(selector).ok())
        .is_some_and(|selector| selector.matches(labels))
}

/// Whether a selector that can be read does not match: of a wrong one only that is told, by validation.
pub fn misses_labels(
    selector: Option<&LabelSelector>,
    labels: Option<&BTreeMap<String, String>>,
) -> bool {
    !matches_labels(selector, labels) && validate_label_selector(selector, "").is_empty()
}

/// Upstream's `ValidateLabelSelector`.
pub fn validate_label_selector(selector: Option<&LabelSelector>, path: &str) -> FieldErrors {
    let Some(selector) = selector else {
        return Vec::new();
    };
    let mut errors = validate_labels(
        selector.match_labels.as_ref(),
        &format!("{path}.matchLabels"),
    );
    for (at, expression) in selector.match_expressions.iter().flatten().enumerate() {
        validate_expression(
            expression,
            &format!("{path}.matchExpressions[{at}]"),
            &mut errors,
        );
    }
    errors
}

fn validate_expression(
    expression: &LabelSelectorRequirement,
    path: &str,
    errors: &mut FieldErrors,
) {
    let values = expression.values.as_deref().unwrap_or_default();
    match expression.operator.as_str() {
        "In" | "NotIn" if values.is_empty() => errors.push(FieldError::required(
            format!("{path}.values"),
            "must be specified when `operator` is 'In' or 'NotIn'",
        )),
        "Exists" | "DoesNotExist" if !values.is_empty() => errors.push(FieldError::forbidden(
            format!("{path}.values"),
            "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
        )),
        "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
        other => errors.push(FieldError::invalid(
            format!("{path}.operator"),
            other,
            "not a valid selector operator",
        )),
    }
    errors.extend(validate_label_name(&expression.key, &format!("{path}.key")));
    for (at, value) in values.iter().enumerate() {
        for wrong in label_value_errors(value) {
            errors.push(FieldError::invalid(
                format!("{path}.values[{at}]"),
                value.as_str(),
                wrong,
            ));
        }
    }
}
