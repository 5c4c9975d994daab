//! All CronJobs on one axis of time: a day back, a day ahead.

use serde::{Deserialize, Serialize};

use crate::{Concurrency, CronJobRow, Millis, ObjectRef, Outcome};

/// The axis reaches so far back and so far ahead of now.
pub const LOAD_MILLIS: Millis = 24 * 3600 * 1000;
/// A bar of the histogram: fine enough that a crowded midnight stands out, wide enough to be pointed at.
pub const LOAD_STEP_MILLIS: Millis = 15 * 60 * 1000;

/// Which CronJobs are on the axis, and which of them have lanes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadQuery {
    /// Those of these namespaces; none: of all.
    pub namespaces: Vec<String>,
    /// How many come before the first lane, the next to run first. Beyond the end it is the last lanes that are meant.
    pub offset: u32,
}

/// What the schedules ask of the cluster.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Load {
    pub from: Millis,
    pub to: Millis,
    pub now: Millis,
    /// The most slots of any one minute in each [`LOAD_STEP_MILLIS`] from `from` on; those of suspended CronJobs are
    /// not among them.
    pub steps: Vec<u32>,
    /// The minutes ahead in which most CronJobs start, the most crowded first; two at least.
    pub crowds: Vec<Crowd>,
    /// CronJobs before the first lane.
    pub offset: u32,
    pub lanes: Vec<LoadLane>,
    /// Of all CronJobs, with a lane or without.
    pub overlaps: Vec<Overlap>,
    /// Of any CronJob it is known how long its runs take.
    pub timed: bool,
    /// CronJobs that there are.
    pub total: u32,
    /// CronJobs whose slots were not counted, since all slots together were too many.
    pub uncounted: u32,
}

/// CronJobs that start in the same minute, and in others after it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Crowd {
    pub at: Millis,
    pub count: u32,
    /// How many more minutes ahead have just these.
    pub again: u32,
    /// The first of them by name.
    pub some: Vec<ObjectRef>,
}

/// A CronJob whose runs last beyond their next slot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Overlap {
    pub cronjob: ObjectRef,
    pub why: Lasting,
}

/// How it is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Lasting {
    /// So many of its latest runs were replaced before they ended, all of them.
    Replaced(u32),
    /// A run takes `usual` in the middle, and the shortest time between two slots ahead is `gap`.
    Beyond {
        concurrency: Concurrency,
        usual: Millis,
        gap: Millis,
    },
}

/// A run, or a slot without one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoadMark {
    pub at: Millis,
    pub outcome: Outcome,
    /// The name of its Job, while that is there.
    pub job: Option<String>,
}

/// One CronJob on the axis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoadLane {
    pub row: CronJobRow,
    /// Runs and slots without one, oldest first.
    pub past: Vec<LoadMark>,
    /// Slots ahead.
    pub next: Vec<Millis>,
    /// There are more slots ahead than are told one by one.
    pub dense: bool,
    /// How long its runs take in the middle, once enough are known.
    pub usual: Option<Millis>,
}
