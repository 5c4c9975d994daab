//! What a node's agent tells of its node.

use k8s_openapi::api::core::v1::{Node, ObjectReference};
use orrery_informer::{Change, EventType, Recorder};

/// Upstream's kubelet names its node so: the events carry the node's name as uid.
pub fn tell(recorder: &Recorder, node: &str, reason: &str, message: &str) {
    let about = ObjectReference {
        uid: Some(node.to_owned()),
        kind: Some("Node".to_owned()),
        name: Some(node.to_owned()),
        ..ObjectReference::default()
    };
    let recorder = recorder.for_host(node);
    recorder.event_about(about, EventType::Normal, reason, message);
}

/// That the node takes pods no more, or again. An agent that begins takes it for one that does.
pub fn cordoned(change: &Change<Node>) -> Option<&'static str> {
    let is_cordoned = |node: &Node| node.spec.as_ref().and_then(|spec| spec.unschedulable);
    let now = is_cordoned(change.new.as_deref()?).unwrap_or(false);
    let before = change.old.as_deref().and_then(is_cordoned);
    match (before.unwrap_or(false), now) {
        (false, true) => Some("NodeNotSchedulable"),
        (true, false) => Some("NodeSchedulable"),
        _ => None,
    }
}
