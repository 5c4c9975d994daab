//! A row per object, as lists show it.

// No `flatten` and no internal tag: serde reads those through a copy of everything, which costs the browser
// more code than the rest of this crate.
use serde::{Deserialize, Serialize};

use crate::{Kind, Millis, NotRun, ObjectRef, PodWhy};

/// Any row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Row {
    CronJob(CronJobRow),
    Job(JobRow),
    DaemonSet(DaemonSetRow),
    Pod(PodRow),
    Node(NodeRow),
    Event(EventRow),
}

/// What every row starts with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    pub uid: String,
    /// Empty for nodes.
    pub namespace: String,
    pub name: String,
    pub created: Millis,
    /// Deletion was asked for and has not finished.
    #[serde(default)]
    pub deleting: bool,
}

/// What a CronJob is doing, the worst first. A word and a colour, never a guess: suspended is not failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CronJobStatus {
    /// The last finished run failed.
    Failing,
    /// The schedule or zone cannot be read, or never fires.
    Invalid,
    /// Slots are being skipped because a run is still active (Forbid).
    Skipping,
    Running,
    Healthy,
    Suspended,
    /// Has not run yet.
    Waiting,
}

/// A CronJob.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CronJobRow {
    pub head: Head,
    pub status: CronJobStatus,
    pub schedule: String,
    /// The schedule as a sentence, in both languages.
    pub sentence: Sentence,
    /// IANA name; `None` is the controller's zone, UTC in the embedded engine.
    pub time_zone: Option<String>,
    pub suspend: bool,
    pub concurrency: Concurrency,
    /// The next slot, also while suspended ("would run"); `None`: never, or unreadable.
    pub next_run: Option<Millis>,
    pub last_run: Option<Run>,
    /// Oldest first, the last 20 runs and skipped or missed slots.
    pub strip: Vec<Run>,
    /// Unfinished Jobs it owns, manual ones included.
    pub active: u32,
    /// Why slots of the strip did not run, newest first.
    #[serde(default)]
    pub gaps: Vec<NotRun>,
}

/// Runs in a row that the next one replaced, after which none is likely to end.
pub const NEVER_ENDS: usize = 3;
/// A run that starts this long after its slot is late: ten times what the controller's own rounds take.
const LATE_MILLIS: Millis = 60_000;

impl CronJobRow {
    /// Its schedule is well formed, and no time is what it asks for: 30 February.
    pub fn never_fires(&self) -> bool {
        self.status == CronJobStatus::Invalid && !self.sentence.en.is_empty()
    }

    /// How many of its latest runs and slots that are over ended so.
    pub fn latest(&self, outcome: Outcome) -> usize {
        let over = self.strip.iter().rev();
        let over = over.filter(|run| run.outcome != Outcome::Running);
        over.take_while(|run| run.outcome == outcome).count()
    }

    /// By how much its last run started late, if it was a scheduled one and did.
    pub fn late(&self) -> Option<Millis> {
        let run = self.last_run.as_ref()?;
        let by = run.start? - run.slot.filter(|_| !run.manual)?;
        (by > LATE_MILLIS).then_some(by)
    }

    /// The worst first, as lists are sorted by status: what missed its latest slot, or was late for it, before what is
    /// well.
    pub fn rank(&self) -> i64 {
        let is_off = self.latest(Outcome::Missed) > 0 || self.late().is_some();
        match self.status {
            CronJobStatus::Running | CronJobStatus::Healthy | CronJobStatus::Waiting if is_off => {
                CronJobStatus::Running as i64
            }
            status
            @ (CronJobStatus::Failing | CronJobStatus::Invalid | CronJobStatus::Skipping) => {
                status as i64
            }
            status => status as i64 + 1,
        }
    }
}

/// A sentence in each language of the page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sentence {
    pub en: String,
    pub ko: String,
}

/// `spec.concurrencyPolicy`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Concurrency {
    #[default]
    Allow,
    Forbid,
    Replace,
}

/// One run of a CronJob, or a slot that did not run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// The Job; `None` for a slot that did not run.
    pub job: Option<ObjectRef>,
    /// The nominal time of the slot, for scheduled runs.
    pub slot: Option<Millis>,
    pub start: Option<Millis>,
    pub end: Option<Millis>,
    pub outcome: Outcome,
    pub manual: bool,
}

/// How a run ended, or why a slot has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    Running,
    Succeeded,
    Failed,
    /// Stopped by Replace.
    Replaced,
    /// Its Job was deleted before it ended: neither a success nor a failure.
    Deleted,
    /// Forbid, and a run was still active.
    Skipped,
    /// No run and no better reason known.
    Missed,
}

/// A Job's status, one word from its conditions (PR-11).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JobStatus {
    Failed,
    Failing,
    Terminating,
    Running,
    Suspended,
    Complete,
}

/// A Job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobRow {
    pub head: Head,
    pub status: JobStatus,
    /// Reason of the condition that decides the status, e.g. `DeadlineExceeded`; else empty.
    pub reason: String,
    pub message: String,
    pub owner: Option<ObjectRef>,
    pub manual: bool,
    pub suspend: bool,
    pub succeeded: u32,
    /// `None`: a work queue, done when one pod succeeded and all ended.
    pub completions: Option<u32>,
    pub parallelism: u32,
    pub active: u32,
    pub ready: u32,
    pub failed: u32,
    pub indexed: bool,
    pub start: Option<Millis>,
    /// When it completed or failed: a finished Job's duration stands still.
    pub end: Option<Millis>,
    /// start + activeDeadlineSeconds, while running.
    pub deadline: Option<Millis>,
    /// How long past runs of its CronJob took, while it runs and enough of them are known.
    #[serde(default)]
    pub usual: Option<Millis>,
}

/// A DaemonSet's status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DaemonSetStatus {
    /// Fewer available pods than nodes that want one.
    Unavailable,
    /// Pods of an older revision remain.
    Updating,
    /// They remain until somebody deletes them (OnDelete).
    Paused,
    Healthy,
    /// No node is eligible.
    Idle,
}

/// A DaemonSet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DaemonSetRow {
    pub head: Head,
    pub status: DaemonSetStatus,
    pub desired: u32,
    pub current: u32,
    pub ready: u32,
    pub updated: u32,
    pub available: u32,
    pub misscheduled: u32,
    /// `k=v` pairs, sorted.
    pub node_selector: Vec<String>,
    pub update_strategy: String,
    /// A cell per node, by node name.
    pub cells: Vec<NodeCell>,
}

/// What a DaemonSet has on one node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeCell {
    pub node: String,
    pub state: CellState,
    pub pod: Option<String>,
    /// Addresses to open, `http://…`, one for each hostPort of a running pod.
    pub addresses: Vec<String>,
    /// Why it is excluded or waits, e.g. `nodeSelector disk=ssd`; else empty.
    pub why: String,
    /// Why its pod does not start or does not last, where that is known better.
    pub because: Option<PodWhy>,
}

/// The state of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CellState {
    Ready,
    NotReady,
    Pending,
    /// Runs an older revision of the template.
    Old,
    /// Eligible, and no pod there yet.
    Missing,
    Excluded,
    /// Runs where it should not.
    Misscheduled,
}

/// How a pod fares, for the colour of its dot; the word is [`PodRow::status`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PodHealth {
    Bad,
    /// It failed, and its Job tells of it.
    Failed,
    Waiting,
    Running,
    Terminating,
    Done,
}

/// A Pod.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PodRow {
    pub head: Head,
    /// kubectl's ladder (PR-13): Running, Completed, CrashLoopBackOff…
    pub status: String,
    pub health: PodHealth,
    /// Why it is so, where the API says: a scheduler's or kubelet's message; else empty.
    pub message: String,
    pub ready: u32,
    pub total: u32,
    pub containers: Vec<ContainerDot>,
    pub restarts: u32,
    pub last_restart: Option<Millis>,
    /// Empty until bound.
    pub node: String,
    pub ip: String,
    pub owner: Option<ObjectRef>,
    /// Completion index of an Indexed Job's pod.
    pub index: Option<u32>,
    pub start: Option<Millis>,
    pub end: Option<Millis>,
    /// Addresses to open, `http://…`, one for each hostPort while running.
    pub addresses: Vec<String>,
}

/// One container's state in a word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerDot {
    pub name: String,
    pub state: ContainerState,
    pub ready: bool,
    /// The API's word for why it waits or failed; else empty.
    pub reason: String,
    /// How it failed.
    pub exit: Option<Exit>,
}

/// How a container ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exit {
    Code(i32),
    Signal(i32),
}

/// A container's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ContainerState {
    Waiting,
    Running,
    Succeeded,
    Failed,
}

/// A Node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodeRow {
    pub head: Head,
    pub ready: bool,
    /// Reason and message of a Ready condition that is not True; else empty.
    pub message: String,
    pub cordoned: bool,
    /// Its machine was switched off by hand; only those of the embedded cluster can be.
    #[serde(default)]
    pub off: bool,
    pub roles: Vec<String>,
    /// `key=value:Effect`.
    pub taints: Vec<String>,
    /// `k=v`, sorted.
    pub labels: Vec<String>,
    pub address: String,
    pub version: String,
    /// Pods bound here, as squares inside the node.
    pub pods: Vec<PodSquare>,
    pub pod_capacity: u32,
}

/// A pod inside its node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PodSquare {
    pub namespace: String,
    pub name: String,
    pub health: PodHealth,
    pub status: String,
}

/// An Event, repeats folded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventRow {
    pub head: Head,
    pub warning: bool,
    pub reason: String,
    pub message: String,
    /// `kind/name`, lower-case kind.
    pub object: String,
    /// The object, when its kind has a page.
    pub link: Option<ObjectRef>,
    pub source: String,
    pub count: u32,
    pub first: Millis,
    pub last: Millis,
}

impl Row {
    pub fn head(&self) -> &Head {
        match self {
            Self::CronJob(row) => &row.head,
            Self::Job(row) => &row.head,
            Self::DaemonSet(row) => &row.head,
            Self::Pod(row) => &row.head,
            Self::Node(row) => &row.head,
            Self::Event(row) => &row.head,
        }
    }

    pub fn kind(&self) -> Kind {
        match self {
            Self::CronJob(_) => Kind::CronJob,
            Self::Job(_) => Kind::Job,
            Self::DaemonSet(_) => Kind::DaemonSet,
            Self::Pod(_) => Kind::Pod,
            Self::Node(_) => Kind::Node,
            Self::Event(_) => Kind::Event,
        }
    }
}
