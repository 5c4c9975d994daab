//! A Job's spec with the API server's defaults made explicit (JOBV-01).

use k8s_openapi::api::batch::v1::{Job, JobSpec, JobStatus, PodFailurePolicy};

use crate::note::Note;

/// The value of spec.managedBy that is this controller.
const THIS_CONTROLLER: &str = "kubernetes.io/job-controller";

/// What the controller reads of a Job.
#[derive(Clone, Copy)]
pub struct Spec<'a> {
    pub job: &'a Job,
    pub spec: &'a JobSpec,
}

impl<'a> Spec<'a> {
    /// None for a Job without a spec, which the API server does not store.
    pub fn of(job: &'a Job) -> Option<Self> {
        job.spec.as_ref().map(|spec| Self { job, spec })
    }

    /// Never negative, whatever an API server without that check has let in.
    pub fn parallelism(self) -> i32 {
        self.spec.parallelism.unwrap_or(1).max(0)
    }

    pub fn backoff_limit(self) -> i32 {
        self.spec.backoff_limit.unwrap_or(6)
    }

    pub fn is_suspended(self) -> bool {
        self.spec.suspend == Some(true)
    }

    pub fn is_leaving(self) -> bool {
        self.job.metadata.deletion_timestamp.is_some()
    }

    /// completions of an Indexed Job.
    pub fn indexes(self) -> Option<i32> {
        let indexed = self.spec.completion_mode.as_deref() == Some("Indexed");
        indexed.then_some(self.spec.completions.unwrap_or(0))
    }

    /// What is told of a Job that is left alone, for nobody knows how it completes (JOB-06).
    pub fn unknown_completion_mode(self) -> Option<Note> {
        let mode = self.spec.completion_mode.as_deref();
        let known = matches!(mode, None | Some("Indexed" | "NonIndexed"));
        let text = "Skipped Job sync because completion mode is unknown";
        (!known).then(|| Note::warning("UnknownCompletionMode", text))
    }

    pub fn failure_policy(self) -> Option<&'a PodFailurePolicy> {
        self.spec.pod_failure_policy.as_ref()
    }

    /// Deleted pods are replaced only once they are terminal (JOB-79).
    pub fn only_replaces_failed(self) -> bool {
        self.spec.pod_replacement_policy.as_deref() == Some("Failed")
            || self.failure_policy().is_some()
    }

    /// Failures are limited per index (JOB-73).
    pub fn backoff_limit_per_index(self) -> Option<i32> {
        self.spec.backoff_limit_per_index
    }
}

/// Another controller looks after this Job (JOB-05).
pub fn is_managed_elsewhere(job: &Job) -> bool {
    let managed_by = job
        .spec
        .as_ref()
        .and_then(|spec| spec.managed_by.as_deref());
    managed_by.is_some_and(|manager| manager != THIS_CONTROLLER)
}

/// The stored status, empty when there is none.
pub fn status(job: &Job) -> JobStatus {
    job.status.clone().unwrap_or_default()
}
