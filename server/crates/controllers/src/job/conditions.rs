//! Job conditions (JOB-52, JOB-55).

use jiff::Timestamp;
use k8s_openapi::api::batch::v1::{Job, JobCondition, JobStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

/// The condition of a type, if it is True.
pub fn find_true<'a>(status: &'a JobStatus, type_: &str) -> Option<&'a JobCondition> {
    let conditions = status.conditions.as_deref().unwrap_or_default();
    conditions
        .iter()
        .find(|condition| condition.type_ == type_ && condition.status == "True")
}

/// Complete or Failed is True.
pub fn is_finished(job: &Job) -> bool {
    let says = |status: &JobStatus, type_| find_true(status, type_).is_some();
    let status = job.status.as_ref();
    status.is_some_and(|status| says(status, "Complete") || says(status, "Failed"))
}

/// Makes a condition say this; answers whether it said something else before. False is never added
/// from nothing.
pub fn ensure(
    status: &mut JobStatus,
    type_: &str,
    value: bool,
    reason: &str,
    message: &str,
    now: Timestamp,
) -> bool {
    let wanted = JobCondition {
        type_: type_.to_owned(),
        status: if value { "True" } else { "False" }.to_owned(),
        reason: Some(reason.to_owned()),
        message: Some(message.to_owned()),
        last_probe_time: Some(Time(now)),
        last_transition_time: Some(Time(now)),
    };
    let mut conditions = status.conditions.iter_mut().flatten();
    match conditions.find(|condition| condition.type_ == type_) {
        Some(condition) if says_the_same(condition, &wanted) => false,
        Some(condition) => {
            *condition = wanted;
            true
        }
        None if value => {
            status.conditions.get_or_insert_default().push(wanted);
            true
        }
        None => false,
    }
}

fn says_the_same(a: &JobCondition, b: &JobCondition) -> bool {
    a.status == b.status && a.reason == b.reason && a.message == b.message
}
