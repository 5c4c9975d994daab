//! Watches' view of the state: a place to wait at, and a cursor into the history.

use std::sync::Arc;

use super::{State, topic::Topic};
use crate::{Change, Lagged, waiters::Waiters};

/// What lies at a watch's cursor.
pub(crate) enum Next {
    /// A change to deliver, and where to look afterwards.
    Change { change: Arc<Change>, cursor: u64 },
    /// Nothing yet, and where to look next time.
    None { cursor: u64 },
    /// The history begins after the cursor.
    Lagged(Lagged),
}

impl State {
    /// Whether the resource has a place to wait at.
    pub fn waiters(&self, resource: &str) -> Option<(Arc<str>, Arc<Waiters>)> {
        let (resource, topic) = self.topics.get_key_value(resource)?;
        Some((resource.clone(), topic.waiters.clone()))
    }

    /// Makes a place to wait at for a resource that has no object yet.
    pub fn add_topic(&mut self, resource: &str) {
        let base = self.base;
        self.topics
            .entry(resource.into())
            .or_insert_with(|| Topic::new(base));
    }

    /// The cursor of a watch that starts after a revision.
    pub fn cursor(&self, resource: &str, after: u64) -> u64 {
        self.topics
            .get(resource)
            .map_or(0, |topic| topic.cursor(after))
    }

    /// What lies at a cursor, past changes of other namespaces and up to `after`.
    pub fn next(&self, resource: &str, namespace: Option<&str>, cursor: u64, after: u64) -> Next {
        let Some(topic) = self.topics.get(resource) else {
            return Next::None { cursor };
        };
        let Some(changes) = topic.from(cursor) else {
            return Next::Lagged(Lagged {
                oldest: topic.floor,
                current: self.revision,
            });
        };
        let mut cursor = cursor;
        for change in changes {
            cursor += 1;
            let wanted =
                namespace.is_none_or(|namespace| *change.entry.key.namespace == *namespace);
            if wanted && change.revision > after {
                return Next::Change {
                    change: change.clone(),
                    cursor,
                };
            }
        }
        Next::None { cursor }
    }
}
