//! The taints that follow from a node's conditions and from a cordon. Pure.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Node, Taint};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use orrery_apis::conditions;

const NOT_READY: &str = "node.kubernetes.io/not-ready";
const UNREACHABLE: &str = "node.kubernetes.io/unreachable";
const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";
/// Condition, the status that is bad news, and its taint.
const PRESSURES: [(&str, &str); 4] = [
    ("MemoryPressure", "node.kubernetes.io/memory-pressure"),
    ("DiskPressure", "node.kubernetes.io/disk-pressure"),
    ("PIDPressure", "node.kubernetes.io/pid-pressure"),
    (
        "NetworkUnavailable",
        "node.kubernetes.io/network-unavailable",
    ),
];

/// The taints that the node should have, in order, or `None` when it has them already. Taints that
/// are not this controller's stay as they are. Without `evicting` none of its own is NoExecute.
pub fn desired(node: &Node, evicting: bool, now: Timestamp) -> Option<Vec<Taint>> {
    let current = node
        .spec
        .as_ref()
        .and_then(|spec| spec.taints.as_deref())
        .unwrap_or_default();
    let mut wanted = wanted(node);
    wanted.retain(|(_, effect)| evicting || *effect != "NoExecute");
    let is_wanted = |taint: &Taint| wanted.iter().any(|(key, effect)| same(taint, key, effect));
    let mut taints: Vec<_> = current
        .iter()
        .filter(|t| !is_managed(t) || is_wanted(t))
        .cloned()
        .collect();
    for (key, effect) in &wanted {
        if !taints.iter().any(|taint| same(taint, key, effect)) {
            taints.push(Taint {
                key: (*key).to_owned(),
                effect: (*effect).to_owned(),
                time_added: Some(Time(now)),
                value: None,
            });
        }
    }
    (taints != current).then_some(taints)
}

fn wanted(node: &Node) -> Vec<(&'static str, &'static str)> {
    let conditions = node
        .status
        .as_ref()
        .and_then(|status| status.conditions.as_ref());
    let status = |type_| conditions::find(conditions, type_).map(|c| c.status.as_str());
    let mut wanted = Vec::new();
    match status("Ready") {
        Some("False") => wanted.extend([(NOT_READY, "NoSchedule"), (NOT_READY, "NoExecute")]),
        Some("Unknown") => wanted.extend([(UNREACHABLE, "NoSchedule"), (UNREACHABLE, "NoExecute")]),
        // A node that has not reported yet keeps the taint it was admitted with.
        None => wanted.push((NOT_READY, "NoSchedule")),
        _ => {}
    }
    let pressures = PRESSURES
        .iter()
        .filter(|(type_, _)| status(type_) == Some("True"));
    wanted.extend(pressures.map(|(_, key)| (*key, "NoSchedule")));
    if node
        .spec
        .as_ref()
        .is_some_and(|spec| spec.unschedulable == Some(true))
    {
        wanted.push((UNSCHEDULABLE, "NoSchedule"));
    }
    wanted
}

fn is_managed(taint: &Taint) -> bool {
    let key = taint.key.as_str();
    match taint.effect.as_str() {
        "NoSchedule" => {
            [NOT_READY, UNREACHABLE, UNSCHEDULABLE].contains(&key)
                || PRESSURES.iter().any(|(_, pressure)| *pressure == key)
        }
        "NoExecute" => [NOT_READY, UNREACHABLE].contains(&key),
        _ => false,
    }
}

fn same(taint: &Taint, key: &str, effect: &str) -> bool {
    taint.key == key && taint.effect == effect
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn node_01_taints_follow_conditions_and_cordons() {
        let ready = |status: &str| json!([{"type": "Ready", "status": status}]);
        let user = json!({"key": "gpu", "effect": "NoSchedule"});
        let rows: [(&str, Value, Value, Option<&[&str]>); 8] = [
            ("ready, nothing to say", json!({}), ready("True"), None),
            (
                "cordoned",
                json!({"unschedulable": true}),
                ready("True"),
                Some(&["unschedulable:NoSchedule"]),
            ),
            (
                "uncordoned, and a person's own taint stays",
                json!({"taints": [user, {"key": UNSCHEDULABLE, "effect": "NoSchedule"}]}),
                ready("True"),
                Some(&["gpu:NoSchedule"]),
            ),
            (
                "not ready",
                json!({}),
                ready("False"),
                Some(&["not-ready:NoSchedule", "not-ready:NoExecute"]),
            ),
            (
                "silent",
                json!({"taints": [{"key": NOT_READY, "effect": "NoExecute"}]}),
                ready("Unknown"),
                Some(&["unreachable:NoSchedule", "unreachable:NoExecute"]),
            ),
            (
                "silent as all are",
                json!({"taints": [{"key": UNREACHABLE, "effect": "NoExecute"}, {"key": "own", "effect": "NoExecute"}]}),
                ready("Unknown"),
                Some(&["own:NoExecute", "unreachable:NoSchedule"]),
            ),
            (
                "admitted and not heard of",
                json!({"taints": [{"key": NOT_READY, "effect": "NoSchedule"}]}),
                json!([]),
                None,
            ),
            (
                "under pressure",
                json!({}),
                json!([{"type": "Ready", "status": "True"}, {"type": "DiskPressure", "status": "True"}]),
                Some(&["disk-pressure:NoSchedule"]),
            ),
        ];
        for (why, spec, conditions, expected) in rows {
            let evicting = why != "silent as all are";
            let node = json!({"metadata": {"name": "n"}, "spec": spec, "status": {"conditions": conditions}});
            let node: Node = serde_json::from_value(node).expect("a node");
            let taints = desired(&node, evicting, Timestamp::UNIX_EPOCH);
            let short = |taint: &Taint| {
                format!(
                    "{}:{}",
                    taint.key.trim_start_matches("node.kubernetes.io/"),
                    taint.effect
                )
            };
            let taints = taints.map(|taints| taints.iter().map(short).collect::<Vec<_>>());
            let expected =
                expected.map(|all| all.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>());
            assert_eq!(taints, expected, "{why}");
        }
    }
}
