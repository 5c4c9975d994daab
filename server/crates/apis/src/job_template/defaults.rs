//! Defaults that a Job's specification has even inside a CronJob (CJV-01).

use k8s_openapi::api::batch::v1::JobSpec;

/// `podFailurePolicy` patterns ask for `True` unless they say otherwise.
pub fn default_policy(spec: &mut JobSpec) {
    let rules = spec
        .pod_failure_policy
        .iter_mut()
        .flat_map(|policy| &mut policy.rules);
    for pattern in rules.flat_map(|rule| rule.on_pod_conditions.iter_mut().flatten()) {
        if pattern.status.as_deref().is_none_or(str::is_empty) {
            pattern.status = Some("True".to_owned());
        }
    }
}
