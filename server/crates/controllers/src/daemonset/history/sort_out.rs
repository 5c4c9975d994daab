//! Which revisions are of the current template (DS-42, DS-43).

use std::sync::Arc;

use k8s_openapi::api::apps::v1::ControllerRevision;
use serde_json::Value;

use super::super::pod_facts::HASH_LABEL;

/// A DaemonSet's revisions, sorted out.
#[derive(Default)]
pub struct SortedOut {
    /// The current template's; of several the highest.
    pub current: Option<Arc<ControllerRevision>>,
    /// Others of the current template.
    pub duplicates: Vec<Arc<ControllerRevision>>,
    /// Those of other templates, lowest first.
    pub old: Vec<Arc<ControllerRevision>>,
    /// The number that the current one must have at least.
    pub number: i64,
}

/// Sorts the revisions by whether they store `data`.
pub fn sort_out(data: &Value, revisions: Vec<Arc<ControllerRevision>>) -> SortedOut {
    let is_current = |revision: &Arc<ControllerRevision>| has_data(revision, data);
    let (mut duplicates, mut old): (Vec<_>, Vec<_>) = revisions.into_iter().partition(is_current);
    duplicates.sort_by_key(|revision| revision.revision);
    old.sort_by_key(|revision| revision.revision);
    SortedOut {
        current: duplicates.pop(),
        duplicates,
        number: old.last().map_or(0, |revision| revision.revision) + 1,
        old,
    }
}

/// The revision stores exactly this.
pub fn has_data(revision: &ControllerRevision, data: &Value) -> bool {
    revision
        .data
        .as_ref()
        .is_some_and(|stored| stored.0 == *data)
}

/// The revision's hash label, which its pods carry too.
pub fn hash_label(revision: &ControllerRevision) -> Option<&str> {
    let labels = revision.metadata.labels.as_ref()?;
    labels.get(HASH_LABEL).map(String::as_str)
}
