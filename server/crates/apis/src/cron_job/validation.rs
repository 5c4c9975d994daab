//! Errors and warnings of a CronJob.

use k8s_openapi::api::batch::v1::CronJob;

use crate::FieldErrors;

pub(super) fn validate_create(_cron_job: &CronJob) -> FieldErrors {
    Vec::new()
}

pub(super) fn validate_update(_new: &CronJob, _old: &CronJob) -> FieldErrors {
    Vec::new()
}

pub(super) fn warnings(_cron_job: &CronJob, _old: Option<&CronJob>) -> Vec<String> {
    Vec::new()
}
