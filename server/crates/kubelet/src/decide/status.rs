//! The status that a node reports, as upstream's kubelet derives it from the containers.

use std::borrow::Cow;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{
    Container, ContainerState, ContainerStateRunning, ContainerStateTerminated,
    ContainerStateWaiting, ContainerStatus, HostIP, Pod, PodIP, PodSpec, PodStatus, VolumeMount,
    VolumeMountStatus,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use orrery_apis::pod::as_container;

use super::concluded::conclude;
use super::state::{Current, Ended, PodState, Record, SandboxState, StopCause};
use super::{all_ended, conditions, is_over, names, restart};

/// Said of a pod that its activeDeadlineSeconds ended, by its status and an event.
pub const DEADLINE_EXCEEDED: &str = "Pod was active on the node longer than the specified deadline";
/// Why a pod failed that its node evicted, in its status and the event.
pub const EVICTED: &str = "Evicted";
/// All termination messages of a pod together (upstream's `MaxPodTerminationMessageLogLength`).
const MESSAGES_BYTES: usize = 12 << 10;

pub fn status(pod: &Pod, state: &PodState, now: Timestamp) -> PodStatus {
    let old = pod.status.clone().unwrap_or_default();
    let Some(spec) = pod.spec.as_ref() else {
        return old;
    };
    if let Some((reason, message)) = &state.rejected {
        return rejected(pod, old, reason, message);
    }
    let mut init: Vec<_> = spec
        .init_containers
        .iter()
        .flatten()
        .map(|c| container_status(pod, c, state, now))
        .collect();
    let mut regular: Vec<_> = spec
        .containers
        .iter()
        .map(|c| container_status(pod, c, state, now))
        .collect();
    let ephemeral: Vec<_> = spec
        .ephemeral_containers
        .iter()
        .flatten()
        .map(|c| ephemeral_status(pod, &as_container(c), state, now))
        .collect();
    let phase = phase(spec, state, &regular);
    if is_over(state) {
        conclude(spec, &mut init, &mut regular);
    }
    let (reason, message) = reason(state);
    let conditions = conditions::conditions(pod, state, phase, now);
    PodStatus {
        phase: Some(phase.to_owned()),
        reason: reason.or(old.reason),
        message: message.or(old.message),
        host_ip: Some(state.host_ip.clone()),
        host_ips: Some(vec![HostIP {
            ip: state.host_ip.clone(),
        }]),
        pod_ip: state.ip.clone().or(old.pod_ip),
        pod_ips: state
            .ip
            .clone()
            .map(|ip| vec![PodIP { ip }])
            .or(old.pod_ips),
        start_time: state.start_time.map(seconds),
        observed_generation: pod.metadata.generation,
        conditions: Some(conditions),
        init_container_statuses: (!init.is_empty()).then_some(init),
        container_statuses: Some(regular),
        ephemeral_container_statuses: (!ephemeral.is_empty()).then_some(ephemeral),
        ..old
    }
}

/// A pod that the node would not take on never began: upstream says nothing of its containers.
fn rejected(pod: &Pod, old: PodStatus, reason: &str, message: &str) -> PodStatus {
    PodStatus {
        phase: Some("Failed".to_owned()),
        reason: Some(reason.to_owned()),
        message: Some(format!("Pod was rejected: {message}")),
        observed_generation: pod.metadata.generation,
        ..old
    }
}

/// Kubernetes writes times in whole seconds.
pub fn seconds(at: Timestamp) -> Time {
    Time(Timestamp::from_second(at.as_second()).expect("a timestamp cut to its second is one"))
}

fn reason(state: &PodState) -> (Option<String>, Option<String>) {
    match state.stop.as_ref().map(|stop| stop.cause) {
        Some(StopCause::DeadlineExceeded) => (
            Some("DeadlineExceeded".to_owned()),
            Some(DEADLINE_EXCEEDED.to_owned()),
        ),
        Some(StopCause::Evicted) => (Some(EVICTED.to_owned()), state.evicted.clone()),
        _ => (None, None),
    }
}

/// Upstream's `getPhase`, and: a terminal phase is only reported once nothing runs (KUBELET-01).
fn phase(spec: &PodSpec, state: &PodState, regular: &[ContainerStatus]) -> &'static str {
    if is_over(state)
        && state
            .stop
            .as_ref()
            .is_some_and(|s| s.cause != StopCause::Finished)
    {
        let succeeded = spec.containers.iter().all(|c| state.has_succeeded(&c.name));
        let deleted = state
            .stop
            .as_ref()
            .is_some_and(|s| s.cause == StopCause::Deleted);
        return if deleted && succeeded {
            "Succeeded"
        } else {
            "Failed"
        };
    }
    if restart::initialization_failed(spec, state) {
        return if all_ended(state) {
            "Failed"
        } else {
            "Pending"
        };
    }
    let waiting_first = |c: &ContainerStatus| {
        let waiting = c.state.as_ref().is_some_and(|s| s.waiting.is_some());
        waiting && c.last_state.as_ref().is_none_or(|s| s.terminated.is_none())
    };
    let pending_init = !state.initialized && has_pending_init(spec, state);
    if pending_init && !state.has_begun(spec) || regular.iter().any(waiting_first) {
        return "Pending";
    }
    if !restart::all_finished(spec, state) || !all_ended(state) {
        return "Running";
    }
    match spec.containers.iter().all(|c| state.has_succeeded(&c.name)) {
        true => "Succeeded",
        false => "Failed",
    }
}

pub fn has_pending_init(spec: &PodSpec, state: &PodState) -> bool {
    let init = spec.init_containers.iter().flatten();
    init.into_iter().any(|c| !is_init_done(spec, c, state))
}

pub fn is_init_done(spec: &PodSpec, container: &Container, state: &PodState) -> bool {
    match restart::is_sidecar(spec, container) {
        true => state.is_started(&container.name) || state.initialized,
        false => state.has_succeeded(&container.name) || state.initialized,
    }
}

/// Neither ready nor started is ever said of an ephemeral container, and it has no resources.
fn ephemeral_status(
    pod: &Pod,
    container: &Container,
    state: &PodState,
    now: Timestamp,
) -> ContainerStatus {
    ContainerStatus {
        ready: false,
        started: None,
        resources: None,
        allocated_resources: None,
        ..container_status(pod, container, state, now)
    }
}

fn container_status(
    pod: &Pod,
    container: &Container,
    state: &PodState,
    now: Timestamp,
) -> ContainerStatus {
    let record = state.record(&container.name);
    let record = record.map_or_else(|| Cow::Owned(Record::default()), Record::told);
    let (current, last) = states(pod, container, state, &record, now);
    let id = match &record.current {
        Current::Running { id, .. } => Some(id),
        Current::Ended(ended) => Some(&ended.id),
        _ => record.last.as_ref().map(|ended| &ended.id),
    };
    let image = container.image.clone().unwrap_or_default();
    let id = id.filter(|id| !id.is_empty());
    let granted = state.granted(container);
    let has = match state.is_running(&container.name) {
        true => record.resources.clone(),
        false => granted.clone(),
    };
    let mut status = ContainerStatus {
        name: container.name.clone(),
        // Nothing is pulled: the id says that the host's files stand in for the image.
        image_id: id
            .map(|_| format!("orrery://host/{image}"))
            .unwrap_or_default(),
        image,
        container_id: id.map(|id| format!("orrery://{id}")),
        ready: is_container_ready(pod, container, state),
        started: Some(state.is_started(&container.name)),
        resources: id.map(|_| has),
        allocated_resources: id.and(granted.requests),
        restart_count: i32::try_from(record.restart_count).unwrap_or(i32::MAX),
        state: Some(current),
        last_state: Some(last.map(terminated).unwrap_or_default()),
        volume_mounts: volume_mounts(container),
        ..ContainerStatus::default()
    };
    for state in [&mut status.state, &mut status.last_state] {
        cut_message(state.as_mut(), share_of_messages(pod));
    }
    status
}

/// The mounts as they are, which is as they were asked for: what is read-only is so with all that is mounted below, but
/// upstream says that only of those who asked for it.
fn volume_mounts(container: &Container) -> Option<Vec<VolumeMountStatus>> {
    let status = |mount: &VolumeMount| {
        let is_read_only = mount.read_only == Some(true);
        let asked = mount.recursive_read_only.as_deref();
        let recursive = match asked {
            Some("Enabled" | "IfPossible") => "Enabled",
            _ => "Disabled",
        };
        VolumeMountStatus {
            mount_path: mount.mount_path.clone(),
            name: mount.name.clone(),
            read_only: is_read_only.then_some(true),
            recursive_read_only: is_read_only.then(|| recursive.to_owned()),
            ..VolumeMountStatus::default()
        }
    };
    let mounts = container.volume_mounts.as_ref();
    let mounts = mounts.filter(|mounts| !mounts.is_empty());
    mounts.map(|mounts| mounts.iter().map(status).collect())
}

/// How many bytes of a termination message each container may have.
fn share_of_messages(pod: &Pod) -> usize {
    MESSAGES_BYTES / names(pod).count().max(1)
}

fn cut_message(state: Option<&mut ContainerState>, limit_bytes: usize) {
    let terminated = state.and_then(|state| state.terminated.as_mut());
    if let Some(message) = terminated.and_then(|terminated| terminated.message.as_mut()) {
        message.truncate(message.floor_char_boundary(limit_bytes));
    }
}

/// A regular init container is ready once it succeeded, all others while they are ready.
pub fn is_container_ready(pod: &Pod, container: &Container, state: &PodState) -> bool {
    let spec = pod.spec.as_ref();
    let mut init = spec
        .and_then(|s| s.init_containers.as_ref())
        .into_iter()
        .flatten();
    let is_init = init.any(|c| c.name == container.name);
    let sidecar = spec.is_some_and(|s| restart::is_sidecar(s, container));
    match is_init && !sidecar {
        true => state.has_succeeded(&container.name),
        false => state.is_ready(&container.name),
    }
}

fn states<'a>(
    pod: &Pod,
    container: &Container,
    state: &PodState,
    record: &'a Record,
    now: Timestamp,
) -> (ContainerState, Option<&'a Ended>) {
    let last = record.last.as_ref();
    match &record.current {
        Current::Absent => (waiting(not_started(pod, state)), last),
        Current::Waiting {
            reason, message, ..
        } => (waiting((reason.clone(), Some(message.clone()))), last),
        Current::Running { started_at, .. } => {
            let started_at = Some(seconds(*started_at));
            let running = Some(ContainerStateRunning { started_at });
            (
                ContainerState {
                    running,
                    ..ContainerState::default()
                },
                last,
            )
        }
        Current::Ended(ended) => match crash_loop(pod, container, state, record, ended, now) {
            Some(message) => (
                waiting(("CrashLoopBackOff".to_owned(), Some(message))),
                Some(ended),
            ),
            None => (terminated(ended), last),
        },
    }
}

/// Why a container that never started has not.
fn not_started(pod: &Pod, state: &PodState) -> (String, Option<String>) {
    let has_init = pod
        .spec
        .as_ref()
        .is_some_and(|s| s.init_containers.as_ref().is_some_and(|c| !c.is_empty()));
    match &state.sandbox {
        SandboxState::Failed { message, .. } => {
            ("ContainerCreating".to_owned(), Some(message.clone()))
        }
        _ if has_init => ("PodInitializing".to_owned(), None),
        _ => ("ContainerCreating".to_owned(), None),
    }
}

fn crash_loop(
    pod: &Pod,
    container: &Container,
    state: &PodState,
    record: &Record,
    ended: &Ended,
    now: Timestamp,
) -> Option<String> {
    let spec = pod.spec.as_ref()?;
    let until = restart::held_until(record, ended)?;
    let held =
        state.stop.is_none() && now < until && restart::wants_restart(spec, container, ended);
    held.then(|| backoff_message(pod, &container.name, record))
}

/// Upstream's words for a container that is held back.
pub fn backoff_message(pod: &Pod, container: &str, record: &Record) -> String {
    let delay = record
        .backoff
        .map(|(delay, _)| delay)
        .unwrap_or(restart::BACKOFF_BASE);
    format!(
        "back-off {} restarting failed container={container} pod={}",
        short(delay.as_secs()),
        pod_text(pod)
    )
}

/// `name_namespace(uid)`, as upstream's kubelet names pods.
pub fn pod_text(pod: &Pod) -> String {
    let meta = &pod.metadata;
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    format!(
        "{}_{}({})",
        text(&meta.name),
        text(&meta.namespace),
        text(&meta.uid)
    )
}

/// Go's way to write a duration of whole seconds: 10s, 1m20s, 5m0s.
pub fn short(secs: i64) -> String {
    match secs {
        0..60 => format!("{secs}s"),
        _ => format!("{}m{}s", secs / 60, secs % 60),
    }
}

fn waiting((reason, message): (String, Option<String>)) -> ContainerState {
    let waiting = Some(ContainerStateWaiting {
        reason: Some(reason),
        message,
    });
    ContainerState {
        waiting,
        ..ContainerState::default()
    }
}

fn terminated(ended: &Ended) -> ContainerState {
    let terminated = ContainerStateTerminated {
        container_id: (!ended.id.is_empty()).then(|| format!("orrery://{}", ended.id)),
        exit_code: ended.exit_code,
        signal: ended.signal,
        reason: Some(ended.reason.clone()),
        message: ended.message.clone(),
        started_at: ended.started_at.map(seconds),
        finished_at: ended.finished_at.map(seconds),
    };
    ContainerState {
        terminated: Some(terminated),
        ..ContainerState::default()
    }
}
