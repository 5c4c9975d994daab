use serde_json::{Value, json};

use super::*;

fn pod(name: &str, ready: bool, owner: Option<&str>) -> Pod {
    let owners = owner.map(|kind| json!([{"apiVersion": "apps/v1", "kind": kind, "name": "o", "uid": "u", "controller": true}]));
    let ready = if ready { "True" } else { "False" };
    serde_json::from_value(json!({
        "metadata": {"name": name, "ownerReferences": owners},
        "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": ready}]},
    }))
    .expect("a pod")
}

fn decided(spec: Value, old: Value, pods: &[Pod]) -> Decided {
    let budget = json!({"metadata": {"name": "b", "generation": 2}, "spec": spec, "status": old});
    let budget: PodDisruptionBudget = serde_json::from_value(budget).expect("a budget");
    let now = "2026-11-23T12:00:00Z".parse().expect("a literal time");
    decide(&budget, &pods.iter().collect::<Vec<_>>(), now)
}

fn status(spec: Value, old: Value, pods: &[Pod]) -> PodDisruptionBudgetStatus {
    decided(spec, old, pods).status
}

#[test]
fn ev_01_what_is_told_of_a_budget() {
    let selector = json!({"matchLabels": {"a": "b"}});
    let spec = |field: &str, value: Value| json!({"selector": selector, field: value});
    let alone = [pod("a", true, None)];
    let owned = [pod("a", true, Some("DaemonSet"))];
    let rows: [(Value, &[Pod], &[&str]); 5] = [
        (
            spec("minAvailable", json!(1)),
            &[],
            &["NoPods: No matching pods found"],
        ),
        (spec("minAvailable", json!(1)), &alone, &[]),
        (
            spec("maxUnavailable", json!(1)),
            &alone,
            &[
                "UnmanagedPods: Pods selected by this PodDisruptionBudget (selector: &LabelSelector{MatchLabels:map[string]string{a: b,},MatchExpressions:[]LabelSelectorRequirement{},}) were found to be unmanaged.",
            ],
        ),
        (
            spec("minAvailable", json!("50%")),
            &alone,
            &["UnmanagedPods: "],
        ),
        (
            spec("maxUnavailable", json!(1)),
            &owned,
            &[
                "CalculateExpectedPodCountFailed: Failed to calculate the number of expected pods: daemonsets.apps does not implement the scale subresource",
            ],
        ),
    ];
    for (spec, pods, expected) in rows {
        let budget = json!({"metadata": {"name": "b"}, "spec": spec});
        let budget = serde_json::from_value(budget).expect("a budget");
        let pods: Vec<_> = pods.iter().collect();
        let events = decide(&budget, &pods, Timestamp::UNIX_EPOCH).events;
        assert_eq!(events.len(), expected.len(), "{spec}: {events:?}");
        for ((_, reason, message), begins) in events.iter().zip(expected) {
            let told = format!("{reason}: {message}");
            assert!(told.starts_with(begins), "{told}");
        }
    }
}

#[test]
fn ev_01_what_a_budget_allows() {
    let three = [
        pod("a", true, None),
        pod("b", true, None),
        pod("c", false, None),
    ];
    let rows = [
        (
            "one may go",
            json!({"minAvailable": 1}),
            (3, 1, 2, 1),
            "SufficientPods",
        ),
        (
            "none may go",
            json!({"minAvailable": 2}),
            (3, 2, 2, 0),
            "InsufficientPods",
        ),
        (
            "nobody says how many",
            json!({}),
            (0, 0, 2, 0),
            "InsufficientPods",
        ),
        (
            "a number that no API server of today lets in",
            json!({"minAvailable": i32::MIN}),
            (3, i32::MIN, 2, i32::MAX),
            "SufficientPods",
        ),
        (
            "never below zero",
            json!({"minAvailable": 9}),
            (3, 9, 2, 0),
            "InsufficientPods",
        ),
    ];
    for (why, spec, counts, reason) in rows {
        let found = status(spec, json!({}), &three);
        let told = (
            found.expected_pods.unwrap_or_default(),
            found.desired_healthy.unwrap_or_default(),
            found.current_healthy.unwrap_or_default(),
            found.disruptions_allowed.unwrap_or_default(),
        );
        assert_eq!(told, counts, "{why}");
        assert_eq!(found.conditions.expect("one")[0].reason, reason, "{why}");
        assert_eq!(found.observed_generation, Some(2));
    }
}

#[test]
fn ev_01_a_scale_that_nobody_has_allows_nothing_and_leaves_the_rest() {
    let pods = [pod("a", true, Some("DaemonSet"))];
    let other = json!({
        "type": "Other", "status": "True", "reason": "Told", "message": "",
        "lastTransitionTime": "2026-11-23T11:00:00Z",
    });
    let old = json!({
        "observedGeneration": 1, "currentHealthy": 7, "desiredHealthy": 6, "expectedPods": 8,
        "disruptionsAllowed": 1, "disruptedPods": {"a": "2026-11-23T11:00:00Z"},
        "conditions": [other.clone()],
    });
    let found = decided(json!({"maxUnavailable": 1}), old.clone(), &pods);
    assert!(found.stayed.is_empty() && found.wake_at.is_none());
    let mut expected = old;
    expected["disruptionsAllowed"] = json!(0);
    expected["conditions"] = json!([other, {
        "type": "DisruptionAllowed", "status": "False", "reason": "SyncFailed",
        "message": "daemonsets.apps does not implement the scale subresource",
        "observedGeneration": 1, "lastTransitionTime": "2026-11-23T12:00:00Z",
    }]);
    assert_eq!(json!(found.status), expected);
}

#[test]
fn ev_01_an_eviction_under_way_counts_for_two_minutes() {
    let pods = [pod("a", true, None), pod("b", true, None)];
    let rows: [(&str, &str, i32, &[&str]); 4] = [
        ("a minute ago", "2026-11-23T11:59:00Z", 0, &[]),
        ("two minutes ago", "2026-11-23T11:58:00Z", 1, &["a"]),
        ("three minutes ago", "2026-11-23T11:57:00Z", 1, &["a"]),
        (
            "at a time after which there are no two minutes",
            "9999-12-30T21:59:59Z",
            0,
            &[],
        ),
    ];
    for (why, since, allowed, stayed) in rows {
        let old = json!({"disruptedPods": {"a": since, "gone": since}});
        let found = decided(json!({"minAvailable": 1}), old, &pods);
        let status = found.status;
        assert_eq!(status.disruptions_allowed, Some(allowed), "{why}");
        assert_eq!(found.stayed, stayed, "{why}");
        let under_way = status.disrupted_pods.unwrap_or_default();
        let names: Vec<_> = under_way.keys().collect();
        let waited_for: &[&str] = if allowed == 0 { &["a"] } else { &[] };
        assert_eq!(names, waited_for, "{why}");
    }
}
