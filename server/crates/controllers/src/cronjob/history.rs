//! Which finished Jobs go (CJ-10 to CJ-15).

use std::sync::Arc;

use jiff::Timestamp;
use k8s_openapi::api::batch::v1::{CronJobSpec, Job};

/// The terminal condition that is True: `Complete` or `Failed` (CJ-11).
pub fn finished(job: &Job) -> Option<&'static str> {
    let conditions = job.status.as_ref()?.conditions.as_deref()?;
    let is_true = |type_: &str| {
        conditions
            .iter()
            .any(|c| c.type_ == type_ && c.status == "True")
    };
    ["Complete", "Failed"]
        .into_iter()
        .find(|type_| is_true(type_))
}

/// The finished Jobs beyond the history limits, oldest first, successful ones before failed.
pub fn expired<'a>(spec: &CronJobSpec, jobs: &'a [Arc<Job>]) -> Vec<&'a Job> {
    let of = |type_| {
        jobs.iter()
            .map(Arc::as_ref)
            .filter(move |job| finished(job) == Some(type_))
    };
    let mut expired = oldest_beyond(spec.successful_jobs_history_limit, of("Complete").collect());
    expired.extend(oldest_beyond(
        spec.failed_jobs_history_limit,
        of("Failed").collect(),
    ));
    expired
}

fn oldest_beyond(limit: Option<i32>, mut jobs: Vec<&Job>) -> Vec<&Job> {
    let Some(limit) = limit.and_then(|limit| usize::try_from(limit).ok()) else {
        return Vec::new();
    };
    jobs.sort_by(|a, b| age_order(a).cmp(&age_order(b)));
    jobs.truncate(jobs.len().saturating_sub(limit));
    jobs
}

/// By start, Jobs that never started last, then by name (CJ-12).
fn age_order(job: &Job) -> (bool, Option<Timestamp>, Option<&String>) {
    let started = job
        .status
        .as_ref()
        .and_then(|status| status.start_time.as_ref());
    (
        started.is_none(),
        started.map(|time| time.0),
        job.metadata.name.as_ref(),
    )
}
