//! What the node knows of a pod: its sandbox and each container's past and present.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::{Container, Pod, PodSpec, ResourceRequirements};

use super::restart::{held_until, is_sidecar};
use super::{MINIMUM_GRACE, backoff_message, containers};

/// Everything known of one pod. Invariant: only the pod's own worker and its runtime's events write it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PodState {
    pub sandbox: SandboxState,
    pub start_time: Option<Timestamp>,
    pub ip: Option<String>,
    pub host_ip: String,
    pub containers: BTreeMap<String, Record>,
    /// All init containers have once succeeded; they are not run again in this sandbox.
    pub initialized: bool,
    /// A container's rule has all of them end and start anew (POD-02).
    pub restarting_all: bool,
    pub stop: Option<Stop>,
    /// Reason and message of a pod that the node would not take on: nothing of it ever begins.
    pub rejected: Option<(String, String)>,
    /// Why the node evicts it.
    pub evicted: Option<String>,
    /// What each container may have that may have anything; None before the node has looked. The pod
    /// may ask for something else since (`pods/resize`), which the node grants when it can.
    pub granted: Option<BTreeMap<String, ResourceRequirements>>,
    /// Why it cannot: `Deferred` or `Infeasible`, and the message.
    pub held_resize: Option<(&'static str, String)>,
    /// The pod's generation when it granted what not all containers have yet.
    pub resizing: Option<i64>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub enum SandboxState {
    #[default]
    Absent,
    Failed {
        message: String,
        retry_at: Timestamp,
    },
    Ready,
    Stopped,
}

/// Why and until when a pod is being stopped.
#[derive(Clone, Debug, PartialEq)]
pub struct Stop {
    pub cause: StopCause,
    pub since: Timestamp,
    pub kill_at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopCause {
    /// All containers ended and none starts again.
    Finished,
    Deleted,
    DeadlineExceeded,
    Evicted,
    Rejected,
}

/// One container.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record {
    pub restart_count: u32,
    /// Starts so far in this life of the node, for the log's number: the next start's attempt.
    pub attempts: u32,
    pub current: Current,
    pub last: Option<Ended>,
    pub image: String,
    /// Delay that the next failure brings, and when it was last raised.
    pub backoff: Option<(SignedDuration, Timestamp)>,
    /// The BackOff event of this hold was sent.
    pub backoff_reported: bool,
    /// Attempts to find a command for the image that failed.
    pub pull_failures: u32,
    pub startup_passed: bool,
    pub readiness_passed: bool,
    /// Its postStart hook has not returned: until then upstream writes no status of this run, looks at
    /// none of its probes and starts no other container.
    pub hooked: bool,
    /// SIGTERM was sent (or preStop runs).
    pub stopping: bool,
    pub killed: bool,
    /// End of grace of a container that a probe or a resize condemned.
    pub kill_at: Option<Timestamp>,
    /// Its preStop hook has begun before its turn to end.
    pub forewarned: bool,
    /// Its preStop hook runs, until then at most.
    pub pre_stop_until: Option<Timestamp>,
    /// When it was sent SIGTERM; of an ending pod's sidecar, when its turn came.
    pub told_at: Option<Timestamp>,
    /// What its run has.
    pub resources: ResourceRequirements,
    /// It was ended to start again with other resources.
    pub restarts_resized: bool,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub enum Current {
    /// Never started.
    #[default]
    Absent,
    /// Could not start; tried again at `retry_at`.
    Waiting {
        reason: String,
        message: String,
        retry_at: Timestamp,
    },
    Running {
        id: String,
        started_at: Timestamp,
    },
    Ended(Ended),
}

/// How a container's run ended.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ended {
    pub id: String,
    pub exit_code: i32,
    pub signal: Option<i32>,
    pub reason: String,
    pub message: Option<String>,
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
}

impl PodState {
    pub fn record(&self, name: &str) -> Option<&Record> {
        self.containers.get(name)
    }

    pub fn is_running(&self, name: &str) -> bool {
        matches!(self.record(name), Some(r) if matches!(r.current, Current::Running { .. }))
    }

    /// Running, and past its postStart hook and its startup probe.
    pub fn is_started(&self, name: &str) -> bool {
        let started = |record: &Record| record.startup_passed && !record.hooked;
        self.is_running(name) && self.record(name).is_some_and(started)
    }

    /// Some container's postStart hook runs.
    pub fn is_hooked(&self) -> bool {
        self.containers.values().any(|record| record.hooked)
    }

    pub fn is_ready(&self, name: &str) -> bool {
        self.is_started(name) && self.record(name).is_some_and(|r| r.readiness_passed)
    }

    pub fn is_stopping(&self, name: &str) -> bool {
        self.record(name).is_some_and(|r| r.stopping)
    }

    pub fn is_killed(&self, name: &str) -> bool {
        self.record(name).is_some_and(|r| r.killed)
    }

    pub fn ended(&self, name: &str) -> Option<&Ended> {
        match &self.record(name)?.current {
            Current::Ended(ended) => Some(ended),
            _ => None,
        }
    }

    /// What the container may have; before the node has granted anything, what it asks for.
    pub fn granted(&self, container: &Container) -> ResourceRequirements {
        let resources = match &self.granted {
            Some(granted) => granted.get(&container.name).cloned(),
            None => container.resources.clone(),
        };
        resources.unwrap_or_default()
    }

    /// It runs with other resources than it was granted.
    pub fn is_outgrown(&self, container: &Container) -> bool {
        let record = self.record(&container.name);
        self.is_running(&container.name)
            && record.is_some_and(|record| record.resources != self.granted(container))
    }

    pub fn has_succeeded(&self, name: &str) -> bool {
        self.ended(name).is_some_and(|ended| ended.exit_code == 0)
    }

    /// Some regular container has once run: the pod was initialized, whatever runs again since.
    pub fn has_begun(&self, spec: &PodSpec) -> bool {
        let attempts = |c: &Container| self.record(&c.name).map_or(0, |record| record.attempts);
        spec.containers.iter().any(|c| attempts(c) > 0)
    }

    /// A pod whose sandbox was lost begins anew with its init containers; sidecars and regular
    /// containers start again by their policies.
    pub fn begin_anew(&mut self, spec: &PodSpec) {
        self.initialized = false;
        let init = spec.init_containers.iter().flatten();
        for container in init.filter(|c| !is_sidecar(spec, c)) {
            if let Some(record) = self.containers.get_mut(&container.name) {
                record.keep_last();
            }
        }
    }

    /// No container runs any more, and all shall start again, in the sandbox that is there.
    pub fn restart_all(&mut self, pod: &Pod) {
        (self.initialized, self.restarting_all) = (false, false);
        for name in containers(pod).map(|c| &c.name) {
            let Some(record) = self.containers.get_mut(name) else {
                continue;
            };
            let held = match &record.current {
                Current::Ended(ended) => held_until(record, ended),
                _ => None,
            };
            let message = backoff_message(pod, name, record);
            record.keep_last();
            if let Some(retry_at) = held {
                let reason = "CrashLoopBackOff".to_owned();
                record.current = Current::Waiting {
                    reason,
                    message,
                    retry_at,
                };
            }
        }
    }
}

impl Record {
    /// What is told of it: a run whose postStart hook has not returned is not told of yet.
    pub fn told(&self) -> Cow<'_, Self> {
        if !self.hooked {
            return Cow::Borrowed(self);
        }
        Cow::Owned(Self {
            restart_count: self.restart_count.saturating_sub(1),
            current: self.last.clone().map_or(Current::Absent, Current::Ended),
            last: None,
            backoff: None,
            ..self.clone()
        })
    }

    /// When SIGKILL is due, of a grace that ends at `kill_at`; None while the preStop hook has that time, too.
    /// A moment after SIGTERM there always is.
    pub fn kill_due(&self, kill_at: Timestamp) -> Option<Timestamp> {
        let last_moment = self.told_at.map(|at| at + MINIMUM_GRACE);
        let due = last_moment.map_or(kill_at, |at| at.max(kill_at));
        let waits = self.pre_stop_until.is_some_and(|until| until <= kill_at);
        (!waits).then_some(due)
    }

    /// Keeps the end of the run before as `lastState`.
    pub fn keep_last(&mut self) {
        if let Current::Ended(ended) = std::mem::take(&mut self.current) {
            self.last = Some(ended);
        }
    }
}
