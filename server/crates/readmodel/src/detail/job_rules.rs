//! The rules of a Job's spec that decide how it runs and ends, in the API's own terms.

use k8s_openapi::api::batch::v1::{JobSpec, PodFailurePolicyRule, SuccessPolicyRule};

/// By field, what it says; only those that are set.
pub fn rules(spec: &JobSpec) -> Vec<(String, String)> {
    let mut rules = Vec::new();
    let mut add = |field: &str, text: Option<String>| {
        rules.extend(text.map(|text| (field.to_owned(), text)));
    };
    add("completionMode", spec.completion_mode.clone());
    add("podReplacementPolicy", spec.pod_replacement_policy.clone());
    let number = |number: Option<i32>| number.map(|number| number.to_string());
    add("backoffLimitPerIndex", number(spec.backoff_limit_per_index));
    add("maxFailedIndexes", number(spec.max_failed_indexes));
    let of_failure = spec
        .pod_failure_policy
        .iter()
        .flat_map(|policy| &policy.rules);
    of_failure.for_each(|rule| add("podFailurePolicy", Some(on_failure(rule))));
    let of_success = spec.success_policy.iter().flat_map(|policy| &policy.rules);
    of_success.for_each(|rule| add("successPolicy", Some(on_success(rule))));
    add("managedBy", spec.managed_by.clone());
    rules
}

/// `FailJob: exit code In 42,43 (main)`
fn on_failure(rule: &PodFailurePolicyRule) -> String {
    let codes = rule.on_exit_codes.iter().map(|codes| {
        let values: Vec<_> = codes.values.iter().map(i32::to_string).collect();
        let container = codes.container_name.as_ref();
        let of = container
            .map(|name| format!(" ({name})"))
            .unwrap_or_default();
        format!("exit code {} {}{of}", codes.operator, values.join(","))
    });
    let conditions = rule.on_pod_conditions.iter().flatten();
    let conditions = conditions.map(|pattern| {
        let status = pattern.status.as_deref().unwrap_or("True");
        format!("{}={status}", pattern.type_)
    });
    let when: Vec<_> = codes.chain(conditions).collect();
    format!("{}: {}", rule.action, when.join(", "))
}

/// `succeededIndexes 0,2-3, succeededCount 1`
fn on_success(rule: &SuccessPolicyRule) -> String {
    let indexes = rule.succeeded_indexes.as_ref();
    let indexes = indexes.map(|indexes| format!("succeededIndexes {indexes}"));
    let count = rule.succeeded_count;
    let count = count.map(|count| format!("succeededCount {count}"));
    let both: Vec<_> = indexes.into_iter().chain(count).collect();
    both.join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_decides_how_a_job_ends_is_said_by_field() {
        let spec = json!({
            "completionMode": "Indexed", "backoffLimitPerIndex": 1, "maxFailedIndexes": 2,
            "podFailurePolicy": {"rules": [
                {"action": "FailJob", "onExitCodes": {"containerName": "main", "operator": "In", "values": [42, 43]}},
                {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget"}]},
            ]},
            "successPolicy": {"rules": [{"succeededIndexes": "0,2-3", "succeededCount": 1}]},
            "template": {},
        });
        let spec = serde_json::from_value(spec).expect("a literal spec");
        let said: Vec<_> = rules(&spec);
        let said: Vec<_> = said.iter().map(|(f, t)| format!("{f} | {t}")).collect();
        let expected = [
            "completionMode | Indexed",
            "backoffLimitPerIndex | 1",
            "maxFailedIndexes | 2",
            "podFailurePolicy | FailJob: exit code In 42,43 (main)",
            "podFailurePolicy | Ignore: DisruptionTarget=True",
            "successPolicy | succeededIndexes 0,2-3, succeededCount 1",
        ];
        assert_eq!(said, expected);
    }
}
