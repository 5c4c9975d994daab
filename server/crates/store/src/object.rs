//! What is stored: a key, encoded bytes and the columns extracted from them.

use std::sync::Arc;

use bytes::Bytes;

/// Where an object lives. Ordered by resource, namespace, name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The collection, such as `batch/jobs`.
    pub resource: Arc<str>,
    /// Empty for cluster-scoped resources.
    pub namespace: Arc<str>,
    /// Unique within resource and namespace.
    pub name: Arc<str>,
}

impl Key {
    /// Builds a key; the store shares the resource's and namespace's text with its other keys.
    pub fn new(
        resource: impl Into<Arc<str>>,
        namespace: impl Into<Arc<str>>,
        name: impl Into<Arc<str>>,
    ) -> Self {
        Self {
            resource: resource.into(),
            namespace: namespace.into(),
            name: name.into(),
        }
    }
}

/// What selectors need from an object, so that filtering does not decode it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// The object's uid.
    pub uid: Box<str>,
    /// Labels, as key and value.
    pub labels: Box<[(Box<str>, Box<str>)]>,
    /// Selectable fields, as path and value.
    pub fields: Box<[(Box<str>, Box<str>)]>,
}

/// An object as its writer encoded it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// The object's bytes; opaque here.
    pub value: Bytes,
    /// What was extracted from the value.
    pub columns: Columns,
}

/// A stored version of an object. Handed out as `Arc<Entry>`, never changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where it lives.
    pub key: Key,
    /// The revision that wrote this version.
    pub revision: u64,
    /// The object's bytes.
    pub value: Bytes,
    /// What was extracted from the value.
    pub columns: Columns,
}

/// What a change did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// Created (no [`Change::previous`]) or replaced.
    Put,
    /// Removed.
    Delete,
}

/// One step of the store's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The revision this change made; equal to `entry.revision`.
    pub revision: u64,
    /// What it did.
    pub kind: ChangeKind,
    /// The version written; for a deletion the last state, encoded with the deletion's revision.
    pub entry: Arc<Entry>,
    /// The version before, if there was one.
    pub previous: Option<Arc<Entry>>,
}

impl Entry {
    /// Bytes this entry holds, near enough to bound memory and log by.
    pub(crate) fn weight(&self) -> usize {
        // struct, reference counts, tree slot and allocation headers come to about this much
        const OVERHEAD: usize = 256;
        let pairs = |list: &[(Box<str>, Box<str>)]| {
            list.iter()
                .map(|(k, v)| k.len() + v.len() + 8)
                .sum::<usize>()
        };
        OVERHEAD
            + self.key.name.len()
            + self.value.len()
            + self.columns.uid.len()
            + pairs(&self.columns.labels)
            + pairs(&self.columns.fields)
    }
}
