//! How many pods a Job wants, and what to do about the difference (JOB-31 to JOB-35).

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod;

use super::new_pod;
use super::pending::pending;
use super::removal::surplus;
use super::tally::{Observed, Tally};
use crate::api_values::as_count;

/// Creations, and deletions, of one sync; the rest follows in the next (JOB-24).
const MOST_PER_SYNC: usize = 500;

/// Pod work of one sync: deletions or creations, never both (JOB-33).
#[derive(Debug, Default)]
pub enum Work<'a> {
    #[default]
    Nothing,
    Create(Vec<Pod>),
    Delete {
        pods: Vec<&'a Pod>,
        /// The tracking finalizer goes before the pod, so that it is not counted as a failure.
        untrack_first: bool,
    },
}

/// The work, and when there will be more.
#[derive(Default)]
pub struct Managed<'a> {
    pub work: Work<'a>,
    pub wake_at: Option<Timestamp>,
}

impl<'a> From<Work<'a>> for Managed<'a> {
    fn from(work: Work<'a>) -> Self {
        Self {
            work,
            wake_at: None,
        }
    }
}

/// What a Job that goes on needs.
pub fn manage<'a>(observed: &Observed<'_>, tally: &Tally<'a>) -> Managed<'a> {
    let active = as_count(tally.active.len());
    if observed.spec.is_suspended() {
        return delete(surplus(
            &tally.active,
            tally.active.len(),
            observed.spec.indexes(),
        ))
        .into();
    }
    let want = wanted(observed, tally, active);
    let too_many = usize::try_from(active - want).unwrap_or(0);
    let mut remove = surplus(&tally.active, too_many, observed.spec.indexes());
    remove.truncate(MOST_PER_SYNC);
    if !remove.is_empty() {
        return delete(remove).into();
    }
    let leaving = if observed.spec.only_replaces_failed() {
        tally.terminating
    } else {
        0
    };
    let missing = usize::try_from(want - active - leaving).unwrap_or(0);
    match missing.min(MOST_PER_SYNC) {
        0 => Managed::default(),
        missing => create(observed, tally, missing),
    }
}

fn wanted(observed: &Observed<'_>, tally: &Tally<'_>, active: i32) -> i32 {
    let parallelism = observed.spec.parallelism();
    match observed.spec.spec.completions {
        None if tally.succeeded > 0 => active,
        None => parallelism,
        Some(completions) => parallelism
            .min(completions.saturating_sub(tally.succeeded))
            .max(0),
    }
}

fn delete(pods: Vec<&Pod>) -> Work<'_> {
    match pods.is_empty() {
        true => Work::Nothing,
        false => Work::Delete {
            pods,
            untrack_first: true,
        },
    }
}

fn create<'a>(observed: &Observed<'_>, tally: &Tally<'_>, missing: usize) -> Managed<'a> {
    let per_index = observed.spec.backoff_limit_per_index().is_some();
    let held_until = tally
        .backoff
        .ends_at()
        .filter(|ends_at| !per_index && *ends_at > observed.now);
    if held_until.is_some() {
        return Managed {
            work: Work::Nothing,
            wake_at: held_until,
        };
    }
    let Some(completions) = observed.spec.indexes() else {
        let pod = new_pod::plain(observed.spec);
        return Work::Create(vec![pod; missing]).into();
    };
    let pending = pending(observed, tally, missing, completions);
    let replaced = |index| tally.awaiting.get(index).copied();
    let pods = pending
        .now
        .iter()
        .map(|index| new_pod::indexed(observed.spec, *index, replaced(index)));
    let pods: Vec<Pod> = pods.collect();
    Managed {
        work: if pods.is_empty() {
            Work::Nothing
        } else {
            Work::Create(pods)
        },
        wake_at: pending.next_at,
    }
}
