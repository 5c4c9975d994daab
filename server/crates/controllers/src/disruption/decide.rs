//! A budget, its pods and a moment in; the status out.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::api::policy::v1::{PodDisruptionBudget, PodDisruptionBudgetStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{
    Condition, LabelSelector, LabelSelectorRequirement, Time,
};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use orrery_apis::int_or_percent::scaled_rounded_up;
use orrery_apis::pod_status::is_ready;
use orrery_informer::{EventType, controller_of};

use crate::api_values::{as_count, whole_seconds};

/// An eviction that was allowed and not seen to happen counts this long (upstream's DeletionTimeout).
const DELETION_TIMEOUT: SignedDuration = SignedDuration::from_mins(2);

/// What a look at a budget comes to.
pub struct Decided {
    pub status: PodDisruptionBudgetStatus,
    /// When to look again.
    pub wake_at: Option<Timestamp>,
    pub events: Vec<Told>,
    /// The names of pods whose eviction was allowed and that stayed, to be told of.
    pub stayed: Vec<String>,
}

/// An Event about the budget: type, reason and message.
pub type Told = (EventType, &'static str, String);

/// The budget's status, when to look again, and what to tell.
pub fn decide(budget: &PodDisruptionBudget, pods: &[&Pod], now: Timestamp) -> Decided {
    let mut events = Vec::new();
    if pods.is_empty() {
        let message = "No matching pods found".to_owned();
        events.push((EventType::Normal, "NoPods", message));
    }
    let (expected, desired) = match expected(budget, pods) {
        Ok(numbers) => numbers,
        Err(why) => return failed(budget, events, why, now),
    };
    events.extend(unmanaged(budget, pods));
    let old = budget.status.clone().unwrap_or_default();
    let Evictions {
        under_way,
        wake_at,
        stayed,
    } = evictions(&old, pods, now);
    let counted = |pod: &&&Pod| {
        let name = pod.metadata.name.as_deref().unwrap_or_default();
        pod.metadata.deletion_timestamp.is_none() && !under_way.contains_key(name) && is_ready(pod)
    };
    let healthy = as_count(pods.iter().filter(counted).count());
    let allowed = match expected {
        ..=0 => 0,
        _ => healthy.saturating_sub(desired).max(0),
    };
    let reason = match allowed {
        0 => "InsufficientPods",
        _ => "SufficientPods",
    };
    let mut status = PodDisruptionBudgetStatus {
        current_healthy: Some(healthy),
        desired_healthy: Some(desired),
        expected_pods: Some(expected),
        disruptions_allowed: Some(allowed),
        disrupted_pods: (!under_way.is_empty()).then_some(under_way),
        observed_generation: budget.metadata.generation,
        ..old
    };
    set_condition(&mut status, allowed > 0, reason, String::new(), now);
    Decided {
        status,
        wake_at,
        events,
        stayed,
    }
}

/// Nothing may go while nobody knows how many pods there should be; the rest of the status stays.
fn failed(
    budget: &PodDisruptionBudget,
    mut events: Vec<Told>,
    why: String,
    now: Timestamp,
) -> Decided {
    let message = format!("Failed to calculate the number of expected pods: {why}");
    let reason = "CalculateExpectedPodCountFailed";
    events.push((EventType::Warning, reason, message));
    let mut status = budget.status.clone().unwrap_or_default();
    status.disruptions_allowed = Some(0);
    set_condition(&mut status, false, "SyncFailed", why, now);
    Decided {
        status,
        wake_at: None,
        events,
        stayed: Vec::new(),
    }
}

/// Tells of pods that count for nothing, where the budget is about a share of what controllers keep.
fn unmanaged(budget: &PodDisruptionBudget, pods: &[&Pod]) -> Option<Told> {
    let spec = budget.spec.as_ref()?;
    let in_numbers = matches!(spec.min_available, Some(IntOrString::Int(_)));
    let of_share = spec.max_unavailable.is_some() || spec.min_available.is_some() && !in_numbers;
    let mut pods = pods.iter();
    if !of_share || !pods.any(|pod| controller_of(&pod.metadata).is_none()) {
        return None;
    }
    let selector = printed(spec.selector.as_ref()?);
    let message = format!(
        "Pods selected by this PodDisruptionBudget (selector: {selector}) were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set \".spec.minAvailable\" field of the PDB to an integer value."
    );
    Some((EventType::Warning, "UnmanagedPods", message))
}

/// A selector as Go prints it.
fn printed(selector: &LabelSelector) -> String {
    let labels = selector.match_labels.iter().flatten();
    let labels: String = labels
        .map(|(key, value)| format!("{key}: {value},"))
        .collect();
    let rules = selector.match_expressions.iter().flatten();
    let rule = |rule: &LabelSelectorRequirement| {
        let values = rule.values.as_deref().unwrap_or_default().join(" ");
        let (key, operator) = (&rule.key, &rule.operator);
        format!("LabelSelectorRequirement{{Key:{key},Operator:{operator},Values:[{values}],}},")
    };
    let rules: String = rules.map(rule).collect();
    format!(
        "&LabelSelector{{MatchLabels:map[string]string{{{labels}}},MatchExpressions:[]LabelSelectorRequirement{{{rules}}},}}"
    )
}

/// How many pods there should be, and how many of them healthy.
fn expected(budget: &PodDisruptionBudget, pods: &[&Pod]) -> Result<(i32, i32), String> {
    let spec = budget.spec.clone().unwrap_or_default();
    let scaled = |value: &IntOrString, total| {
        scaled_rounded_up(value, total).ok_or_else(|| format!("invalid value {value:?}"))
    };
    if let Some(most) = &spec.max_unavailable {
        let total = scale(pods)?;
        return Ok((total, total.saturating_sub(scaled(most, total)?).max(0)));
    }
    match &spec.min_available {
        None => Ok((0, 0)),
        Some(IntOrString::Int(least)) => Ok((as_count(pods.len()), *least)),
        Some(share) => {
            let total = scale(pods)?;
            Ok((total, scaled(share, total)?))
        }
    }
}

/// The sum of the scales of the pods' controllers; pods without one do not count.
fn scale(pods: &[&Pod]) -> Result<i32, String> {
    match pods.iter().find_map(|pod| controller_of(&pod.metadata)) {
        None => Ok(0),
        Some(owner) => Err(format!(
            "{}s.{} does not implement the scale subresource",
            owner.kind.to_lowercase(),
            owner.api_version.split('/').next().unwrap_or_default()
        )),
    }
}

/// Evictions that were allowed.
struct Evictions {
    /// Without those that were seen to begin, or are waited for no more.
    under_way: BTreeMap<String, Time>,
    /// When the first of them is waited for no more.
    wake_at: Option<Timestamp>,
    /// The pods that were waited for too long.
    stayed: Vec<String>,
}

fn evictions(old: &PodDisruptionBudgetStatus, pods: &[&Pod], now: Timestamp) -> Evictions {
    let stays = |pod: &&&Pod| pod.metadata.deletion_timestamp.is_none();
    let staying: BTreeSet<&str> = pods
        .iter()
        .filter(stays)
        .filter_map(|pod| pod.metadata.name.as_deref())
        .collect();
    let mut evictions = Evictions {
        under_way: BTreeMap::new(),
        wake_at: None,
        stayed: Vec::new(),
    };
    let allowed = old.disrupted_pods.iter().flatten();
    for (name, since) in allowed.filter(|(name, _)| staying.contains(name.as_str())) {
        // whoever may write the status may write any time
        let ends = since.0.checked_add(DELETION_TIMEOUT);
        let ends = ends.unwrap_or(Timestamp::MAX);
        if now >= ends {
            evictions.stayed.push(name.clone());
            continue;
        }
        let first = evictions.wake_at.map_or(ends, |first| first.min(ends));
        evictions.wake_at = Some(first);
        evictions.under_way.insert(name.clone(), since.clone());
    }
    evictions
}

/// Says of the generation that the status is about whether a pod may go; other conditions stay.
fn set_condition(
    status: &mut PodDisruptionBudgetStatus,
    allowed: bool,
    reason: &str,
    message: String,
    now: Timestamp,
) {
    let word = if allowed { "True" } else { "False" };
    let conditions = status.conditions.get_or_insert_default();
    let is_ours = |condition: &Condition| condition.type_ == "DisruptionAllowed";
    let known = conditions.iter().position(is_ours);
    let same = known.filter(|at| conditions[*at].status == word);
    let since = same.map(|at| conditions[at].last_transition_time.clone());
    let condition = Condition {
        type_: "DisruptionAllowed".to_owned(),
        status: word.to_owned(),
        reason: reason.to_owned(),
        message,
        observed_generation: status.observed_generation,
        last_transition_time: since.unwrap_or(Time(whole_seconds(now))),
    };
    match known {
        Some(at) => conditions[at] = condition,
        None => conditions.push(condition),
    }
}

#[cfg(test)]
mod tests {
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
        let budget =
            json!({"metadata": {"name": "b", "generation": 2}, "spec": spec, "status": old});
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
}
