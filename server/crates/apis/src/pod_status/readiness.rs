//! Phase, readiness and availability.

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::Pod;

use crate::conditions;

/// `status.phase`; empty when unset.
pub fn phase(pod: &Pod) -> &str {
    let phase = pod
        .status
        .as_ref()
        .and_then(|status| status.phase.as_deref());
    phase.unwrap_or_default()
}

/// Succeeded or Failed.
pub fn is_terminated(pod: &Pod) -> bool {
    matches!(phase(pod), "Succeeded" | "Failed")
}

/// Deleted but not yet Succeeded or Failed (JOB-30).
pub fn is_terminating(pod: &Pod) -> bool {
    pod.metadata.deletion_timestamp.is_some() && !is_terminated(pod)
}

/// Condition Ready=True.
pub fn is_ready(pod: &Pod) -> bool {
    let status = pod.status.as_ref();
    conditions::is_true(
        status.and_then(|status| status.conditions.as_ref()),
        "Ready",
    )
}

/// When the Ready condition last changed.
pub fn ready_transition_time(pod: &Pod) -> Option<Timestamp> {
    let found = conditions::find(pod.status.as_ref()?.conditions.as_ref(), "Ready")?;
    found.last_transition_time.as_ref().map(|time| time.0)
}

/// Ready for at least `min_ready_secs` (DS-33).
pub fn is_available(pod: &Pod, min_ready_secs: i32, now: Timestamp) -> bool {
    let long_enough = || {
        let wait = SignedDuration::from_secs(i64::from(min_ready_secs));
        ready_transition_time(pod).is_some_and(|since| now.duration_since(since) >= wait)
    };
    is_ready(pod) && (min_ready_secs == 0 || long_enough())
}
