//! What a node that is back knows of a pod that an earlier life of it had begun: what the pod's status tells, and what is
//! left of runs that came after that. Whatever ran is gone, as after a reboot; what had ended before has ended so.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{
    ContainerState, ContainerStateRunning, ContainerStateTerminated, ContainerStatus, Pod,
    PodStatus,
};

use super::names;
use super::state::{Current, Ended, PodState, Record};

/// What a container lost with its node's last life is said to have ended with; upstream's words for
/// containers that it can no longer find.
pub const LOST_EXIT_CODE: i32 = 137;
pub const LOST_REASON: &str = "ContainerStatusUnknown";
const LOST_MESSAGE: &str = "The container could not be located when the node agent came back";

/// Runs of a container of which nobody was told that are taken in. A run every five minutes, as they come in the end to
/// what fails again and again, needs three days for as many; more are made up by whoever got at the pod's folder, and
/// would keep the node from all else. The next one is begun after these.
const MOST_UNTOLD: usize = 1_000;

/// What is left of one run of a container.
#[derive(Clone, Debug, PartialEq)]
pub enum Past {
    /// It was never begun.
    Absent,
    /// It had begun, and is lost.
    Begun,
    /// It had ended before all else did.
    Ended(Ended),
}

impl PodState {
    /// The state of a pod as its node finds it; `past` answers for a container and an attempt. A run that had begun
    /// is not begun again as if it had never been, whether anybody was told of it or not.
    pub fn recovered(pod: &Pod, now: Timestamp, past: impl Fn(&str, u32) -> Past) -> Self {
        let told = |status: &PodStatus| Self::told(status, now, &past);
        let mut state = pod.status.as_ref().map(told).unwrap_or_default();
        state.take_untold(pod, now, past);
        state
    }

    fn told(status: &PodStatus, now: Timestamp, past: impl Fn(&str, u32) -> Past) -> Self {
        let mut state = Self {
            start_time: status.start_time.as_ref().map(|t| t.0),
            ..Self::default()
        };
        let init = status.init_container_statuses.iter().flatten();
        let ephemeral = status.ephemeral_container_statuses.iter().flatten();
        let all = init.chain(status.container_statuses.iter().flatten());
        for old in all.chain(ephemeral) {
            state
                .containers
                .insert(old.name.clone(), Record::recovered(old, now, &past));
        }
        let mut regular = status.container_statuses.iter().flatten();
        state.initialized = regular.any(|c| {
            let began = |s: &ContainerState| s.running.is_some() || s.terminated.is_some();
            c.state.as_ref().is_some_and(began) || c.last_state.as_ref().is_some_and(began)
        });
        state
    }

    /// Takes in the runs that came after the last one that was told of: more than one where statuses could not be
    /// written for a while.
    fn take_untold(&mut self, pod: &Pod, now: Timestamp, past: impl Fn(&str, u32) -> Past) {
        let regular = |name: &str| {
            let mut regular = pod.spec.iter().flat_map(|spec| &spec.containers);
            regular.any(|c| c.name == name)
        };
        for name in names(pod) {
            let attempts = self.record(name).map_or(0, |record| record.attempts);
            let untold = (attempts..).map_while(|attempt| ended(past(name, attempt), now));
            for ended in untold.take(MOST_UNTOLD) {
                self.initialized |= regular(name);
                let record = self.containers.entry(name.to_owned()).or_default();
                record.take_untold(ended);
            }
        }
    }

    /// Some container has begun to run.
    pub fn has_run(&self) -> bool {
        self.containers.values().any(|record| record.attempts > 0)
    }
}

/// How a run is said to have ended, if it was begun.
fn ended(past: Past, now: Timestamp) -> Option<Ended> {
    match past {
        Past::Absent => None,
        Past::Begun => Some(Ended::lost(now)),
        Past::Ended(ended) => Some(ended),
    }
}

impl Record {
    fn recovered(old: &ContainerStatus, now: Timestamp, past: impl Fn(&str, u32) -> Past) -> Self {
        let restarts = u32::try_from(old.restart_count).unwrap_or(0);
        let state = old.state.clone().unwrap_or_default();
        let last = old
            .last_state
            .as_ref()
            .and_then(|s| s.terminated.as_ref())
            .map(Ended::of);
        let began = state.running.is_some() || state.terminated.is_some() || last.is_some();
        let current = match (state.running, state.terminated) {
            (Some(running), _) => {
                let ended = ended(past(&old.name, restarts), now);
                let ended = ended.unwrap_or_else(|| Ended::lost(now));
                Current::Ended(ended.of_told(old, running))
            }
            (None, Some(terminated)) => Current::Ended(Ended::of(&terminated)),
            // It was held back by CrashLoopBackOff: its end is in lastState, and it starts anew.
            (None, None) => last.clone().map_or(Current::Absent, Current::Ended),
        };
        Self {
            restart_count: restarts,
            attempts: if began { restarts + 1 } else { restarts },
            current,
            last,
            image: old.image.clone(),
            ..Self::default()
        }
    }

    /// The next run had begun, too.
    fn take_untold(&mut self, ended: Ended) {
        self.keep_last();
        self.restart_count = self.attempts;
        self.attempts += 1;
        self.current = Current::Ended(ended);
    }
}

impl Ended {
    /// Of what went with its node's last life.
    fn lost(now: Timestamp) -> Self {
        Self {
            exit_code: LOST_EXIT_CODE,
            reason: LOST_REASON.to_owned(),
            message: Some(LOST_MESSAGE.to_owned()),
            finished_at: Some(now),
            ..Self::default()
        }
    }

    /// The end of a run that was told to go on: what was said of it stays true.
    fn of_told(self, status: &ContainerStatus, running: ContainerStateRunning) -> Self {
        Self {
            id: bare_id(status.container_id.as_deref()),
            started_at: running.started_at.map(|t| t.0),
            ..self
        }
    }

    fn of(state: &ContainerStateTerminated) -> Self {
        Self {
            id: bare_id(state.container_id.as_deref()),
            exit_code: state.exit_code,
            signal: state.signal,
            reason: state.reason.clone().unwrap_or_default(),
            message: state.message.clone(),
            started_at: state.started_at.as_ref().map(|t| t.0),
            finished_at: state.finished_at.as_ref().map(|t| t.0),
        }
    }
}

fn bare_id(id: Option<&str>) -> String {
    let id = id.unwrap_or_default();
    id.strip_prefix("orrery://").unwrap_or(id).to_owned()
}
