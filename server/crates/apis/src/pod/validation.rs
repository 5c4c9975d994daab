//! Errors and warnings of a pod.

use k8s_openapi::api::core::v1::Pod;

use crate::FieldErrors;

pub(super) fn validate_create(_pod: &Pod) -> FieldErrors {
    Vec::new()
}

pub(super) fn warnings(_pod: &Pod, _old: Option<&Pod>) -> Vec<String> {
    Vec::new()
}
