//! Conditions of the type that all kinds share, where somebody looks at them.

use std::collections::BTreeSet;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;

use super::validate_label_name;
use crate::{FieldError, FieldErrors};

const STATUSES: [&str; 3] = ["False", "True", "Unknown"];
const REASON_MAX: usize = 1024;
const MESSAGE_MAX: usize = 32 * 1024;
const REASON: &str = "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName',  or 'ReasonA,ReasonB',  or 'ReasonA:ReasonB', regex used for validation is '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?')";

/// `ValidateConditions`.
pub fn validate_conditions(conditions: &[Condition], path: &str) -> FieldErrors {
    let (mut errors, mut seen) = (FieldErrors::new(), BTreeSet::new());
    for (at, condition) in conditions.iter().enumerate() {
        let path = format!("{path}[{at}]");
        let type_ = condition.type_.as_str();
        let field = format!("{path}.type");
        if !seen.insert(type_) {
            errors.push(FieldError::duplicate(field.as_str(), type_));
        }
        errors.extend(validate_label_name(type_, &field));
        let status = condition.status.as_str();
        if !STATUSES.contains(&status) {
            let field = format!("{path}.status");
            errors.push(FieldError::not_supported(field, status, &STATUSES));
        }
        if let Some(negative) = condition.observed_generation.filter(|of| *of < 0) {
            let field = format!("{path}.observedGeneration");
            let detail = "must be greater than or equal to zero";
            errors.push(FieldError::invalid(field, negative, detail));
        }
        validate_reason(&condition.reason, &format!("{path}.reason"), &mut errors);
        if condition.message.len() > MESSAGE_MAX {
            errors.push(FieldError::too_long(format!("{path}.message"), MESSAGE_MAX));
        }
    }
    errors
}

fn validate_reason(reason: &str, path: &str, errors: &mut FieldErrors) {
    if reason.is_empty() {
        errors.push(FieldError::required(path, "must be set"));
        return;
    }
    let ends = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let right = reason.starts_with(|c: char| c.is_ascii_alphabetic())
        && reason.ends_with(ends)
        && reason.chars().all(|c| ends(c) || matches!(c, ',' | ':'));
    if !right {
        errors.push(FieldError::invalid(path, reason, REASON));
    }
    if reason.len() > REASON_MAX {
        errors.push(FieldError::too_long(path, REASON_MAX));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn what_is_wrong_with_conditions() {
        let condition = |change: Value| {
            let mut condition = json!({
                "type": "Fine", "status": "True", "reason": "A_,b:c", "message": "",
                "lastTransitionTime": "2026-01-01T00:00:00Z",
            });
            crate::testing::merge(&mut condition, &change);
            condition
        };
        let rows = [
            (json!([condition(json!({}))]), vec![]),
            (
                json!([condition(json!({})), condition(json!({"status": "Maybe"}))]),
                vec![
                    "c[1].type: Duplicate value: \"Fine\"".to_owned(),
                    "c[1].status: Unsupported value: \"Maybe\": supported values: \"False\", \"True\", \"Unknown\"".to_owned(),
                ],
            ),
            (
                json!([condition(json!({"reason": "", "observedGeneration": -1}))]),
                vec![
                    "c[0].observedGeneration: Invalid value: -1: must be greater than or equal to zero".to_owned(),
                    "c[0].reason: Required value: must be set".to_owned(),
                ],
            ),
            (
                json!([condition(json!({"reason": "a:", "message": "m".repeat(32 * 1024 + 1)}))]),
                vec![
                    format!("c[0].reason: Invalid value: \"a:\": {REASON}"),
                    "c[0].message: Too long: may not be more than 32768 bytes".to_owned(),
                ],
            ),
        ];
        for (conditions, want) in rows {
            let conditions: Vec<Condition> =
                serde_json::from_value(conditions).expect("conditions");
            let told = crate::testing::texts(&validate_conditions(&conditions, "c"));
            assert_eq!(told, want);
        }
    }
}
