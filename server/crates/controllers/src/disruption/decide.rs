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
mod tests;
