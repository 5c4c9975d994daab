//! Why a slot has no run, and why a pod does not start or did not last: causes, not sentences.
//!
//! The sentences are `app`'s, in each language. What a cause carries is a name, a number or the API's own
//! words, for the sentence to hold.

use serde::{Deserialize, Serialize};

use crate::{Millis, ObjectRef};

/// Why a slot of a CronJob did not run, or what became of its run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SlotWhy {
    /// `spec.suspend` was on.
    Suspended,
    /// Forbid, and this run was still active.
    Held {
        by: Option<ObjectRef>,
    },
    /// Forbid, and this run is still active: the slot runs when that is over, unless a later one comes first (CJ-42).
    Waits {
        by: ObjectRef,
    },
    /// Later than `startingDeadlineSeconds` after its slot when the controller could have started it.
    PastDeadline {
        secs: i64,
    },
    /// The schedule cannot be read; the parser's words.
    InvalidSchedule {
        error: String,
    },
    UnknownZone {
        zone: String,
    },
    /// More than 100 slots had been missed: only the latest of them ran (CJ-36).
    TooMany,
    /// The schedule fires never, e.g. on 30 February.
    NeverFires,
    /// `@every` with so many seconds, and a `startingDeadlineSeconds` that is shorter: no slot is ever due.
    DeadlineBelowEvery {
        secs: i64,
    },
    /// The controller was not running at that time.
    ControllerDown {
        from: Millis,
        until: Millis,
    },
    /// The API server refused the Job; its words.
    CreateFailed {
        message: String,
    },
    /// The namespace was being deleted.
    NamespaceTerminating,
    /// Replace stopped its run for the next one.
    Replaced,
    /// A Job of that name that is not the CronJob's was in the way (CJ-54).
    NameTaken {
        name: String,
    },
    /// A later slot ran in its stead: of missed slots only the latest is made up for (CJ-36).
    Overtaken {
        slot: Millis,
    },
    #[default]
    Unknown,
}

/// Why a pod does not start, or did not last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PodWhy {
    /// No node takes it; each cause with the number of nodes that it rules out.
    Unschedulable { nodes: u32, causes: Vec<NodeWhy> },
    /// On the node that is meant for it another pod, `namespace/name`, has the port `18080/TCP`.
    PortTaken { port: String, pod: String },
    /// `spec.schedulingGates` are on.
    Gated { gates: Vec<String> },
    /// The image of `container` cannot be had or run.
    Image {
        container: String,
        image: String,
        reason: String,
        message: String,
    },
    /// A ConfigMap or Secret, or a key in it, is missing; the kubelet's words.
    Config { container: String, message: String },
    /// It ends again and again; the last end's exit code and reason.
    CrashLoop {
        container: String,
        exit_code: Option<i32>,
        reason: String,
        restarts: u32,
        /// What the kubelet or the container itself said of it; may be empty, as below.
        message: String,
    },
    /// A probe of it failed, `liveness` or `startup`, so that the kubelet ended it; what the probe said.
    Probe {
        container: String,
        probe: String,
        restarts: u32,
        message: String,
    },
    /// It runs, and a probe of it, `readiness` or `startup`, does not succeed; what the probe said, where that is known.
    Unready {
        container: String,
        probe: String,
        message: String,
    },
    /// An init container fails, so that no other one starts.
    InitFailed {
        container: String,
        exit_code: i32,
        reason: String,
        message: String,
    },
    /// A volume cannot be mounted; the kubelet's words.
    Volume { message: String },
    /// It took more memory than its limit.
    OutOfMemory { container: String },
    /// `activeDeadlineSeconds` passed.
    DeadlineExceeded,
    /// Its node had to make room; the kubelet's words.
    Evicted { message: String },
    /// Its node is gone or has not been heard of.
    NodeLost { node: String },
    /// A container ended with an error.
    Failed {
        container: String,
        exit_code: i32,
        reason: String,
        message: String,
    },
}

/// Why nodes do not take a pod.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeWhy {
    pub nodes: u32,
    pub cause: NodeCause,
}

/// One cause in the scheduler's message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeCause {
    /// A taint that the pod does not tolerate, as the scheduler writes it; may be empty.
    Taint(String),
    /// Node selector or node affinity.
    Selector,
    PodAffinity,
    PodAntiAffinity,
    TopologySpread,
    /// Too little left of this resource.
    Insufficient(String),
    TooManyPods,
    HostPort,
    /// `spec.nodeName`, or the DaemonSet's own node.
    NodeName,
    Cordoned,
    /// A volume that is bound elsewhere or missing.
    Volume,
    /// Another cause, in the scheduler's words.
    Other(String),
}

/// A pod of a Job or DaemonSet that does not start or did not last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StuckPod {
    pub pod: ObjectRef,
    pub why: PodWhy,
}
