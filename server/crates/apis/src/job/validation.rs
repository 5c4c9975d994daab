//! Errors and warnings of a Job.

use k8s_openapi::api::batch::v1::Job;

use crate::FieldErrors;

pub(super) fn validate_create(_job: &Job) -> FieldErrors {
    Vec::new()
}

pub(super) fn warnings(_job: &Job, _old: Option<&Job>) -> Vec<String> {
    Vec::new()
}
