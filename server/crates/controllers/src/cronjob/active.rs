//! status.active and lastSuccessfulTime against the Jobs there are (CJ-20 to CJ-24).

use std::sync::Arc;

use k8s_openapi::api::batch::v1::{CronJobStatus, Job};
use k8s_openapi::api::core::v1::ObjectReference;
use kube::ResourceExt;

use super::history::finished;
use crate::note::Note;

/// status.active has the Job.
pub fn is_active(status: &CronJobStatus, uid: Option<&str>) -> bool {
    let active = status.active.as_deref().unwrap_or_default();
    uid.is_some() && active.iter().any(|entry| entry.uid.as_deref() == uid)
}

/// Takes the Job off status.active; answers whether it was there.
pub fn remove(status: &mut CronJobStatus, uid: Option<&str>) -> bool {
    let active = status.active.get_or_insert_default();
    let before = active.len();
    active.retain(|entry| entry.uid.as_deref() != uid);
    let was_there = active.len() < before;
    if active.is_empty() {
        status.active = None;
    }
    was_there
}

/// Unfinished Jobs that status.active does not have (CJ-20).
pub fn unexpected<'a>(status: &CronJobStatus, jobs: &'a [Arc<Job>]) -> Vec<&'a Job> {
    let unlisted = |job: &&Job| !is_active(status, job.metadata.uid.as_deref());
    jobs.iter()
        .map(Arc::as_ref)
        .filter(|job| finished(job).is_none())
        .filter(unlisted)
        .collect()
}

/// Entries of status.active without a Job in the cache; only a live read says whether it is gone (CJ-23).
pub fn unseen(status: &CronJobStatus, jobs: &[Arc<Job>]) -> Vec<ObjectReference> {
    let seen = |entry: &&ObjectReference| jobs.iter().any(|job| job.metadata.uid == entry.uid);
    status
        .active
        .iter()
        .flatten()
        .filter(|entry| !seen(entry))
        .cloned()
        .collect()
}

/// Takes finished Jobs off status.active and keeps lastSuccessfulTime (CJ-21, CJ-22).
pub fn settle_finished(status: &mut CronJobStatus, jobs: &[Arc<Job>]) -> (bool, Vec<Note>) {
    let mut changed = false;
    let mut notes = Vec::new();
    for job in jobs {
        let Some(condition) = finished(job) else {
            continue;
        };
        if remove(status, job.metadata.uid.as_deref()) {
            let message = format!(
                "Saw completed job: {}, condition: {condition}",
                job.name_any()
            );
            notes.push(Note::normal("SawCompletedJob", message));
            changed = true;
        }
        let completed = job
            .status
            .as_ref()
            .and_then(|status| status.completion_time.clone());
        let Some(completed) = completed.filter(|_| condition == "Complete") else {
            continue;
        };
        if status
            .last_successful_time
            .as_ref()
            .is_none_or(|last| *last < completed)
        {
            status.last_successful_time = Some(completed);
            changed = true;
        }
    }
    (changed, notes)
}
