//! The STATUS column's ladder and the counters that upstream gathers on the same walk.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{ContainerState, ContainerStateTerminated, ContainerStatus, Pod};

use super::containers::{init_statuses, is_running, is_sidecar, statuses};
use super::{is_ready, is_terminated, phase};
use crate::conditions;

/// The word that kubectl shows as STATUS.
pub fn status_word(pod: &Pod) -> String {
    let status_reason = pod
        .status
        .as_ref()
        .and_then(|status| status.reason.as_deref());
    match (&pod.metadata.deletion_timestamp, status_reason) {
        (Some(_), Some("NodeLost")) => "Unknown".to_owned(),
        (Some(_), _) if !is_terminated(pod) => "Terminating".to_owned(),
        _ => Walk::of(pod).word,
    }
}

/// What one walk over a pod's container statuses finds out.
pub(super) struct Walk {
    pub word: String,
    pub ready: usize,
    pub restarts: i32,
    pub last_restart: Option<Timestamp>,
}

/// Restarts of sidecars count for good; those of plain init containers only while initializing.
#[derive(Default)]
struct Restarts {
    count: i32,
    last: Option<Timestamp>,
}

impl Restarts {
    fn add(&mut self, status: &ContainerStatus) {
        self.count += status.restart_count;
        let ended = status
            .last_state
            .as_ref()
            .and_then(|state| state.terminated.as_ref());
        let at = ended
            .and_then(|ended| ended.finished_at.as_ref())
            .map(|time| time.0);
        self.last = self.last.max(at);
    }
}

impl Walk {
    pub(super) fn of(pod: &Pod) -> Self {
        let mut walk = Self {
            word: first_word(pod),
            ready: 0,
            restarts: 0,
            last_restart: None,
        };
        let (mut all, mut sidecars) = (Restarts::default(), Restarts::default());
        let initializing = walk.init(pod, &mut all, &mut sidecars);
        if !initializing || is_initialized(pod) {
            all = sidecars;
            walk.main(pod, &mut all);
        }
        walk.restarts = all.count;
        walk.last_restart = all.last;
        walk
    }

    /// Walks the init statuses; true when the pod is still initializing.
    fn init(&mut self, pod: &Pod, all: &mut Restarts, sidecars: &mut Restarts) -> bool {
        let total = pod
            .spec
            .as_ref()
            .and_then(|spec| spec.init_containers.as_ref())
            .map_or(0, Vec::len);
        for (at, status) in init_statuses(pod).iter().enumerate() {
            all.add(status);
            let sidecar = is_sidecar(pod, &status.name);
            if sidecar {
                sidecars.add(status);
            }
            if init_is_done(status) {
                continue;
            }
            if sidecar && status.started == Some(true) {
                self.ready += usize::from(status.ready);
                continue;
            }
            self.word = init_word(status, at, total);
            return true;
        }
        false
    }

    /// Walks the main statuses from the last to the first, so that the first container wins.
    fn main(&mut self, pod: &Pod, restarts: &mut Restarts) {
        let (mut has_running, mut failure) = (false, None);
        for status in statuses(pod).iter().rev() {
            restarts.add(status);
            if let Some(word) = waiting_reason(status) {
                self.word = word.to_owned();
            } else if let Some(ended) = terminated(status) {
                self.word = terminated_word(ended);
                if ended.exit_code != 0 {
                    failure = Some(self.word.clone());
                }
            } else if status.ready && is_running(status) {
                has_running = true;
                self.ready += 1;
            }
        }
        if self.word == "Completed" && has_running {
            self.word = match failure {
                _ if is_ready(pod) => "Running".to_owned(),
                Some(failure) => failure,
                None => "NotReady".to_owned(),
            };
        }
    }
}

fn first_word(pod: &Pod) -> String {
    let status = pod.status.as_ref();
    let scheduled = conditions::find(status.and_then(|s| s.conditions.as_ref()), "PodScheduled");
    if scheduled.is_some_and(|c| c.reason.as_deref() == Some("SchedulingGated")) {
        return "SchedulingGated".to_owned();
    }
    let reason = status.and_then(|status| status.reason.as_deref());
    reason
        .filter(|reason| !reason.is_empty())
        .unwrap_or_else(|| phase(pod))
        .to_owned()
}

fn is_initialized(pod: &Pod) -> bool {
    let status = pod.status.as_ref();
    conditions::is_true(status.and_then(|s| s.conditions.as_ref()), "Initialized")
}

fn state(status: &ContainerStatus) -> Option<&ContainerState> {
    status.state.as_ref()
}

fn terminated(status: &ContainerStatus) -> Option<&ContainerStateTerminated> {
    state(status)?.terminated.as_ref()
}

fn waiting_reason(status: &ContainerStatus) -> Option<&str> {
    let reason = state(status)?.waiting.as_ref()?.reason.as_deref();
    reason.filter(|reason| !reason.is_empty())
}

fn init_is_done(status: &ContainerStatus) -> bool {
    terminated(status).is_some_and(|ended| ended.exit_code == 0)
}

fn init_word(status: &ContainerStatus, at: usize, total: usize) -> String {
    if let Some(ended) = terminated(status) {
        return format!("Init:{}", terminated_word(ended));
    }
    match waiting_reason(status) {
        Some(reason) if reason != "PodInitializing" => format!("Init:{reason}"),
        _ => format!("Init:{at}/{total}"),
    }
}

fn terminated_word(ended: &ContainerStateTerminated) -> String {
    let reason = ended.reason.as_deref().filter(|reason| !reason.is_empty());
    match (reason, ended.signal.unwrap_or_default()) {
        (Some(reason), _) => reason.to_owned(),
        (None, 0) => format!("ExitCode:{}", ended.exit_code),
        (None, signal) => format!("Signal:{signal}"),
    }
}
