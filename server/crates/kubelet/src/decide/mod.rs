//! What a node agent does about one pod, as a pure function: pod, what is known of its containers,
//! and the time go in; actions, the status to report and the time to look again come out.
//!
//! Absent on purpose: resolving references, talking to a runtime, writing. That is `worker`'s work.

pub mod admission;
mod concluded;
mod conditions;
mod recovery;
mod resize;
mod restart;
pub mod state;
mod status;
#[cfg(test)]
mod tests;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::{Container, Pod, PodSpec, PodStatus, ResourceRequirements};

use orrery_apis::pod::as_container;

pub use recovery::Past;
pub use restart::{BACKOFF_BASE, BACKOFF_CAP, BACKOFF_FORGET, is_sidecar, raised};
pub use state::{Current, Ended, PodState, Record, SandboxState, Stop, StopCause};
pub use status::{DEADLINE_EXCEEDED, EVICTED, backoff_message, pod_text, seconds, short};

/// Grace when neither the pod nor the deletion names one; upstream's default.
const DEFAULT_GRACE_SECS: i64 = 30;
/// What a container has at least between SIGTERM and SIGKILL: upstream's minimum, also after a preStop hook
/// that took all of the grace.
const MINIMUM_GRACE: SignedDuration = SignedDuration::from_secs(2);

/// What an evicted pod has to end: upstream's `immediateEvictionGracePeriodSeconds`.
const EVICTION_GRACE: SignedDuration = SignedDuration::from_secs(1);

/// One thing to do; the worker does it, writes the outcome into the state, and asks again.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    StartSandbox,
    StartContainer {
        name: String,
    },
    /// Begin the end of a container: preStop, then SIGTERM.
    StopContainer {
        name: String,
        message: String,
    },
    /// Begin the preStop hook of a sidecar whose turn to end is yet to come.
    ForewarnContainer {
        name: String,
        message: String,
    },
    /// The same as to stop it, to start it again with the resources that it was granted since.
    RestartContainer {
        name: String,
        message: String,
    },
    /// Give the running container what it was granted.
    ResizeContainer {
        name: String,
    },
    /// SIGKILL to everything of it.
    KillContainer {
        name: String,
    },
    /// Report, once, that the container is held back before its next start.
    EnterBackoff {
        name: String,
    },
    StopSandbox,
    /// Report, once, that the pod's activeDeadlineSeconds ends it.
    ReportDeadline,
    /// The pod's object may go: everything has ended and been reported.
    RemoveObject,
}

/// The outcome of [`decide`].
#[derive(Clone, Debug, Default)]
pub struct Plan {
    pub actions: Vec<Action>,
    pub status: PodStatus,
    /// When time alone changes the answer.
    pub wake_at: Option<Timestamp>,
}

impl Plan {
    fn wake(&mut self, at: Timestamp) {
        self.wake_at = Some(self.wake_at.map_or(at, |before| before.min(at)));
    }
}

/// Decides; see the module. The state's `stop` is set here, for it is a decision that lasts.
pub fn decide(pod: &Pod, state: &mut PodState, now: Timestamp) -> Plan {
    let mut plan = Plan::default();
    if state.stop.is_none() {
        state.stop = reason_to_stop(pod, state, now, &mut plan);
        let cause = state.stop.as_ref().map(|stop| stop.cause);
        if cause == Some(StopCause::DeadlineExceeded) {
            plan.actions.push(Action::ReportDeadline);
        }
    }
    renew_grace(pod, state);
    state.initialized |= pod
        .spec
        .as_ref()
        .is_some_and(|spec| !status::has_pending_init(spec, state));
    match state.stop.clone() {
        Some(stop) => wind_down(pod, state, &stop, now, &mut plan),
        None => advance(pod, state, now, &mut plan),
    }
    plan.status = status::status(pod, state, now);
    if all_ended(state)
        && state.sandbox == SandboxState::Stopped
        && pod.metadata.deletion_timestamp.is_some()
    {
        plan.actions.push(Action::RemoveObject);
    }
    plan
}

/// Whether the pod must end, and why.
fn reason_to_stop(pod: &Pod, state: &PodState, now: Timestamp, plan: &mut Plan) -> Option<Stop> {
    let grace_over = |secs: Option<i64>| later(now, secs.unwrap_or(DEFAULT_GRACE_SECS).max(1));
    let spec = pod.spec.as_ref()?;
    if pod.metadata.deletion_timestamp.is_some() {
        let secs = pod
            .metadata
            .deletion_grace_period_seconds
            .or(spec.termination_grace_period_seconds);
        return Some(Stop {
            cause: StopCause::Deleted,
            since: now,
            kill_at: grace_over(secs),
        });
    }
    let kill_at = grace_over(spec.termination_grace_period_seconds);
    if let (Some(limit), Some(started)) = (spec.active_deadline_seconds, state.start_time) {
        let deadline = later(started, limit);
        if now >= deadline && !restart::all_finished(spec, state) {
            return Some(Stop {
                cause: StopCause::DeadlineExceeded,
                since: now,
                kill_at,
            });
        }
        plan.wake(deadline);
    }
    if state.evicted.is_some() {
        return Some(Stop {
            cause: StopCause::Evicted,
            since: now,
            kill_at: now + EVICTION_GRACE,
        });
    }
    let over = restart::all_finished(spec, state) || restart::initialization_failed(spec, state);
    let cause = match state.rejected {
        Some(_) => Some(StopCause::Rejected),
        None => (over && !restarts_all(pod, state)).then_some(StopCause::Finished),
    };
    cause.map(|cause| Stop {
        cause,
        since: now,
        kill_at,
    })
}

/// So many seconds later, or never: what a pod may ask for has no upper bound.
pub fn later(at: Timestamp, secs: i64) -> Timestamp {
    at.checked_add(SignedDuration::from_secs(secs))
        .unwrap_or(Timestamp::MAX)
}

/// A container's rule has all of them start anew, or is about to.
fn restarts_all(pod: &Pod, state: &PodState) -> bool {
    state.restarting_all || containers(pod).any(|c| restart::wants_all_restarted(c, state))
}

/// A deletion overrides an earlier stop, and a later deletion can only shorten the grace (GC-09).
fn renew_grace(pod: &Pod, state: &mut PodState) {
    let Some(stop) = state.stop.as_mut() else {
        return;
    };
    if let Some(secs) = pod.metadata.deletion_grace_period_seconds {
        let kill_at = later(stop.since, secs.max(1));
        stop.kill_at = stop.kill_at.min(kill_at);
    }
}

/// Ends what runs: SIGTERM, SIGKILL at the end of the grace, then the sandbox.
fn wind_down(pod: &Pod, state: &mut PodState, stop: &Stop, now: Timestamp, plan: &mut Plan) {
    if state.sandbox == SandboxState::Stopped {
        return;
    }
    let running: Vec<&str> = names(pod).filter(|name| state.is_running(name)).collect();
    if running.is_empty() {
        plan.actions.push(Action::StopSandbox);
        return;
    }
    for (at, name) in running.iter().enumerate() {
        let waits = is_sidecar_named(pod, name) && at + 1 < running.len();
        if waits && now < stop.kill_at && !state.is_stopping(name) {
            forewarn(pod, state, name, plan);
            plan.wake(stop.kill_at);
        } else {
            end(pod, state, name, stop, now, plan);
        }
    }
}

/// Upstream begins all preStop hooks at once; only SIGTERM has an order.
fn forewarn(pod: &Pod, state: &PodState, name: &str, plan: &mut Plan) {
    let forewarned = state.record(name).is_some_and(|record| record.forewarned);
    let lifecycle = container(pod, name).and_then(|container| container.lifecycle);
    let hooked = lifecycle.is_some_and(|lifecycle| lifecycle.pre_stop.is_some());
    if hooked && !forewarned {
        let message = stopping(name);
        let name = name.to_owned();
        plan.actions
            .push(Action::ForewarnContainer { name, message });
    }
}

fn stopping(name: &str) -> String {
    format!("Stopping container {name}")
}

/// Goes on ending one container whose turn it is. A sidecar that came to its turn late still has a
/// moment.
fn end(pod: &Pod, state: &mut PodState, name: &str, stop: &Stop, now: Timestamp, plan: &mut Plan) {
    let sidecar = is_sidecar_named(pod, name);
    let record = state.containers.entry(name.to_owned()).or_default();
    if !record.stopping && (sidecar || now < stop.kill_at) {
        if let Some(until) = record.pre_stop_until.filter(|until| now < *until) {
            return plan.wake(until);
        }
        record.told_at = sidecar.then_some(now);
        let message = stopping(name);
        let name = name.to_owned();
        plan.actions.push(Action::StopContainer { name, message });
    }
    kill_when_due(name, record, stop.kill_at, now, plan);
}

/// SIGKILL, once, or the time of it.
fn kill_when_due(name: &str, record: &Record, kill_at: Timestamp, now: Timestamp, plan: &mut Plan) {
    match record.kill_due(kill_at) {
        Some(due) if now < due => plan.wake(due),
        Some(_) if !record.killed => plan.actions.push(Action::KillContainer {
            name: name.to_owned(),
        }),
        // the end of a preStop hook wakes the pod
        Some(_) | None => {}
    }
}

fn is_sidecar_named(pod: &Pod, name: &str) -> bool {
    let found = containers(pod).find(|c| c.name == name);
    let spec = pod.spec.as_ref();
    spec.zip(found).is_some_and(|(spec, c)| is_sidecar(spec, c))
}

/// Ends all containers at once, without hooks and without grace as upstream, to start them anew.
fn restart_all(pod: &Pod, state: &mut PodState, plan: &mut Plan) {
    state.restarting_all = true;
    if all_ended(state) {
        return state.restart_all(pod);
    }
    let alive = names(pod).filter(|name| state.is_running(name) && !state.is_killed(name));
    plan.actions.extend(alive.map(|name| Action::KillContainer {
        name: name.to_owned(),
    }));
}

/// Moves a living pod on: sandbox, init containers in order, then all others.
fn advance(pod: &Pod, state: &mut PodState, now: Timestamp, plan: &mut Plan) {
    let Some(spec) = pod.spec.as_ref() else {
        return;
    };
    match &state.sandbox {
        SandboxState::Failed { retry_at, .. } if now < *retry_at => return plan.wake(*retry_at),
        SandboxState::Absent | SandboxState::Failed { .. } => {
            state.begin_anew(spec);
            return plan.actions.push(Action::StartSandbox);
        }
        SandboxState::Ready | SandboxState::Stopped => {}
    }
    if restarts_all(pod, state) {
        restart_all(pod, state, plan);
    }
    if !state.restarting_all {
        run(pod, spec, state, now, plan);
    }
}

/// What is to run in a sandbox that is there, and what a probe or a resize has condemned.
fn run(pod: &Pod, spec: &PodSpec, state: &PodState, now: Timestamp, plan: &mut Plan) {
    if !state.is_hooked() {
        start(pod, spec, state, now, plan);
    }
    for (name, record) in &state.containers {
        if let Some(kill_at) = record.kill_at {
            kill_when_due(name, record, kill_at, now, plan);
        }
    }
}

/// Starts one container after the other, as far as the order goes.
fn start(pod: &Pod, spec: &PodSpec, state: &PodState, now: Timestamp, plan: &mut Plan) {
    // even before the others: they are there to look into what does not start
    for container in spec.ephemeral_containers.iter().flatten() {
        restart::consider_ephemeral(&container.name, state, now, plan);
    }
    for container in spec.init_containers.iter().flatten() {
        let goes_on = if is_sidecar(spec, container) {
            restart::consider(pod, container, state, now, plan);
            state.is_started(&container.name) || state.initialized
        } else if !state.has_succeeded(&container.name) && !state.initialized {
            restart::consider(pod, container, state, now, plan);
            false
        } else {
            true
        };
        if !goes_on || starts_with_hook(container, plan) {
            return;
        }
    }
    for container in &spec.containers {
        restart::consider(pod, container, state, now, plan);
        if starts_with_hook(container, plan) {
            return;
        }
    }
}

/// The container is about to start and has a postStart hook, for which the others wait.
fn starts_with_hook(container: &Container, plan: &Plan) -> bool {
    let lifecycle = container.lifecycle.as_ref();
    let starts = |action: &Action| matches!(action, Action::StartContainer { name } if *name == container.name);
    lifecycle.is_some_and(|lifecycle| lifecycle.post_start.is_some())
        && plan.actions.iter().any(starts)
}

/// Nothing of the pod runs or will, so that its node has what it asked for again.
pub fn is_over(state: &PodState) -> bool {
    state.stop.is_some() && all_ended(state)
}

fn all_ended(state: &PodState) -> bool {
    state.containers.keys().all(|name| !state.is_running(name))
}

/// The names of all containers, ephemeral ones last.
fn names(pod: &Pod) -> impl Iterator<Item = &str> {
    let ephemeral = pod
        .spec
        .iter()
        .flat_map(|spec| spec.ephemeral_containers.iter().flatten());
    containers(pod)
        .map(|c| c.name.as_str())
        .chain(ephemeral.map(|c| c.name.as_str()))
}

/// What the container asks for.
pub fn resources_of(container: &Container) -> ResourceRequirements {
    container.resources.clone().unwrap_or_default()
}

/// The container of that name, of whichever kind.
pub fn container(pod: &Pod, name: &str) -> Option<Container> {
    let known = containers(pod).find(|c| c.name == name).cloned();
    known.or_else(|| {
        let ephemeral = pod.spec.as_ref()?.ephemeral_containers.as_ref()?;
        let found = ephemeral.iter().find(|c| c.name == name)?;
        Some(as_container(found))
    })
}

/// Init containers, then regular ones, as declared.
pub fn containers(pod: &Pod) -> impl DoubleEndedIterator<Item = &Container> {
    let spec = pod.spec.as_ref();
    let init = spec
        .and_then(|s| s.init_containers.as_ref())
        .into_iter()
        .flatten();
    init.chain(spec.into_iter().flat_map(|s| &s.containers))
}
