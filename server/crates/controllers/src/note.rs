//! Events as pure code says them; they are reported once what they tell is written.

use kube::Resource;
use orrery_informer::{EventType, Recorder};

/// An Event's type, reason and message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    pub warning: bool,
    pub reason: String,
    pub message: String,
}

impl Note {
    pub fn normal(reason: &str, message: impl Into<String>) -> Self {
        Self {
            warning: false,
            reason: reason.to_owned(),
            message: message.into(),
        }
    }

    pub fn warning(reason: &str, message: impl Into<String>) -> Self {
        Self {
            warning: true,
            ..Self::normal(reason, message)
        }
    }

    /// Reports the note about `object`.
    pub fn report<K: Resource<DynamicType = ()>>(self, recorder: &Recorder, object: &K) {
        let type_ = if self.warning {
            EventType::Warning
        } else {
            EventType::Normal
        };
        recorder.event(object, type_, &self.reason, self.message);
    }
}
