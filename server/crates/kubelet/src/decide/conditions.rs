//! A pod's conditions, in upstream's order and words (POD-01).

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Container, Pod, PodCondition};

use super::state::{PodState, SandboxState};
use super::status::{has_pending_init, is_container_ready, is_init_done, seconds};
use super::{containers, restart};

type Verdict = (bool, Option<&'static str>, Option<String>);

/// Conditions that others own (DisruptionTarget…) come first and as they are.
pub fn conditions(pod: &Pod, state: &PodState, phase: &str, now: Timestamp) -> Vec<PodCondition> {
    let ours = [
        (
            "PodReadyToStartContainers",
            (state.sandbox == SandboxState::Ready, None, None),
        ),
        ("Initialized", initialized(pod, state, phase)),
        ("Ready", ready(pod, state, phase)),
        ("ContainersReady", containers_ready(pod, state, phase)),
        // a pod that is here has a node, whether a scheduler or its author named it
        ("PodScheduled", (true, None, None)),
    ];
    let restarting =
        restart::could_restart_all(pod).then(|| (ALL_RESTARTING, all_restarting(state, phase)));
    let ours = ours.into_iter().chain(restarting);
    let mut result: Vec<_> = old(pod).filter(|c| !is_ours(c)).cloned().collect();
    result.extend(resize(pod, state, now));
    result.extend(ours.map(|(type_, verdict)| condition(pod, type_, verdict, now)));
    result
}

const ALL_RESTARTING: &str = "AllContainersRestarting";

/// What the node writes, and what it repeats.
const OURS: [&str; 6] = [
    "PodReadyToStartContainers",
    "Initialized",
    "Ready",
    "ContainersReady",
    "PodScheduled",
    ALL_RESTARTING,
];

fn is_ours(condition: &PodCondition) -> bool {
    let type_ = condition.type_.as_str();
    RESIZE.contains(&type_) || OURS.contains(&type_)
}

fn all_restarting(state: &PodState, phase: &str) -> Verdict {
    match phase {
        "Succeeded" => (false, Some("PodCompleted"), None),
        "Failed" => (false, Some("PodFailed"), None),
        _ if state.restarting_all => (
            true,
            Some("RestartAllContainersStarted"),
            Some("container exited with restart policy rule".to_owned()),
        ),
        _ => (false, None, None),
    }
}

/// Only there while a resize waits for the node, or containers for what the node granted.
const RESIZE: [&str; 2] = ["PodResizePending", "PodResizeInProgress"];

fn resize(pod: &Pod, state: &PodState, now: Timestamp) -> impl Iterator<Item = PodCondition> {
    let [pending, in_progress] = RESIZE;
    let held = state.held_resize.clone();
    let held = held.map(|(reason, message)| (pending, Some(reason), Some(message), None));
    let resizing = state.resizing;
    let resizing = resizing.map(|generation| (in_progress, None, None, Some(generation)));
    let conditions: Vec<_> = held.into_iter().chain(resizing).collect();
    conditions
        .into_iter()
        .map(move |(type_, reason, message, generation)| {
            let condition = condition(pod, type_, (true, reason, message), now);
            PodCondition {
                observed_generation: generation.or(condition.observed_generation),
                ..condition
            }
        })
}

fn old(pod: &Pod) -> impl Iterator<Item = &PodCondition> {
    pod.status
        .iter()
        .flat_map(|status| status.conditions.iter().flatten())
}

fn condition(
    pod: &Pod,
    type_: &str,
    (holds, reason, message): Verdict,
    now: Timestamp,
) -> PodCondition {
    let status = if holds { "True" } else { "False" };
    let before = old(pod).find(|c| c.type_ == type_ && c.status == status);
    PodCondition {
        type_: type_.to_owned(),
        status: status.to_owned(),
        reason: reason.map(str::to_owned),
        message,
        last_transition_time: before
            .and_then(|c| c.last_transition_time.clone())
            .or(Some(seconds(now))),
        last_probe_time: None,
        observed_generation: pod.metadata.generation,
    }
}

fn initialized(pod: &Pod, state: &PodState, phase: &str) -> Verdict {
    let Some(spec) = &pod.spec else {
        return (false, None, None);
    };
    if phase == "Succeeded" {
        return (true, Some("PodCompleted"), None);
    }
    if state.initialized || state.has_begun(spec) || !has_pending_init(spec, state) {
        return (true, None, None);
    }
    let init = spec.init_containers.iter().flatten();
    let open: Vec<_> = init
        .filter(|c| !is_init_done(spec, c, state))
        .map(|c| c.name.as_str())
        .collect();
    let message = format!("containers with incomplete status: [{}]", open.join(" "));
    (false, Some("ContainersNotInitialized"), Some(message))
}

fn containers_ready(pod: &Pod, state: &PodState, phase: &str) -> Verdict {
    match phase {
        "Succeeded" => return (false, Some("PodCompleted"), None),
        "Failed" => return (false, Some("PodFailed"), None),
        _ => {}
    }
    let Some(spec) = &pod.spec else {
        return (false, None, None);
    };
    let init = |c: &&Container| {
        spec.init_containers
            .iter()
            .flatten()
            .any(|i| i.name == c.name)
    };
    let counted = containers(pod).filter(|c| !init(c) || restart::is_sidecar(spec, c));
    let unready: Vec<_> = counted
        .filter(|c| !is_container_ready(pod, c, state))
        .map(|c| c.name.as_str())
        .collect();
    if unready.is_empty() {
        return (true, None, None);
    }
    let message = format!("containers with unready status: [{}]", unready.join(" "));
    (false, Some("ContainersNotReady"), Some(message))
}

fn ready(pod: &Pod, state: &PodState, phase: &str) -> Verdict {
    let verdict = containers_ready(pod, state, phase);
    let gates = pod
        .spec
        .iter()
        .flat_map(|s| s.readiness_gates.iter().flatten());
    let closed: Vec<_> = gates
        .filter_map(|gate| closed_gate(pod, &gate.condition_type))
        .collect();
    if !verdict.0 || closed.is_empty() {
        return verdict;
    }
    (
        false,
        Some("ReadinessGatesNotReady"),
        Some(closed.join(", ")),
    )
}

/// Why a readiness gate keeps the pod from being ready, if it does.
fn closed_gate(pod: &Pod, gate: &str) -> Option<String> {
    match old(pod).find(|c| c.type_ == gate) {
        None => Some(format!(
            "corresponding condition of pod readiness gate {gate:?} does not exist."
        )),
        Some(condition) if condition.status != "True" => Some(format!(
            "the status of pod readiness gate {gate:?} is not \"True\", but {}",
            condition.status
        )),
        Some(_) => None,
    }
}
