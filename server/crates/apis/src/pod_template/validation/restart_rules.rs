//! Restart policies of single containers (POD-02).

use k8s_openapi::api::core::v1::{Container, ContainerRestartRule};

use crate::{FieldError, FieldErrors};

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
        errors.push(FieldError::too_many(field.as_str(), rules.len(), RULES_MAX));
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
        let field = format!("{path}.exitCodes.values");
        errors.push(FieldError::too_many(field, count, CODES_MAX));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn pod_02_rules_of_containers() {
        let codes = json!({"operator": "In", "values": [1]});
        let rule = json!({"action": "Restart", "exitCodes": codes});
        let many: Vec<i32> = (0..256).collect();
        let rows: [(&str, Value, Vec<&str>); 7] = [
            (
                "as they should be",
                json!({"restartPolicy": "Never", "restartPolicyRules": [rule]}),
                vec![],
            ),
            (
                "twenty of them",
                json!({"restartPolicy": "Never", "restartPolicyRules": vec![rule.clone(); 20]}),
                vec![],
            ),
            (
                "one more",
                json!({"restartPolicy": "Never", "restartPolicyRules": vec![rule.clone(); 21]}),
                vec!["c.restartPolicyRules: Too many: 21: must have at most 20 items"],
            ),
            (
                "without a policy",
                json!({"restartPolicyRules": [rule]}),
                vec![
                    "c.restartPolicy: Required value: must specify restartPolicy when restart rules are used",
                ],
            ),
            (
                "another policy",
                json!({"restartPolicy": "Sometimes"}),
                vec![
                    "c.restartPolicy: Unsupported value: \"Sometimes\": supported values: \"Always\", \"Never\", \"OnFailure\"",
                ],
            ),
            (
                "too many codes",
                json!({"restartPolicy": "Never", "restartPolicyRules": [{"action": "RestartAllContainers", "exitCodes": {"operator": "NotIn", "values": many}}]}),
                vec![
                    "c.restartPolicyRules[0].exitCodes.values: Too many: 256: must have at most 255 items",
                ],
            ),
            (
                "unknown words",
                json!({"restartPolicy": "Never", "restartPolicyRules": [{"action": "Stop", "exitCodes": {"operator": "Near"}}, {"action": "Restart"}]}),
                vec![
                    "c.restartPolicyRules[0].action: Unsupported value: \"Stop\": supported values: \"Restart\", \"RestartAllContainers\"",
                    "c.restartPolicyRules[0].exitCodes.operator: Unsupported value: \"Near\": supported values: \"In\", \"NotIn\"",
                    "c.restartPolicyRules[1].exitCodes: Required value: must be specified",
                ],
            ),
        ];
        for (why, mut fields, want) in rows {
            fields["name"] = json!("c");
            let container = serde_json::from_value(fields).expect("a container");
            let mut errors = Vec::new();
            validate_restart(&container, "c", &mut errors);
            let told: Vec<_> = errors.iter().map(ToString::to_string).collect();
            assert_eq!(told, want, "{why}");
        }
    }
}
