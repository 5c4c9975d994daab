//! Whether and when a container starts (again): restart policies, container-level rules (POD-02) and
//! CrashLoopBackOff.

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::{Container, ContainerRestartRule, Pod, PodSpec};

use super::state::{Current, Ended, PodState, Record};
use super::{Action, Plan, containers, resize};

/// The rules' action that restarts the whole pod in its place.
const RESTART_ALL: &str = "RestartAllContainers";

/// First delay of CrashLoopBackOff; doubles per restart. Upstream's values, as is the cap.
pub const BACKOFF_BASE: SignedDuration = SignedDuration::from_secs(10);
pub const BACKOFF_CAP: SignedDuration = SignedDuration::from_secs(300);
/// A container that ran this long since its last delay begins with the first delay again: upstream
/// forgets after twice the cap.
pub const BACKOFF_FORGET: SignedDuration = SignedDuration::from_secs(600);

/// An init container that keeps running beside the regular ones.
pub fn is_sidecar(spec: &PodSpec, container: &Container) -> bool {
    container.restart_policy.as_deref() == Some("Always")
        && spec
            .init_containers
            .iter()
            .flatten()
            .any(|c| c.name == container.name)
}

/// Whether a container that ended starts again.
pub fn wants_restart(spec: &PodSpec, container: &Container, ended: &Ended) -> bool {
    let rules = container.restart_policy_rules.iter().flatten();
    if rules.into_iter().any(|rule| matches(rule, ended.exit_code)) {
        return true;
    }
    let init = spec
        .init_containers
        .iter()
        .flatten()
        .any(|c| c.name == container.name);
    match (
        container.restart_policy.as_deref(),
        spec.restart_policy.as_deref().unwrap_or("Always"),
    ) {
        (Some("Always"), _) => true,
        (Some("Never"), _) => false,
        (Some("OnFailure"), _) => ended.exit_code != 0,
        // An init container is done once it succeeds, whatever the pod's policy.
        (None, "Always") => !init || ended.exit_code != 0,
        (None, "OnFailure") => ended.exit_code != 0,
        (None, _) | (Some(_), _) => false,
    }
}

/// Whether the container starts again after its last end, which may have been for a resize.
fn starts_again(spec: &PodSpec, container: &Container, state: &PodState, ended: &Ended) -> bool {
    let resized = |record: &Record| record.restarts_resized;
    state.record(&container.name).is_some_and(resized) || wants_restart(spec, container, ended)
}

/// A container that ended has all of them start anew by one of its rules. The first rule that
/// matches counts.
pub fn wants_all_restarted(container: &Container, state: &PodState) -> bool {
    let Some(ended) = state.ended(&container.name) else {
        return false;
    };
    let mut rules = container.restart_policy_rules.iter().flatten();
    let matching = rules.find(|rule| matches(rule, ended.exit_code));
    matching.is_some_and(|rule| rule.action == RESTART_ALL)
}

/// Whether the pod may ever come to that.
pub fn could_restart_all(pod: &Pod) -> bool {
    let mut rules = containers(pod).flat_map(|c| c.restart_policy_rules.iter().flatten());
    rules.any(|rule| rule.action == RESTART_ALL)
}

fn matches(rule: &ContainerRestartRule, code: i32) -> bool {
    let Some(codes) = rule.exit_codes.as_ref() else {
        return false;
    };
    let listed = codes.values.iter().flatten().any(|value| *value == code);
    match codes.operator.as_str() {
        "In" => listed,
        "NotIn" => !listed,
        _ => false,
    }
}

/// Every regular container has ended for good.
pub fn all_finished(spec: &PodSpec, state: &PodState) -> bool {
    !spec.containers.is_empty()
        && spec.containers.iter().all(|c| {
            state
                .ended(&c.name)
                .is_some_and(|ended| !starts_again(spec, c, state, ended))
        })
}

/// An init container failed and is not tried again.
pub fn initialization_failed(spec: &PodSpec, state: &PodState) -> bool {
    let init = spec.init_containers.iter().flatten();
    !state.initialized
        && init.into_iter().any(|c| {
            let ended = state.ended(&c.name);
            ended.is_some_and(|e| e.exit_code != 0 && !wants_restart(spec, c, e))
        })
}

/// Until when the container is held back after `ended`; None when it may start at once.
pub fn held_until(record: &Record, ended: &Ended) -> Option<Timestamp> {
    let (delay, raised_at) = record.backoff?;
    let finished = ended.finished_at?;
    let forgotten = finished.duration_since(raised_at) > BACKOFF_FORGET;
    (!forgotten).then(|| finished + delay)
}

/// The delay after the next end, raised by a start at `now` (upstream's `backOff.Next`).
pub fn raised(record: &Record, now: Timestamp) -> (SignedDuration, Timestamp) {
    let delay = match record.backoff {
        Some((delay, at)) if now.duration_since(at) <= BACKOFF_FORGET + delay => {
            (delay * 2).min(BACKOFF_CAP)
        }
        _ => BACKOFF_BASE,
    };
    (delay, now)
}

/// Adds what is to be done about one container whose turn it is.
pub fn consider(
    pod: &Pod,
    container: &Container,
    state: &PodState,
    now: Timestamp,
    plan: &mut Plan,
) {
    let Some(spec) = pod.spec.as_ref() else {
        return;
    };
    let name = container.name.clone();
    let Some(record) = state.record(&name) else {
        return plan.actions.push(Action::StartContainer { name });
    };
    match &record.current {
        Current::Absent => plan.actions.push(Action::StartContainer { name }),
        Current::Waiting { retry_at, .. } if now >= *retry_at => {
            plan.actions.push(Action::StartContainer { name })
        }
        Current::Waiting { retry_at, .. } => plan.wake(*retry_at),
        Current::Running { .. } => resize::consider(container, state, plan),
        Current::Ended(ended) if !starts_again(spec, container, state, ended) => {}
        Current::Ended(ended) => match held_until(record, ended) {
            Some(until) if now < until => {
                plan.wake(until);
                if !record.backoff_reported {
                    plan.actions.push(Action::EnterBackoff { name });
                }
            }
            _ => plan.actions.push(Action::StartContainer { name }),
        },
    }
}

/// An ephemeral container starts once, and is never started again.
pub fn consider_ephemeral(name: &str, state: &PodState, now: Timestamp, plan: &mut Plan) {
    let start = || Action::StartContainer {
        name: name.to_owned(),
    };
    match state.record(name).map(|record| &record.current) {
        None | Some(Current::Absent) => plan.actions.push(start()),
        Some(Current::Waiting { retry_at, .. }) if now >= *retry_at => plan.actions.push(start()),
        Some(Current::Waiting { retry_at, .. }) => plan.wake(*retry_at),
        Some(Current::Running { .. } | Current::Ended(_)) => {}
    }
}
