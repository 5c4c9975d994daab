//! What a node says of its swap, and of the features that it has.

use k8s_openapi::api::core::v1::Node;

use crate::go_quote::quoted;
use crate::{FieldError, FieldErrors};

const FEATURE_MAX: usize = 253;

pub(super) fn validate_swap(node: &Node) -> Option<FieldError> {
    let info = node.status.as_ref()?.node_info.as_ref()?;
    let capacity = info.swap.as_ref()?.capacity.filter(|bytes| *bytes <= 0)?;
    // where upstream thinks that it is
    let path = "metadata.nodeSwapStatus.capacity";
    Some(FieldError::invalid(
        path,
        capacity,
        "must be greater than zero",
    ))
}

/// Names in the order of the alphabet, each once.
pub(super) fn validate_features(node: &Node) -> FieldErrors {
    let status = node.status.as_ref();
    let features = status.and_then(|status| status.declared_features.as_deref());
    let features = features.unwrap_or_default();
    let path = |at: usize| format!("status.declaredFeatures[{at}]");
    let mut errors = Vec::new();
    for (at, feature) in features.iter().enumerate() {
        if let Some(wrong) = wrong_name(feature) {
            let detail = format!("invalid feature name {}: {wrong}", quoted(feature));
            errors.push(FieldError::invalid(path(at), feature, detail));
        }
        match features.get(at + 1) {
            Some(next) if next == feature => {
                errors.push(FieldError::duplicate(path(at + 1), next));
            }
            Some(next) if next < feature => {
                let detail = "list must be sorted alphabetically";
                errors.push(FieldError::invalid(path(at + 1), next, detail));
            }
            _ => {}
        }
    }
    errors
}

fn wrong_name(name: &str) -> Option<String> {
    if name.len() > FEATURE_MAX {
        return Some(format!("must be no more than {FEATURE_MAX} characters"));
    }
    let is_word = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_alphabetic())
            && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    let is_name =
        name.starts_with(|c: char| c.is_ascii_uppercase()) && name.split('/').all(is_word);
    (!is_name).then(|| {
        "must start with an UpperCamelCase segment, with subsequent segments separated by '/' (e.g., MyFeature or MyFeature/mySubFeature), and contain only alphanumeric characters and slashes".to_owned()
    })
}
