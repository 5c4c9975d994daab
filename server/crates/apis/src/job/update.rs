//! What an update of a Job may change.

use k8s_openapi::api::batch::v1::Job;

use crate::{FieldErrors, Update};

pub(super) fn validate_update(_new: &Job, _old: &Job, _door: Update) -> FieldErrors {
    Vec::new()
}
