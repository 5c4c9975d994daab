//! One object with what surrounds it, as its page shows it. Sent whole when anything in it changes.

use serde::{Deserialize, Serialize};

use crate::{
    CronJobRow, DaemonSetRow, EventRow, JobRow, Millis, NodeRow, PastRun, PodRow, PodWhy, Run,
    RunStats, SlotWhy, StuckPod,
};

/// Any detail.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Detail {
    CronJob(CronJobDetail),
    Job(JobDetail),
    DaemonSet(DaemonSetDetail),
    Pod(PodDetail),
    Node(NodeDetail),
}

/// Facts that every page shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Common {
    /// `k=v`, sorted.
    pub labels: Vec<String>,
    pub annotations: Vec<(String, String)>,
    pub events: Vec<EventRow>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CronJobDetail {
    pub row: CronJobRow,
    pub common: Common,
    /// The next slots, at most [`crate::MOST_UPCOMING`].
    pub upcoming: Vec<Millis>,
    /// Its Jobs, newest first, by owner uid.
    pub runs: Vec<JobRow>,
    pub starting_deadline_secs: Option<i64>,
    pub successful_history: i32,
    pub failed_history: i32,
    /// Slots of the last 30 days that did not run, newest first, the latest [`crate::MOST_NOT_RUN`] of them.
    pub not_run: Vec<NotRun>,
    /// Why it does not run at all now, when that is so.
    pub idle: Option<SlotWhy>,
    pub stats: RunStats,
    /// Oldest first: its runs of the last 30 days, the latest [`crate::MOST_TIMELINE_RUNS`] of them, and
    /// those that are not over.
    pub timeline: Vec<Run>,
    /// Newest first: the latest [`crate::MOST_PAST_RUNS`] that ended, whole.
    pub past: Vec<PastRun>,
    pub template: Template,
}

/// A slot without a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NotRun {
    pub slot: Millis,
    pub outcome: crate::Outcome,
    pub why: SlotWhy,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobDetail {
    pub row: JobRow,
    pub common: Common,
    pub conditions: Vec<Condition>,
    /// Newest first.
    pub pods: Vec<PodRow>,
    pub backoff_limit: i32,
    /// What else of its spec says how it runs and ends, by field: those that are set.
    pub rules: Vec<(String, String)>,
    pub active_deadline_secs: Option<i64>,
    /// `spec.ttlSecondsAfterFinished`.
    pub ttl_secs: Option<i64>,
    /// When the TTL controller will remove it, once finished.
    pub expires: Option<Millis>,
    /// Completed and failed indexes of an Indexed Job, as the API writes them (`0-2,5`).
    pub completed_indexes: String,
    pub failed_indexes: String,
    /// Every index of an Indexed Job, in order and run-length: at most a few entries for each pod and hole.
    pub indexes: Vec<IndexRun>,
    /// Its pods as spans of time, the oldest first, those that are gone included as far as they were seen.
    pub spans: Vec<PodSpan>,
    /// To where what still runs is drawn: the end of a finished Job, the time of suspension, else the server's
    /// clock in steps of about a hundredth of the run.
    pub seen: Millis,
    /// Its pods that do not start or did not last, newest first.
    pub stuck: Vec<StuckPod>,
    pub template: Template,
}

/// Consecutive indexes in one state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexRun {
    pub first: u32,
    pub last: u32,
    pub state: IndexState,
    /// The newest pod of a single index.
    pub pod: Option<String>,
}

/// The state of an index, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IndexState {
    /// Failed for good.
    Failed,
    /// Its pod failed, and the next one is still to come.
    Retrying,
    /// Its pod waits for a node or an image.
    Waiting,
    Running,
    /// Its pod was taken away before it ended.
    Stopped,
    /// No pod yet, or never.
    Open,
    Succeeded,
}

/// A pod as a span of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PodSpan {
    pub name: String,
    pub index: Option<u32>,
    pub created: Millis,
    /// When its node began with it.
    pub start: Option<Millis>,
    pub end: Option<Millis>,
    pub state: SpanState,
    /// The pod is no longer there.
    pub gone: bool,
    pub restarts: u32,
}

/// What a pod did, or does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SpanState {
    Waiting,
    Running,
    Succeeded,
    Failed,
    /// Removed before it ended: by a suspension, a deadline, an eviction.
    Stopped,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DaemonSetDetail {
    pub row: DaemonSetRow,
    pub common: Common,
    pub pods: Vec<PodRow>,
    pub max_unavailable: String,
    pub max_surge: String,
    /// Its pods that do not start or did not last, newest first.
    pub stuck: Vec<StuckPod>,
    /// Its ControllerRevisions, the newest first.
    pub history: Vec<Revision>,
    pub template: Template,
}

/// A revision of a template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    pub number: i64,
    /// The ControllerRevision's name.
    pub name: String,
    pub created: Millis,
    /// `kubernetes.io/change-cause`; else empty.
    pub cause: String,
    /// Live pods made from it.
    pub pods: u32,
    /// The template of now.
    pub current: bool,
    /// What it changed of the revision before it; empty for the oldest that is kept.
    pub changes: Vec<Change>,
}

/// A value of a template that came, went or changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// `spec.containers[main].image`
    pub path: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PodDetail {
    pub row: PodRow,
    pub common: Common,
    pub conditions: Vec<Condition>,
    /// Init containers first.
    pub containers: Vec<ContainerDetail>,
    pub restart_policy: String,
    pub host_ip: String,
    pub qos: String,
    /// Why it does not start or did not last; empty while all is well.
    pub why: Vec<PodWhy>,
    pub volumes: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodeDetail {
    pub row: NodeRow,
    pub common: Common,
    pub conditions: Vec<Condition>,
    pub pods: Vec<PodRow>,
    /// Resource, allocatable, requested; in the API's quantities.
    pub resources: Vec<(String, String, String)>,
    /// Name and value: kernel, OS image, runtime (which says the isolation that is on)…
    pub info: Vec<(String, String)>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    pub type_: String,
    pub status: String,
    pub reason: String,
    pub message: String,
    pub since: Option<Millis>,
}

/// A container with its configuration and state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContainerDetail {
    pub name: String,
    pub image: String,
    pub init: bool,
    pub command: Vec<String>,
    pub dot: crate::ContainerDot,
    pub message: String,
    pub exit_code: Option<i32>,
    pub started: Option<Millis>,
    pub finished: Option<Millis>,
    pub restarts: u32,
    /// The run before this one: reason, exit code and end, when there was one.
    pub last: Option<LastRun>,
    pub env: Vec<(String, String)>,
    /// `volume → path`.
    pub mounts: Vec<(String, String)>,
    /// `8080/TCP`, `8080/TCP → host 18080`.
    pub ports: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LastRun {
    pub reason: String,
    pub exit_code: i32,
    pub finished: Option<Millis>,
}

/// The containers of a pod template, for the "runs" facts of a page.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Template {
    pub containers: Vec<TemplateContainer>,
    pub restart_policy: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TemplateContainer {
    pub name: String,
    pub image: String,
    pub command: Vec<String>,
}

impl Detail {
    /// The events shown on the page.
    pub fn common(&self) -> &Common {
        match self {
            Self::CronJob(detail) => &detail.common,
            Self::Job(detail) => &detail.common,
            Self::DaemonSet(detail) => &detail.common,
            Self::Pod(detail) => &detail.common,
            Self::Node(detail) => &detail.common,
        }
    }
}
