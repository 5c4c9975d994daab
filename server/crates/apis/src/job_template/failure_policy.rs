//! Validation of podFailurePolicy (JOBV-09).

use std::collections::BTreeSet;

use k8s_openapi::api::batch::v1::{
    JobSpec, PodFailurePolicyOnExitCodesRequirement, PodFailurePolicyOnPodConditionsPattern,
    PodFailurePolicyRule,
};

use crate::meta::qualified_name_errors;
use crate::{ErrorType, FieldError, FieldErrors};

const RULES_MAX: usize = 20;
const CODES_MAX: usize = 255;
const PATTERNS_MAX: usize = 20;
const ACTIONS: [&str; 4] = ["Count", "FailIndex", "FailJob", "Ignore"];
const OPERATORS: [&str; 2] = ["In", "NotIn"];
const STATUSES: [&str; 3] = ["False", "True", "Unknown"];

pub(super) fn validate_failure_policy(spec: &JobSpec, path: &str, errors: &mut FieldErrors) {
    let Some(policy) = spec.pod_failure_policy.as_ref() else {
        return;
    };
    let path = format!("{path}.podFailurePolicy.rules");
    too_many(policy.rules.len(), RULES_MAX, &path, errors);
    let containers = container_names(spec);
    for (at, rule) in policy.rules.iter().enumerate() {
        validate_rule(rule, spec, &containers, &format!("{path}[{at}]"), errors);
    }
}

fn container_names(spec: &JobSpec) -> BTreeSet<&str> {
    let pod = spec.template.spec.iter();
    let all = pod.flat_map(|pod| {
        pod.containers
            .iter()
            .chain(pod.init_containers.iter().flatten())
    });
    all.map(|container| container.name.as_str()).collect()
}

pub(super) fn too_many(count: usize, max: usize, path: &str, errors: &mut FieldErrors) {
    if count > max {
        errors.push(FieldError::too_many(path, count, max));
    }
}

fn validate_rule(
    rule: &PodFailurePolicyRule,
    spec: &JobSpec,
    containers: &BTreeSet<&str>,
    path: &str,
    errors: &mut FieldErrors,
) {
    let action = format!("{path}.action");
    match rule.action.as_str() {
        "" => errors.push(FieldError::required(
            action,
            format!("valid values: {}", quoted(&ACTIONS)),
        )),
        "FailIndex" if spec.backoff_limit_per_index.is_none() => {
            let detail = "requires the backoffLimitPerIndex to be set";
            errors.push(FieldError::invalid(action, "FailIndex", detail));
        }
        known if ACTIONS.contains(&known) => {}
        other => errors.push(FieldError::not_supported(action, other, &ACTIONS)),
    }
    if let Some(codes) = rule.on_exit_codes.as_ref() {
        validate_codes(codes, containers, &format!("{path}.onExitCodes"), errors);
    }
    let patterns = rule.on_pod_conditions.as_deref().unwrap_or_default();
    validate_patterns(patterns, &format!("{path}.onPodConditions"), errors);
    let detail = match (rule.on_exit_codes.is_some(), !patterns.is_empty()) {
        (true, true) => "specifying both OnExitCodes and OnPodConditions is not supported",
        (false, false) => "specifying one of OnExitCodes and OnPodConditions is required",
        _ => return,
    };
    errors.push(FieldError::without_value(ErrorType::Invalid, path, detail));
}

/// As Go prints a list of words: `["a" "b"]`.
fn quoted(values: &[&str]) -> String {
    let words: Vec<_> = values.iter().map(|value| format!("{value:?}")).collect();
    format!("[{}]", words.join(" "))
}

fn validate_codes(
    codes: &PodFailurePolicyOnExitCodesRequirement,
    containers: &BTreeSet<&str>,
    path: &str,
    errors: &mut FieldErrors,
) {
    let operator = codes.operator.as_str();
    match operator {
        "" => {
            let detail = format!("valid values: {}", quoted(&OPERATORS));
            errors.push(FieldError::required(format!("{path}.operator"), detail));
        }
        known if OPERATORS.contains(&known) => {}
        other => errors.push(FieldError::not_supported(
            format!("{path}.operator"),
            other,
            &OPERATORS,
        )),
    }
    if let Some(name) = codes
        .container_name
        .as_deref()
        .filter(|name| !containers.contains(name))
    {
        let detail = "must be one of the container or initContainer names in the pod template";
        errors.push(FieldError::invalid(
            format!("{path}.containerName"),
            name,
            detail,
        ));
    }
    let path = format!("{path}.values");
    if codes.values.is_empty() {
        errors.push(FieldError::invalid(
            path.as_str(),
            &codes.values,
            "at least one value is required",
        ));
    }
    too_many(codes.values.len(), CODES_MAX, &path, errors);
    let mut seen = BTreeSet::new();
    let mut ordered = true;
    for (at, code) in codes.values.iter().enumerate() {
        let path = format!("{path}[{at}]");
        if operator == "In" && *code == 0 {
            errors.push(FieldError::invalid(
                path.as_str(),
                0,
                "must not be 0 for the In operator",
            ));
        }
        ordered &= at == 0 || codes.values[at - 1] <= *code;
        if !seen.insert(code) {
            errors.push(FieldError::duplicate(path, *code));
        }
    }
    if !ordered {
        errors.push(FieldError::invalid(path, &codes.values, "must be ordered"));
    }
}

fn validate_patterns(
    patterns: &[PodFailurePolicyOnPodConditionsPattern],
    path: &str,
    errors: &mut FieldErrors,
) {
    too_many(patterns.len(), PATTERNS_MAX, path, errors);
    for (at, pattern) in patterns.iter().enumerate() {
        let path = format!("{path}[{at}]");
        for wrong in qualified_name_errors(&pattern.type_) {
            errors.push(FieldError::invalid(
                format!("{path}.type"),
                pattern.type_.as_str(),
                wrong,
            ));
        }
        match pattern.status.as_deref().unwrap_or_default() {
            "" => {
                let detail = format!("valid values: {}", quoted(&STATUSES));
                errors.push(FieldError::required(format!("{path}.status"), detail));
            }
            known if STATUSES.contains(&known) => {}
            other => errors.push(FieldError::not_supported(
                format!("{path}.status"),
                other,
                &STATUSES,
            )),
        }
    }
}
