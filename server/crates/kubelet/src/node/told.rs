//! What a node's agent tells of its node.

use k8s_openapi::api::core::v1::{Node, NodeCondition, ObjectReference};
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

/// Conditions, what they say when all is well, the reason that tells of it, and whether a node that is new
/// tells it, too.
const WELL: [(&str, &str, &str, bool); 4] = [
    ("MemoryPressure", "False", "NodeHasSufficientMemory", true),
    ("DiskPressure", "False", "NodeHasNoDiskPressure", true),
    ("PIDPressure", "False", "NodeHasSufficientPID", true),
    ("Ready", "True", "NodeReady", false),
];

/// What there is to tell where these conditions take the place of those, as upstream's setters have it.
pub fn turned(before: &Node, now: &[NodeCondition]) -> Vec<&'static str> {
    let before = before.status.as_ref();
    let before = before.and_then(|status| status.conditions.as_deref());
    let status = |conditions: &[NodeCondition], type_: &str| {
        let condition = conditions.iter().find(|c| c.type_ == type_);
        condition.map(|condition| condition.status.clone())
    };
    let is_told = |(type_, well, _, at_first): &(&str, &str, &str, bool)| {
        let is_new = match status(before.unwrap_or_default(), type_) {
            Some(before) => before != *well,
            None => *at_first,
        };
        is_new && status(now, type_).as_deref() == Some(*well)
    };
    let told = WELL.into_iter().filter(is_told);
    told.map(|(_, _, reason, _)| reason).collect()
}

/// Tells it.
pub fn tell_turns(recorder: &Recorder, node: &str, reasons: &[&str]) {
    for reason in reasons {
        let message = format!("Node {node} status is now: {reason}");
        tell(recorder, node, reason, &message);
    }
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn node(conditions: &[(&str, &str)]) -> Node {
        let condition = |(type_, status): &(&str, &str)| json!({"type": type_, "status": status});
        let conditions: Vec<Value> = conditions.iter().map(condition).collect();
        let node = json!({"metadata": {"name": "n"}, "status": {"conditions": conditions}});
        serde_json::from_value(node).expect("a literal node")
    }

    #[test]
    fn node_events_tell_what_has_turned_to_the_better() {
        let well = [
            ("MemoryPressure", "False"),
            ("DiskPressure", "False"),
            ("PIDPressure", "False"),
            ("Ready", "True"),
        ];
        let enough = [
            "NodeHasSufficientMemory",
            "NodeHasNoDiskPressure",
            "NodeHasSufficientPID",
        ];
        let silent = well.map(|(type_, _)| (type_, "Unknown"));
        let all = [&enough[..], &["NodeReady"]].concat();
        let rows: [(Node, &[&str], &str); 4] = [
            (
                node(&[]),
                &enough[..],
                "a node that is new was never unready",
            ),
            (node(&well), &[], "nothing is new"),
            (node(&silent), &all[..], "it was silent"),
            (
                node(&[("Ready", "False"), well[0], well[1], well[2]]),
                &["NodeReady"],
                "it is ready",
            ),
        ];
        let now = node(&well).status.and_then(|status| status.conditions);
        let now = now.unwrap_or_default();
        for (before, told, why) in rows {
            assert_eq!(turned(&before, &now), told, "{why}");
        }
    }
}
