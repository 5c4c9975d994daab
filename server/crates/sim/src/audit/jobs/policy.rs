//! podFailurePolicy as the auditor reads it (JOB-77).

use k8s_openapi::api::batch::v1::{Job, PodFailurePolicyRule};
use k8s_openapi::api::core::v1::Pod;

/// The first rule that matches says to ignore it.
pub fn ignores(job: &Job, pod: &Pod) -> bool {
    let spec = job.spec.as_ref();
    let policy = spec.and_then(|spec| spec.pod_failure_policy.as_ref());
    let mut rules = policy.into_iter().flat_map(|policy| &policy.rules);
    rules
        .find(|rule| matches(rule, pod))
        .is_some_and(|rule| rule.action == "Ignore")
}

fn matches(rule: &PodFailurePolicyRule, pod: &Pod) -> bool {
    let Some(status) = &pod.status else {
        return false;
    };
    if let Some(wanted) = &rule.on_exit_codes {
        let statuses = status.container_statuses.iter().flatten();
        let mut codes = statuses.filter_map(|container| {
            let state = container.state.as_ref()?;
            Some(state.terminated.as_ref()?.exit_code)
        });
        return codes
            .any(|code| code != 0 && wanted.values.contains(&code) == (wanted.operator == "In"));
    }
    let mut wanted = rule.on_pod_conditions.iter().flatten();
    wanted.any(|wanted| {
        let mut conditions = status.conditions.iter().flatten();
        let expected = wanted.status.as_deref().unwrap_or("True");
        conditions.any(|has| has.type_ == wanted.type_ && has.status == expected)
    })
}
