//! Back-off of pod creation after failures (JOB-45, JOB-47).

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::Pod;

use super::pod_facts::{index_failures, index_ignored_failures};
use crate::pods::finished_at;

const BASE: SignedDuration = SignedDuration::from_secs(10);
const CAP: SignedDuration = SignedDuration::from_mins(10);

/// Failures in a row of a Job's pods. In memory only: a restart forgets it (JOB-45).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backoff {
    failures: u32,
    last: Option<Timestamp>,
}

impl Backoff {
    /// The record after these pods have finished. A success resets it; failures that finished after
    /// the last success count again.
    pub fn after(self, succeeded: &[&Pod], failed: &[&Pod]) -> Self {
        let last_success = succeeded.iter().map(|pod| finished_at(pod)).max();
        let before = match last_success {
            Some(_) => Self::default(),
            None => self,
        };
        let ends = failed.iter().map(|pod| finished_at(pod));
        let counted = ends.filter(|end| last_success.is_none_or(|success| *end > success));
        counted.fold(before, |record, end| Self {
            failures: record.failures.saturating_add(1),
            last: record.last.max(Some(end)),
        })
    }

    /// The time from which a pod may be created; None for at once.
    pub fn ends_at(self) -> Option<Timestamp> {
        ends_at(self.failures, self.last?)
    }
}

/// The time from which the replacement of an index's last failed pod may be created (JOB-47).
pub fn index_ends_at(last_failed: &Pod) -> Option<Timestamp> {
    let failures = index_failures(last_failed).saturating_add(index_ignored_failures(last_failed));
    ends_at(
        failures.unsigned_abs().saturating_add(1),
        finished_at(last_failed),
    )
}

fn ends_at(failures: u32, last: Timestamp) -> Option<Timestamp> {
    let doublings = failures.checked_sub(1)?.min(16);
    let delay = BASE.saturating_mul(1 << doublings).min(CAP);
    Some(last.checked_add(delay).unwrap_or(Timestamp::MAX))
}
