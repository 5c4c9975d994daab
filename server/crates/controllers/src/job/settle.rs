//! The last step of a sync: what the finalizers' going changes, and the terminal condition (JOB-48).

use std::collections::BTreeSet;

use jiff::Timestamp;
use k8s_openapi::api::batch::v1::JobStatus;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::account::drop_counted;
use super::conditions::ensure;
use super::finish::{End, Finish};
use super::spec::Spec;
use crate::api_values::whole_seconds;
use crate::note::Note;

/// The second status write of a sync.
pub struct Settled {
    pub status: JobStatus,
    pub write: bool,
    pub finished: bool,
    pub notes: Vec<Note>,
}

/// Settles the counts. `tracked` are the uids that still carry the finalizer; `finish` is the end that
/// may be declared, None when this round was full or something failed.
pub fn settle(
    spec: Spec<'_>,
    mut status: JobStatus,
    tracked: &BTreeSet<String>,
    finish: Option<&Finish>,
    now: Timestamp,
) -> Settled {
    let write = drop_counted(&mut status, tracked);
    let Some(finish) = finish.filter(|_| is_quiet(&status)) else {
        return Settled {
            status,
            write,
            finished: false,
            notes: Vec::new(),
        };
    };
    let now = whole_seconds(now);
    ensure(
        &mut status,
        finish.end.terminal(),
        true,
        &finish.reason,
        &finish.message,
        now,
    );
    if finish.end == End::Complete {
        status.completion_time = Some(Time(now));
    }
    let notes = farewell(spec, &status, finish);
    Settled {
        status,
        write: true,
        finished: true,
        notes,
    }
}

/// Everything is counted and no pod is on its way out.
fn is_quiet(status: &JobStatus) -> bool {
    let uncounted = status.uncounted_terminated_pods.as_ref();
    let waiting =
        uncounted.is_some_and(|lists| lists.succeeded.is_some() || lists.failed.is_some());
    !waiting && status.terminating.unwrap_or(0) == 0
}

/// JOB-51.
fn farewell(spec: Spec<'_>, status: &JobStatus, finish: &Finish) -> Vec<Note> {
    if finish.end == End::Failed {
        return vec![Note::warning(&finish.reason, &finish.message)];
    }
    let succeeded = status.succeeded.unwrap_or(0);
    let too_many = spec
        .spec
        .completions
        .is_some_and(|completions| succeeded > completions);
    let message = "Too many succeeded pods running after completion count reached";
    let warning = too_many.then(|| Note::warning("TooManySucceededPods", message));
    warning
        .into_iter()
        .chain([Note::normal("Completed", "Job completed")])
        .collect()
}
