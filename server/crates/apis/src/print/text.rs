//! Cell texts: ages, label maps, selectors, containers.

use std::collections::BTreeMap;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Container;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta, Time};

use crate::Cell;
use crate::human_duration::human_duration;

/// A string cell.
pub fn cell(text: impl Into<String>) -> Cell {
    Cell::String(text.into())
}

/// `<none>` for an empty text.
pub fn none_if_empty(text: impl Into<String>) -> String {
    let text = text.into();
    if text.is_empty() {
        "<none>".to_owned()
    } else {
        text
    }
}

/// How long ago `time` was; `<unknown>` when it is unset (PR-02).
pub fn since_text(time: Option<Timestamp>, now: Timestamp) -> String {
    time.map_or_else(
        || "<unknown>".to_owned(),
        |time| human_duration(now.duration_since(time)),
    )
}

/// [`since_text`] of an API time.
pub fn age_text(time: Option<&Time>, now: Timestamp) -> String {
    since_text(time.map(|time| time.0), now)
}

/// The AGE cell of an object.
pub fn age_cell(meta: &ObjectMeta, now: Timestamp) -> Cell {
    cell(age_text(meta.creation_timestamp.as_ref(), now))
}

/// `k=v,k2=v2`, sorted; `<none>` when empty (PR-03).
pub fn labels_text(labels: Option<&BTreeMap<String, String>>) -> String {
    let pairs: Vec<_> = labels
        .into_iter()
        .flatten()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    none_if_empty(pairs.join(","))
}

/// A selector as upstream's `FormatLabelSelector`: `<none>` when empty, `<error>` when invalid.
pub fn label_selector_text(selector: Option<&LabelSelector>) -> String {
    let Some(selector) = selector else {
        return "<none>".to_owned();
    };
    match crate::selector::Selector::from_label_selector(selector) {
        Ok(selector) => none_if_empty(selector.to_string()),
        Err(_) => "<error>".to_owned(),
    }
}

/// The CONTAINERS and IMAGES cells.
pub fn containers(containers: &[Container]) -> [Cell; 2] {
    let names: Vec<_> = containers.iter().map(|c| c.name.as_str()).collect();
    let images: Vec<_> = containers
        .iter()
        .map(|c| c.image.as_deref().unwrap_or_default())
        .collect();
    [cell(names.join(",")), cell(images.join(","))]
}
