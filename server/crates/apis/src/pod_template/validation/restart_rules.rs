//! Restart policies of single containers (POD-02).

use k8s_openapi::api::core::v1::{Container, ContainerRestartRule};

use crate::{ErrorType, FieldError, FieldErrors};

const POLICIES: [&str; 3] = ["Always", "Never", "OnFailure"];
const ACTIONS: [&str; 2] = ["Restart", "RestartAllContainers"];
const OPERATORS: [&str; 2] = ["In", "NotIn"];
const RULES_MAX: usize = 20;
const CODES_MAX: usize = 255;

pub(super) fn validate_restart(container: &Container, path: &str, errors: &mut FieldErrors) {
    let policy = container.restart_policy.as_deref();
    if let Some(policy) = policy.filter(|policy| !POLICIES.contains(policy)) {
        errors.push(FieldError::not_supported(
            format!("{path}.restartPolicy"),
            policy,
            &POLICIES,
        ));
    }
    let rules = container
        .restart_policy_rules
        .as_deref()
        .unwrap_or_default();
    let field = format!("{path}.restartPolicyRules");
    if !rules.is_empty() && policy.is_none() {
        let detail = "must specify restartPolicy when restart rules are used";
        errors.push(FieldError::required(
            format!("{path}.restartPolicy"),
            detail,
        ));
    }
    if rules.len() > RULES_MAX {
        let detail = format!("must have at most {RULES_MAX} items");
        errors.push(FieldError::new(
            ErrorType::TooMany,
            field.as_str(),
            rules.len(),
            detail,
        ));
    }
    for (at, rule) in rules.iter().enumerate() {
        validate_rule(rule, &format!("{field}[{at}]"), errors);
    }
}

fn validate_rule(rule: &ContainerRestartRule, path: &str, errors: &mut FieldErrors) {
    if !ACTIONS.contains(&rule.action.as_str()) {
        errors.push(FieldError::not_supported(
            format!("{path}.action"),
            rule.action.as_str(),
            &ACTIONS,
        ));
    }
    let Some(codes) = rule.exit_codes.as_ref() else {
        errors.push(FieldError::required(
            format!("{path}.exitCodes"),
            "must be specified",
        ));
        return;
    };
    if !OPERATORS.contains(&codes.operator.as_str()) {
        let field = format!("{path}.exitCodes.operator");
        errors.push(FieldError::not_supported(
            field,
            codes.operator.as_str(),
            &OPERATORS,
        ));
    }
    let count = codes.values.as_ref().map_or(0, Vec::len);
    if count > CODES_MAX {
        let detail = format!("must have at most {CODES_MAX} items");
        errors.push(FieldError::new(
            ErrorType::TooMany,
            format!("{path}.exitCodes.values"),
            count,
            detail,
        ));
    }
}
