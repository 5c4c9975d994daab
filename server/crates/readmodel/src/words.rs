//! Statuses by their serde names, without an allocation for each row.

use orrery_view::{CronJobStatus, DaemonSetStatus, JobStatus, NodeRow, PodHealth};
use orrery_view::{ENDED, LIVE};

/// Whether a list of the status `asked` has a row of this one: `live` is all that has not ended.
pub fn is(asked: &str, status: &str) -> bool {
    match asked {
        LIVE => !ENDED.contains(&status),
        asked => asked == status,
    }
}

pub fn cronjob(status: CronJobStatus) -> &'static str {
    match status {
        CronJobStatus::Failing => "failing",
        CronJobStatus::Invalid => "invalid",
        CronJobStatus::Skipping => "skipping",
        CronJobStatus::Running => "running",
        CronJobStatus::Healthy => "healthy",
        CronJobStatus::Suspended => "suspended",
        CronJobStatus::Waiting => "waiting",
    }
}

pub fn job(status: JobStatus) -> &'static str {
    match status {
        JobStatus::Failed => "failed",
        JobStatus::Failing => "failing",
        JobStatus::Terminating => "terminating",
        JobStatus::Running => "running",
        JobStatus::Suspended => "suspended",
        JobStatus::Complete => "complete",
    }
}

pub fn daemonset(status: DaemonSetStatus) -> &'static str {
    match status {
        DaemonSetStatus::Unavailable => "unavailable",
        DaemonSetStatus::Updating => "updating",
        DaemonSetStatus::Paused => "paused",
        DaemonSetStatus::Healthy => "healthy",
        DaemonSetStatus::Idle => "idle",
    }
}

pub fn pod(health: PodHealth) -> &'static str {
    match health {
        PodHealth::Bad => "bad",
        PodHealth::Failed => "failed",
        PodHealth::Waiting => "waiting",
        PodHealth::Running => "running",
        PodHealth::Terminating => "terminating",
        PodHealth::Done => "done",
    }
}

pub fn node(row: &NodeRow) -> &'static str {
    match (row.ready, row.cordoned) {
        (false, _) => "notready",
        (true, true) => "cordoned",
        (true, false) => "ready",
    }
}
