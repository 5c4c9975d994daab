//! Why a Job ends, and in which order the reasons count (JOB-44).

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::batch::v1::{JobCondition, JobStatus};

use super::conditions::find_true;
use super::failure_policy::{Ruling, rule};
use super::pod_facts::is_failed;
use super::tally::{Observed, Tally};
use crate::pods;

/// How a Job ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Failed,
    Complete,
}

impl End {
    /// The condition that announces the end before pods are let go (JOB-48).
    pub fn interim(self) -> &'static str {
        match self {
            Self::Failed => "FailureTarget",
            Self::Complete => "SuccessCriteriaMet",
        }
    }

    /// The terminal condition.
    pub fn terminal(self) -> &'static str {
        match self {
            Self::Failed => "Failed",
            Self::Complete => "Complete",
        }
    }
}

/// An end with its reason and message, which the interim and the terminal condition share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finish {
    pub end: End,
    pub reason: String,
    pub message: String,
}

impl Finish {
    pub fn failed(reason: &str, message: impl Into<String>) -> Self {
        Self {
            end: End::Failed,
            reason: reason.to_owned(),
            message: message.into(),
        }
    }

    fn met_policy(message: String) -> Self {
        Self {
            end: End::Complete,
            reason: "SuccessPolicy".to_owned(),
            message,
        }
    }

    /// Plain success (JOB-49).
    pub fn completions_reached() -> Self {
        Self {
            end: End::Complete,
            reason: "CompletionsReached".to_owned(),
            message: "Reached expected number of succeeded pods".to_owned(),
        }
    }

    fn announced(end: End, condition: &JobCondition) -> Self {
        Self {
            end,
            reason: condition.reason.clone().unwrap_or_default(),
            message: condition.message.clone().unwrap_or_default(),
        }
    }
}

/// Every reason to end but plain completion, in order.
pub fn reason_to_end(
    observed: &Observed<'_>,
    tally: &Tally<'_>,
    status: &JobStatus,
) -> Option<Finish> {
    announced(status)
        .or_else(|| failed_by_policy(observed))
        .or_else(|| past_backoff_limit(observed, tally))
        .or_else(|| past_deadline(observed, status))
        .or_else(|| too_many_failed_indexes(observed, tally))
        .or_else(|| success_policy_met(observed, tally))
}

fn announced(status: &JobStatus) -> Option<Finish> {
    [End::Complete, End::Failed].into_iter().find_map(|end| {
        let condition = find_true(status, end.interim())?;
        Some(Finish::announced(end, condition))
    })
}

fn failed_by_policy(observed: &Observed<'_>) -> Option<Finish> {
    let policy = observed.spec.failure_policy()?;
    let failed = observed
        .pods
        .iter()
        .filter(|pod| is_failed(pod, observed.spec));
    failed
        .into_iter()
        .find_map(|pod| match rule(Some(policy), pod) {
            Ruling::FailJob(message) => Some(Finish::failed("PodFailurePolicy", message)),
            _ => None,
        })
}

fn past_backoff_limit(observed: &Observed<'_>, tally: &Tally<'_>) -> Option<Finish> {
    let limit = observed.spec.backoff_limit();
    let past = tally.failed > limit || past_restarts(observed, limit);
    past.then(|| {
        Finish::failed(
            "BackoffLimitExceeded",
            "Job has reached the specified backoff limit",
        )
    })
}

/// JOB-42: with restartPolicy OnFailure the containers' restarts count against the limit.
fn past_restarts(observed: &Observed<'_>, limit: i32) -> bool {
    let template = observed.spec.spec.template.spec.as_ref();
    if template.and_then(|spec| spec.restart_policy.as_deref()) != Some("OnFailure") {
        return false;
    }
    let alive = observed
        .pods
        .iter()
        .filter(|pod| matches!(pods::phase(pod), "Running" | "Pending"));
    let statuses = alive.flat_map(|pod| {
        pods::init_container_statuses(pod)
            .iter()
            .chain(pods::container_statuses(pod))
    });
    let restarts: i64 = statuses.map(|status| i64::from(status.restart_count)).sum();
    match limit {
        0 => restarts > 0,
        _ => restarts >= i64::from(limit),
    }
}

/// When activeDeadlineSeconds ends, for a Job that runs (JOB-43, JOB-93).
pub fn deadline(observed: &Observed<'_>, status: &JobStatus) -> Option<Timestamp> {
    if observed.spec.is_suspended() {
        return None;
    }
    let allowed = SignedDuration::from_secs(observed.spec.spec.active_deadline_seconds?);
    let started = status.start_time.as_ref()?.0;
    Some(started.checked_add(allowed).unwrap_or(Timestamp::MAX))
}

fn past_deadline(observed: &Observed<'_>, status: &JobStatus) -> Option<Finish> {
    let past = deadline(observed, status)? <= observed.now;
    past.then(|| {
        Finish::failed(
            "DeadlineExceeded",
            "Job was active longer than specified deadline",
        )
    })
}

/// JOB-74.
fn too_many_failed_indexes(observed: &Observed<'_>, tally: &Tally<'_>) -> Option<Finish> {
    let failed = tally.failed_indexes.as_ref()?.total();
    let max = observed.spec.spec.max_failed_indexes;
    if max.is_some_and(|max| failed > max) {
        let message = "Job has exceeded the specified maximal number of failed indexes";
        return Some(Finish::failed("MaxFailedIndexesExceeded", message));
    }
    let done = failed.saturating_add(tally.succeeded_indexes.total());
    let all_done = done >= observed.spec.indexes()?;
    (failed > 0 && all_done).then(|| Finish::failed("FailedIndexes", "Job has failed indexes"))
}

fn success_policy_met(observed: &Observed<'_>, tally: &Tally<'_>) -> Option<Finish> {
    let policy = observed.spec.spec.success_policy.as_ref();
    let completions = observed.spec.indexes()?;
    super::success_policy::met(policy, completions, &tally.succeeded_indexes)
        .map(Finish::met_policy)
}
