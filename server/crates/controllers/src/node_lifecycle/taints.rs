//! The taints that follow from a node's conditions and from a cordon. Pure.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Node, Taint};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use orrery_apis::conditions;

use super::disruption::Turn;

const NOT_READY: &str = "node.kubernetes.io/not-ready";
const UNREACHABLE: &str = "node.kubernetes.io/unreachable";
const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";
const NO_SCHEDULE: &str = "NoSchedule";
const NO_EXECUTE: &str = "NoExecute";
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
/// are not this controller's stay as they are. `turn` says which of its own are NoExecute.
pub fn desired(node: &Node, turn: Turn, now: Timestamp) -> Option<Vec<Taint>> {
    let current = current(node);
    let evicting = match turn {
        Turn::Spare => false,
        Turn::Keep | Turn::Wait(_) => current.iter().any(evicts),
        Turn::Go => true,
    };
    let mut wanted = wanted(node);
    wanted.retain(|(_, effect)| evicting || *effect != NO_EXECUTE);
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

/// The node should have a NoExecute taint, and has none of this controller's.
pub fn waits(node: &Node) -> bool {
    let mut wanted = wanted(node).into_iter();
    wanted.any(|(_, effect)| effect == NO_EXECUTE) && !current(node).iter().any(evicts)
}

fn current(node: &Node) -> &[Taint] {
    let spec = node.spec.as_ref();
    let taints = spec.and_then(|spec| spec.taints.as_deref());
    taints.unwrap_or_default()
}

/// From conditions alone: of a node that has none, the taint that it was admitted with goes, too.
fn wanted(node: &Node) -> Vec<(&'static str, &'static str)> {
    let conditions = node
        .status
        .as_ref()
        .and_then(|status| status.conditions.as_ref());
    let status = |type_| conditions::find(conditions, type_).map(|c| c.status.as_str());
    let mut wanted = Vec::new();
    match status("Ready") {
        Some("False") => wanted.extend([(NOT_READY, NO_SCHEDULE), (NOT_READY, NO_EXECUTE)]),
        Some("Unknown") => wanted.extend([(UNREACHABLE, NO_SCHEDULE), (UNREACHABLE, NO_EXECUTE)]),
        _ => {}
    }
    let pressures = PRESSURES
        .iter()
        .filter(|(type_, _)| status(type_) == Some("True"));
    wanted.extend(pressures.map(|(_, key)| (*key, NO_SCHEDULE)));
    if node
        .spec
        .as_ref()
        .is_some_and(|spec| spec.unschedulable == Some(true))
    {
        wanted.push((UNSCHEDULABLE, NO_SCHEDULE));
    }
    wanted
}

fn is_managed(taint: &Taint) -> bool {
    let key = taint.key.as_str();
    let of_schedule = || {
        [NOT_READY, UNREACHABLE, UNSCHEDULABLE].contains(&key)
            || PRESSURES.iter().any(|(_, pressure)| *pressure == key)
    };
    evicts(taint) || (taint.effect == NO_SCHEDULE && of_schedule())
}

/// One of this controller's that is NoExecute.
fn evicts(taint: &Taint) -> bool {
    let key = taint.key.as_str();
    taint.effect == NO_EXECUTE && [NOT_READY, UNREACHABLE].contains(&key)
}

fn same(taint: &Taint, key: &str, effect: &str) -> bool {
    taint.key == key && taint.effect == effect
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn node_01_each_condition_has_its_taint() {
        let rows = [
            ("MemoryPressure", "node.kubernetes.io/memory-pressure"),
            ("DiskPressure", "node.kubernetes.io/disk-pressure"),
            ("PIDPressure", "node.kubernetes.io/pid-pressure"),
            (
                "NetworkUnavailable",
                "node.kubernetes.io/network-unavailable",
            ),
        ];
        for (condition, key) in rows {
            let node = |status: &str, taints: Value| {
                let conditions = json!([
                    {"type": "Ready", "status": "True"}, {"type": condition, "status": status},
                ]);
                let node = json!({"metadata": {"name": "n"}, "spec": {"taints": taints}, "status": {"conditions": conditions}});
                serde_json::from_value::<Node>(node).expect("a literal node")
            };
            let desired = |status: &str, taints: Value| {
                let taints = desired(&node(status, taints), Turn::Go, Timestamp::UNIX_EPOCH);
                let short = |taint: Taint| format!("{}:{}", taint.key, taint.effect);
                taints.map(|taints| taints.into_iter().map(short).collect::<Vec<_>>())
            };
            let tainted = || json!([{"key": key, "effect": "NoSchedule"}]);
            let want = Some(vec![format!("{key}:NoSchedule")]);
            assert_eq!(desired("True", json!([])), want, "{condition} comes");
            assert_eq!(desired("True", tainted()), None, "{condition} stays");
            for status in ["False", "Unknown"] {
                let what = format!("{condition} is {status}");
                assert_eq!(desired(status, json!([])), None, "{what}");
                assert_eq!(desired(status, tainted()), Some(vec![]), "{what}");
            }
        }
    }

    #[test]
    fn node_01_taints_follow_conditions_and_cordons() {
        let ready = |status: &str| json!([{"type": "Ready", "status": status}]);
        let user = json!({"key": "gpu", "effect": "NoSchedule"});
        let rows: [(&str, Value, Value, Option<&[&str]>); 12] = [
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
                "silent before, and it says now that it is not ready",
                json!({"taints": [
                    {"key": UNREACHABLE, "effect": "NoSchedule"}, {"key": UNREACHABLE, "effect": "NoExecute"},
                ]}),
                ready("False"),
                Some(&["not-ready:NoSchedule", "not-ready:NoExecute"]),
            ),
            (
                "ready again",
                json!({"taints": [
                    {"key": UNREACHABLE, "effect": "NoSchedule"}, {"key": UNREACHABLE, "effect": "NoExecute"},
                ]}),
                ready("True"),
                Some(&[]),
            ),
            (
                "silent as all are",
                json!({"taints": [{"key": UNREACHABLE, "effect": "NoExecute"}, {"key": "own", "effect": "NoExecute"}]}),
                ready("Unknown"),
                Some(&["own:NoExecute", "unreachable:NoSchedule"]),
            ),
            (
                "silent, and it is not its turn",
                json!({"taints": [{"key": "own", "effect": "NoExecute"}]}),
                ready("Unknown"),
                Some(&["own:NoExecute", "unreachable:NoSchedule"]),
            ),
            (
                "tainted before, and another's turn",
                json!({"taints": [{"key": NOT_READY, "effect": "NoExecute"}]}),
                ready("Unknown"),
                Some(&["unreachable:NoSchedule", "unreachable:NoExecute"]),
            ),
            (
                "admitted and not heard of",
                json!({"taints": [{"key": NOT_READY, "effect": "NoSchedule"}]}),
                json!([]),
                Some(&[]),
            ),
            (
                "under pressure",
                json!({}),
                json!([{"type": "Ready", "status": "True"}, {"type": "DiskPressure", "status": "True"}]),
                Some(&["disk-pressure:NoSchedule"]),
            ),
        ];
        for (why, spec, conditions, expected) in rows {
            let turn = match why {
                "silent as all are" => Turn::Spare,
                _ if why.ends_with("turn") => Turn::Keep,
                _ => Turn::Go,
            };
            let node = json!({"metadata": {"name": "n"}, "spec": spec, "status": {"conditions": conditions}});
            let node: Node = serde_json::from_value(node).expect("a node");
            let taints = desired(&node, turn, Timestamp::UNIX_EPOCH);
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
