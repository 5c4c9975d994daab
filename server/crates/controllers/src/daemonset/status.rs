//! What the status says (DS-50, DS-51).

use jiff::Timestamp;
use k8s_openapi::api::apps::v1::DaemonSetStatus;
use orrery_apis::pod_status::is_available;

use super::decide::Observed;
use super::layout::Layout;
use super::pod_facts::is_current;
use super::spec::Spec;
use crate::pods::is_ready;

/// Counts of one sync.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub desired: i32,
    pub current: i32,
    pub misscheduled: i32,
    pub ready: i32,
    pub available: i32,
    pub updated: i32,
    /// The generation that was acted on; None leaves the one observed before (DS-21).
    pub generation: Option<i64>,
}

/// Counts nodes, each by its oldest pod.
pub fn count(observed: &Observed<'_>, layout: &Layout<'_>) -> Counts {
    let spec = observed.spec;
    let template_generation = spec.template_generation();
    let mut counts = Counts {
        generation: observed.settled.then(|| spec.generation()),
        ..Counts::default()
    };
    for (node, verdict) in &layout.verdicts {
        let oldest = layout.pods_on(node).first();
        if !verdict.should_run {
            counts.misscheduled += i32::from(oldest.is_some());
            continue;
        }
        counts.desired += 1;
        let Some(pod) = oldest else { continue };
        counts.current += 1;
        let available = is_available(pod, spec.min_ready_secs(), observed.now);
        counts.ready += i32::from(is_ready(pod));
        counts.available += i32::from(available);
        counts.updated += i32::from(is_current(pod, observed.hash, template_generation));
    }
    counts
}

/// The status to write over the stored one; None when it says so already.
pub fn next(spec: Spec<'_>, counts: Counts) -> Option<DaemonSetStatus> {
    let stored = spec.daemonset.status.clone().unwrap_or_default();
    let unavailable = counts.desired - counts.available;
    let next = DaemonSetStatus {
        current_number_scheduled: counts.current,
        desired_number_scheduled: counts.desired,
        number_available: nonzero(counts.available),
        number_misscheduled: counts.misscheduled,
        number_ready: counts.ready,
        number_unavailable: nonzero(unavailable),
        observed_generation: counts.generation.or(stored.observed_generation),
        updated_number_scheduled: nonzero(counts.updated),
        ..stored.clone()
    };
    let same = DaemonSetStatus {
        number_available: nonzero(stored.number_available.unwrap_or(0)),
        number_unavailable: nonzero(stored.number_unavailable.unwrap_or(0)),
        updated_number_scheduled: nonzero(stored.updated_number_scheduled.unwrap_or(0)),
        ..stored
    } == next;
    (!same).then_some(next)
}

/// Go omits these when they are 0.
fn nonzero(count: i32) -> Option<i32> {
    Some(count).filter(|count| *count != 0)
}

/// When the first pod that is ready but not yet available becomes so. Upstream waits a whole
/// minReadySeconds, and a second more, from when it notices (DS-36).
pub fn next_available(observed: &Observed<'_>) -> Option<Timestamp> {
    let min_ready_secs = observed.spec.min_ready_secs();
    if min_ready_secs <= 0 {
        return None;
    }
    let wait = jiff::SignedDuration::from_secs(i64::from(min_ready_secs));
    let ready = observed
        .pods
        .iter()
        .filter_map(|pod| crate::pods::ready_since(pod));
    let times = ready.filter_map(|since| since.checked_add(wait).ok());
    times.filter(|at| *at > observed.now).min()
}
