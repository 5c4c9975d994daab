//! Looking a condition up by its type, for every kind that has conditions.

use k8s_openapi::api::apps::v1::DaemonSetCondition;
use k8s_openapi::api::batch::v1::{Job, JobCondition};
use k8s_openapi::api::core::v1::{NamespaceCondition, NodeCondition, PodCondition};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};

/// What all conditions have in common.
pub trait ConditionLike {
    fn type_(&self) -> &str;
    fn status(&self) -> &str;
    fn reason(&self) -> &str;
    fn message(&self) -> &str;
    fn last_transition_time(&self) -> Option<&Time>;
}

macro_rules! condition_like {
    ($($kind:ty),*) => {$(
        impl ConditionLike for $kind {
            fn type_(&self) -> &str {
                &self.type_
            }
            fn status(&self) -> &str {
                &self.status
            }
            fn reason(&self) -> &str {
                self.reason.as_deref().unwrap_or_default()
            }
            fn message(&self) -> &str {
                self.message.as_deref().unwrap_or_default()
            }
            fn last_transition_time(&self) -> Option<&Time> {
                self.last_transition_time.as_ref()
            }
        }
    )*};
}

condition_like!(
    JobCondition,
    PodCondition,
    NodeCondition,
    NamespaceCondition,
    DaemonSetCondition
);

impl ConditionLike for Condition {
    fn type_(&self) -> &str {
        &self.type_
    }
    fn status(&self) -> &str {
        &self.status
    }
    fn reason(&self) -> &str {
        &self.reason
    }
    fn message(&self) -> &str {
        &self.message
    }
    fn last_transition_time(&self) -> Option<&Time> {
        Some(&self.last_transition_time)
    }
}

/// The condition of a type.
pub fn find<'a, C: ConditionLike>(conditions: Option<&'a Vec<C>>, type_: &str) -> Option<&'a C> {
    conditions?
        .iter()
        .find(|condition| condition.type_() == type_)
}

/// True when the condition exists and its status is `True`.
pub fn is_true<C: ConditionLike>(conditions: Option<&Vec<C>>, type_: &str) -> bool {
    find(conditions, type_).is_some_and(|condition| condition.status() == "True")
}

/// The condition of a Job.
pub fn of_job<'a>(job: &'a Job, type_: &str) -> Option<&'a JobCondition> {
    find(job.status.as_ref()?.conditions.as_ref(), type_)
}

/// True when the Job has this condition with status `True`.
pub fn job_has(job: &Job, type_: &str) -> bool {
    of_job(job, type_).is_some_and(|condition| condition.status == "True")
}

/// The terminal condition of a finished Job: Complete or Failed, True (CJ-11).
pub fn finished(job: &Job) -> Option<&JobCondition> {
    let conditions = job.status.as_ref()?.conditions.as_ref()?;
    conditions
        .iter()
        .find(|c| matches!(c.type_.as_str(), "Complete" | "Failed") && c.status == "True")
}

/// True when the Job is Complete or Failed.
pub fn is_finished(job: &Job) -> bool {
    finished(job).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn cj_11_finished_jobs() {
        let rows = [
            ("no status", json!({}), None),
            (
                "complete",
                json!({"conditions": [{"type": "Complete", "status": "True"}]}),
                Some("Complete"),
            ),
            (
                "failed after FailureTarget",
                json!({"conditions": [{"type": "FailureTarget", "status": "True"}, {"type": "Failed", "status": "True"}]}),
                Some("Failed"),
            ),
            (
                "an interim condition does not finish",
                json!({"conditions": [{"type": "SuccessCriteriaMet", "status": "True"}]}),
                None,
            ),
            (
                "False does not finish",
                json!({"conditions": [{"type": "Complete", "status": "False"}]}),
                None,
            ),
        ];
        for (why, status, want) in rows {
            let job: Job =
                serde_json::from_value(json!({"metadata": {}, "status": status})).expect("a job");
            assert_eq!(finished(&job).map(|c| c.type_.as_str()), want, "{why}");
        }
    }
}
