//! podFailurePolicy (JOB-77, JOB-78, JOB-81).

use k8s_openapi::api::batch::v1::{
    PodFailurePolicy, PodFailurePolicyOnExitCodesRequirement,
    PodFailurePolicyOnPodConditionsPattern, PodFailurePolicyRule,
};
use k8s_openapi::api::core::v1::{ContainerStatus, Pod, PodCondition};
use kube::ResourceExt;

use crate::pods;

/// What the first matching rule says about a failed pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// No rule matches, or a Count rule does first: a failure like any other.
    Count,
    /// Not a failure; the pod is replaced.
    Ignore,
    /// The whole Job fails, with this message.
    FailJob(String),
    /// The pod's index fails at once.
    FailIndex,
}

impl Ruling {
    /// Whether the pod raises status.failed.
    pub fn counts(&self) -> bool {
        *self != Self::Ignore
    }
}

/// Judges a failed pod.
pub fn rule(policy: Option<&PodFailurePolicy>, pod: &Pod) -> Ruling {
    let rules = policy
        .map(|policy| policy.rules.as_slice())
        .unwrap_or_default();
    let mut rules = rules.iter().enumerate();
    let first = rules.find_map(|(position, rule)| {
        let found = matching(rule, pod)?;
        match rule.action.as_str() {
            "Ignore" => Some(Ruling::Ignore),
            "FailIndex" => Some(Ruling::FailIndex),
            "FailJob" => {
                let message = format!("{found} matching FailJob rule at index {position}");
                Some(Ruling::FailJob(message))
            }
            "Count" => Some(Ruling::Count),
            // a newer API server's: the next rule decides
            _ => None,
        }
    });
    first.unwrap_or(Ruling::Count)
}

/// What in the pod matches, in the words of the condition's message.
fn matching(rule: &PodFailurePolicyRule, pod: &Pod) -> Option<String> {
    let named = || format!("{}/{}", pod.namespace().unwrap_or_default(), pod.name_any());
    if let Some(exit_codes) = &rule.on_exit_codes {
        let statuses = pods::container_statuses(pod)
            .iter()
            .chain(pods::init_container_statuses(pod));
        let mut found =
            statuses.filter_map(|status| Some((status, failing_code(status, exit_codes)?)));
        let (status, code) = found.next()?;
        return Some(format!(
            "Container {} for pod {} failed with exit code {code}",
            status.name,
            named()
        ));
    }
    let patterns = rule.on_pod_conditions.as_deref().unwrap_or_default();
    let conditions = pod.status.as_ref()?.conditions.as_deref();
    let mut conditions = conditions.unwrap_or_default().iter();
    // the pod's first condition that any pattern wants is named, not the first pattern's
    let found = conditions.find(|condition| {
        let mut patterns = patterns.iter();
        patterns.any(|pattern| is_wanted(condition, pattern))
    })?;
    Some(format!("Pod {} has condition {}", named(), found.type_))
}

fn failing_code(
    status: &ContainerStatus,
    wanted: &PodFailurePolicyOnExitCodesRequirement,
) -> Option<i32> {
    let code = status.state.as_ref()?.terminated.as_ref()?.exit_code;
    let for_container = wanted
        .container_name
        .as_ref()
        .is_none_or(|name| *name == status.name);
    let listed = wanted.values.contains(&code);
    let matches = match wanted.operator.as_str() {
        "In" => listed,
        "NotIn" => !listed,
        _ => false,
    };
    (code != 0 && for_container && matches).then_some(code)
}

fn is_wanted(condition: &PodCondition, wanted: &PodFailurePolicyOnPodConditionsPattern) -> bool {
    let status = wanted.status.as_deref().unwrap_or("True");
    condition.type_ == wanted.type_ && condition.status == status
}
