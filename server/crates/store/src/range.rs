//! What to list, and what a list is.

use std::sync::Arc;

use crate::Entry;

/// A part of one resource, in key order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    /// The collection.
    pub resource: Arc<str>,
    /// One namespace, or all.
    pub namespace: Option<Arc<str>>,
    /// Start after this namespace and name.
    pub after: Option<(Arc<str>, Arc<str>)>,
    /// At most so many entries.
    pub limit: Option<usize>,
}

impl Range {
    /// All of a resource.
    pub fn all(resource: impl Into<Arc<str>>) -> Self {
        Self {
            resource: resource.into(),
            namespace: None,
            after: None,
            limit: None,
        }
    }

    /// Restricts to one namespace.
    #[must_use]
    pub fn namespace(mut self, namespace: impl Into<Arc<str>>) -> Self {
        self.namespace = Some(namespace.into());
        self
    }

    /// Starts after this namespace and name.
    #[must_use]
    pub fn after(mut self, namespace: impl Into<Arc<str>>, name: impl Into<Arc<str>>) -> Self {
        self.after = Some((namespace.into(), name.into()));
        self
    }

    /// Gives at most so many entries.
    #[must_use]
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = Some(limit);
        self
    }
}

/// The entries of a [`Range`] at one revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// The version of the store the entries were taken at.
    pub revision: u64,
    /// In key order.
    pub entries: Vec<Arc<Entry>>,
    /// Entries of the range beyond the limit; `None` for a range that begins after a name, where only walking would tell.
    pub remaining: Option<usize>,
    /// Whether there are any beyond the limit.
    pub more: bool,
}
