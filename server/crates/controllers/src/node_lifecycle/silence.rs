//! What a silent node's conditions become. Pure.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Node, NodeCondition};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use orrery_apis::conditions;

/// The conditions that a silent node no longer vouches for.
const VOUCHED: [&str; 4] = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"];

/// The node's Ready condition.
pub fn ready(node: &Node) -> Option<&NodeCondition> {
    conditions::find(node.status.as_ref()?.conditions.as_ref(), "Ready")
}

/// The conditions to write at `now`; none when it is known already that the node is silent.
pub fn unknown(node: &Node, now: Timestamp) -> Vec<NodeCondition> {
    if ready(node).is_some_and(|ready| ready.status == "Unknown") {
        return Vec::new();
    }
    let status = node.status.as_ref();
    let current = status.and_then(|status| status.conditions.as_ref());
    let vouched = VOUCHED.iter().filter_map(|type_| {
        let (reason, message, heartbeat) = match conditions::find(current, type_) {
            Some(condition) if condition.status == "Unknown" => return None,
            Some(condition) => (
                "NodeStatusUnknown",
                "Kubelet stopped posting node status.",
                &condition.last_heartbeat_time,
            ),
            None => (
                "NodeStatusNeverUpdated",
                "Kubelet never posted node status.",
                &node.metadata.creation_timestamp,
            ),
        };
        Some(NodeCondition {
            type_: (*type_).to_owned(),
            status: "Unknown".to_owned(),
            reason: Some(reason.to_owned()),
            message: Some(message.to_owned()),
            last_heartbeat_time: heartbeat.clone(),
            last_transition_time: Some(Time(now)),
        })
    });
    vouched.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn what_was_never_reported_counts_from_the_creation() {
        let condition = |type_: &str, status: &str| json!({"type": type_, "status": status, "lastHeartbeatTime": "1970-01-01T00:01:00Z"});
        let rows: [(&str, Value, &[&str]); 3] = [
            (
                "never heard of",
                json!([]),
                &[
                    "Ready NodeStatusNeverUpdated 10",
                    "MemoryPressure NodeStatusNeverUpdated 10",
                    "DiskPressure NodeStatusNeverUpdated 10",
                    "PIDPressure NodeStatusNeverUpdated 10",
                ],
            ),
            (
                "fallen silent",
                json!([
                    condition("Ready", "True"),
                    condition("DiskPressure", "False")
                ]),
                &[
                    "Ready NodeStatusUnknown 60",
                    "MemoryPressure NodeStatusNeverUpdated 10",
                    "DiskPressure NodeStatusUnknown 60",
                    "PIDPressure NodeStatusNeverUpdated 10",
                ],
            ),
            (
                "known to be silent",
                json!([
                    condition("Ready", "Unknown"),
                    condition("DiskPressure", "False")
                ]),
                &[],
            ),
        ];
        for (why, conditions, want) in rows {
            let node = json!({
                "metadata": {"name": "n", "creationTimestamp": "1970-01-01T00:00:10Z"},
                "status": {"conditions": conditions},
            });
            let node: Node = serde_json::from_value(node).expect("a literal node");
            let told = unknown(&node, Timestamp::UNIX_EPOCH).into_iter().map(|c| {
                let heartbeat = c.last_heartbeat_time.map(|time| time.0.as_second());
                let (reason, heartbeat) = (c.reason.unwrap_or_default(), heartbeat.unwrap_or(0));
                format!("{} {reason} {heartbeat}", c.type_)
            });
            assert_eq!(told.collect::<Vec<_>>(), want, "{why}");
        }
    }
}
