//! The first step of a sync: does the Job end, and which pods are made or deleted.

use jiff::Timestamp;
use k8s_openapi::api::batch::v1::JobStatus;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::finish::{Finish, deadline, reason_to_end};
use super::manage::{Managed, Work, manage};
use super::spec;
use super::tally::{Observed, Tally};
use crate::api_values::whole_seconds;

/// What a sync is going to do.
pub struct Plan<'a> {
    /// The stored status, with startTime if this is the first sync that may run (JOB-52).
    pub status: JobStatus,
    pub finish: Option<Finish>,
    pub work: Work<'a>,
    /// Pods were managed: only then may Suspended change.
    pub managed: bool,
    pub wake_at: Option<Timestamp>,
}

/// Decides from what is seen; writes nothing.
pub fn decide<'a>(observed: &Observed<'_>, tally: &Tally<'a>) -> Plan<'a> {
    let mut status = spec::status(observed.spec.job);
    if status.start_time.is_none() && !observed.spec.is_suspended() {
        status.start_time = Some(Time(whole_seconds(observed.now)));
    }
    if let Some(finish) = reason_to_end(observed, tally, &status) {
        let work = Work::Delete {
            pods: tally.active.clone(),
            untrack_first: false,
        };
        return Plan {
            status,
            finish: Some(finish),
            work,
            managed: false,
            wake_at: None,
        };
    }
    let managed = observed.settled && !observed.spec.is_leaving();
    let Managed { work, wake_at } = match managed {
        true => manage(observed, tally),
        false => Managed::default(),
    };
    let deadline = deadline(observed, &status);
    Plan {
        status,
        finish: None,
        work,
        managed,
        wake_at: [wake_at, deadline].into_iter().flatten().min(),
    }
}
