//! CronJobs.

use k8s_openapi::api::batch::v1::CronJob;
use serde_json::{Value, json};

use super::{Build, JobBuilder, job};

/// A CronJob in words.
pub struct CronJobBuilder {
    name: String,
    spec: Value,
    job: JobBuilder,
}

/// Every minute, one pod that runs for a second.
pub fn cronjob(name: &str) -> CronJobBuilder {
    CronJobBuilder {
        name: name.to_owned(),
        spec: json!({"schedule": "* * * * *"}),
        job: job(name),
    }
}

impl CronJobBuilder {
    /// Any field of the spec.
    #[must_use]
    pub fn with(mut self, field: &str, value: Value) -> Self {
        self.spec[field] = value;
        self
    }

    #[must_use]
    pub fn every_minute(self) -> Self {
        self.schedule("* * * * *")
    }

    #[must_use]
    pub fn schedule(self, schedule: &str) -> Self {
        self.with("schedule", json!(schedule))
    }

    #[must_use]
    pub fn allow(self) -> Self {
        self.with("concurrencyPolicy", json!("Allow"))
    }

    #[must_use]
    pub fn forbid(self) -> Self {
        self.with("concurrencyPolicy", json!("Forbid"))
    }

    #[must_use]
    pub fn replace(self) -> Self {
        self.with("concurrencyPolicy", json!("Replace"))
    }

    #[must_use]
    pub fn suspended(self) -> Self {
        self.with("suspend", json!(true))
    }

    /// How many succeeded and how many failed Jobs stay.
    #[must_use]
    pub fn keeps(self, succeeded: i32, failed: i32) -> Self {
        self.with("successfulJobsHistoryLimit", json!(succeeded))
            .with("failedJobsHistoryLimit", json!(failed))
    }

    #[must_use]
    pub fn starting_deadline_secs(self, secs: i64) -> Self {
        self.with("startingDeadlineSeconds", json!(secs))
    }

    #[must_use]
    pub fn runs_for(self, secs: u64) -> Self {
        self.of(|job| job.runs_for(secs))
    }

    #[must_use]
    pub fn exits_with(self, code: i32) -> Self {
        self.of(|job| job.exits_with(code))
    }

    /// Says more about its Jobs.
    #[must_use]
    pub fn of(self, change: impl FnOnce(JobBuilder) -> JobBuilder) -> Self {
        Self {
            job: change(self.job),
            ..self
        }
    }
}

impl Build for CronJobBuilder {
    type Object = CronJob;

    fn build(mut self) -> CronJob {
        self.spec["jobTemplate"] = json!({"spec": self.job.into_spec()});
        let cronjob = json!({"metadata": {"name": self.name}, "spec": self.spec});
        serde_json::from_value(cronjob).expect("builders write CronJobs")
    }
}
