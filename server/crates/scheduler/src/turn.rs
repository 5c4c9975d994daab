//! Whose turn it is among the pods that want a node.

use std::cmp::Ordering;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod;
use orrery_informer::ObjectKey;

/// A pod in the queue. A pod has one turn whatever its priority: two turns are equal, and ordered, by
/// the key alone.
#[derive(Clone, Debug)]
pub struct Turn {
    pub key: ObjectKey,
    pub priority: i32,
}

impl Turn {
    pub fn of(pod: &Pod) -> Self {
        let priority = pod.spec.as_ref().and_then(|spec| spec.priority);
        Self {
            key: ObjectKey::of(&pod.metadata),
            priority: priority.unwrap_or(0),
        }
    }

    /// Since when the pod is to be scheduled, as near as the API tells it; no retry puts it back.
    pub fn since(pod: &Pod) -> Timestamp {
        let created = pod.metadata.creation_timestamp.as_ref();
        created.map_or(Timestamp::MIN, |created| created.0)
    }

    /// The turn of no pod: all that wait.
    pub fn of_everybody() -> Self {
        Self {
            key: ObjectKey::new("", ""),
            priority: i32::MAX,
        }
    }

    pub fn is_everybodys(&self) -> bool {
        self.key.name.is_empty()
    }

    /// Upstream's PrioritySort: the higher priority first; the queue then goes by time.
    pub fn rank(&self) -> i64 {
        -i64::from(self.priority)
    }
}

impl PartialEq for Turn {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Turn {}

impl PartialOrd for Turn {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Turn {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.cmp(&other.key)
    }
}
