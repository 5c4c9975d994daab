//! A selector that was not given, which upstream tells from one that is empty (DSV-02).
//!
//! The type cannot say it, so that an empty list of expressions stands for it: both are refused, and no
//! stored object has either.

use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use serde_json::Value;

pub(super) fn note_absent(daemon_set: &mut DaemonSet, json: &[u8]) {
    let spec = daemon_set.spec.get_or_insert_default();
    if !is_empty(&spec.selector) {
        return;
    }
    let said: Value = serde_json::from_slice(json).unwrap_or_default();
    spec.selector = match said["spec"]["selector"] {
        Value::Null => LabelSelector {
            match_expressions: Some(Vec::new()),
            ..LabelSelector::default()
        },
        _ => LabelSelector::default(),
    };
}

/// The selector, unless it was not given.
pub(super) fn given(selector: &LabelSelector) -> Option<&LabelSelector> {
    let absent = is_empty(selector) && selector.match_expressions.is_some();
    (!absent).then_some(selector)
}

pub(super) fn is_empty(selector: &LabelSelector) -> bool {
    let no_labels = selector
        .match_labels
        .as_ref()
        .is_none_or(|labels| labels.is_empty());
    no_labels
        && selector
            .match_expressions
            .as_ref()
            .is_none_or(Vec::is_empty)
}
