//! Errors and warnings of a DaemonSet.

use k8s_openapi::api::apps::v1::DaemonSet;

use crate::{FieldErrors, Update};

pub(super) fn validate_create(_daemon_set: &DaemonSet) -> FieldErrors {
    Vec::new()
}

pub(super) fn validate_update(_new: &DaemonSet, _old: &DaemonSet, _door: Update) -> FieldErrors {
    Vec::new()
}

pub(super) fn warnings(_daemon_set: &DaemonSet, _old: Option<&DaemonSet>) -> Vec<String> {
    Vec::new()
}
