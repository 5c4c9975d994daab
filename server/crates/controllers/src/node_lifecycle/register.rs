//! The nodes that this controller knows, and the Events that tell of them. As upstream a controller that
//! starts meets all nodes anew.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use k8s_openapi::api::core::v1::{Node, ObjectReference};
use kube::ResourceExt;
use orrery_informer::{EventType, Recorder};

/// uids by name.
#[derive(Default)]
pub struct Register(BTreeMap<String, Option<String>>);

impl Register {
    /// Takes a node in; tells of one that is new. Answers whether it is.
    pub fn add(&mut self, node: &Node, recorder: &Recorder) -> bool {
        let Entry::Vacant(new) = self.0.entry(node.name_any()) else {
            return false;
        };
        let what = format!("Registered Node {} in Controller", new.key());
        tell(recorder, new.key(), node.uid(), "RegisteredNode", &what);
        new.insert(node.uid());
        true
    }

    /// The node is gone; tells of one that was known.
    pub fn remove(&mut self, name: &str, recorder: &Recorder) {
        if let Some(uid) = self.0.remove(name) {
            let what = format!("Removing Node {name} from Controller");
            tell(recorder, name, uid, "RemovingNode", &what);
        }
    }
}

fn tell(recorder: &Recorder, name: &str, uid: Option<String>, reason: &str, what: &str) {
    let message = format!("Node {name} event: {what}");
    recorder.event_about(reference(name, uid), EventType::Normal, reason, message);
}

/// What Events about nodes point at: upstream leaves the version out.
pub fn reference(name: &str, uid: Option<String>) -> ObjectReference {
    ObjectReference {
        api_version: Some("v1".to_owned()),
        kind: Some("Node".to_owned()),
        name: Some(name.to_owned()),
        uid,
        ..ObjectReference::default()
    }
}
