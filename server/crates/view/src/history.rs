//! What the run ledger knows: runs that ended, beyond their Jobs, and figures from them.

use serde::{Deserialize, Serialize};

use crate::{Millis, ObjectRef, Outcome, Run};

/// A CronJob's figures are of this time back from now.
pub const STATS_MILLIS: Millis = 30 * 24 * 3600 * 1000;
/// Runs in a timeline at most: beyond that a drawing of 30 days has several runs on every pixel.
pub const MOST_TIMELINE_RUNS: usize = 2000;
/// Slots without a run that a page is told.
pub const MOST_NOT_RUN: usize = 500;
/// Slots ahead that a page is told.
pub const MOST_UPCOMING: usize = 200;
/// Runs told whole (with the end of the log) at most; a page of a table.
pub const MOST_PAST_RUNS: usize = 50;
/// "Longer than usual" needs this many finished runs, or one slow start would be the usual.
pub const FEWEST_FOR_USUAL: u32 = 5;

/// What made a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Trigger {
    Schedule,
    /// A person, by the page or by `kubectl create job --from`.
    Manual,
    /// A person, for a slot that had passed.
    Backfill,
    /// A Job of no CronJob.
    #[default]
    Direct,
}

/// A run that ended, as it was then; its Job and pods may be gone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PastRun {
    /// The Job's name; there may be no such Job any more (then `run.job` is `None`).
    pub name: String,
    pub run: Run,
    pub trigger: Trigger,
    /// Who asked for it, and why, where the object says; else empty.
    pub by: String,
    pub because: String,
    /// Reason and message of the condition that ended it, e.g. `BackoffLimitExceeded`.
    pub reason: String,
    pub message: String,
    /// Where its last pod ran, and how that ended; empty and `None` where no pod was seen.
    pub node: String,
    pub exit_code: Option<i32>,
    /// The last lines of that pod's log, oldest first, where they were at hand.
    pub log: Vec<String>,
}

/// Figures of one CronJob over [`STATS_MILLIS`], or since `known_since` where that is later.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunStats {
    /// The page knows of runs from here on.
    pub known_since: Millis,
    pub succeeded: u32,
    pub failed: u32,
    /// Stopped by Replace: neither a success nor a failure.
    pub replaced: u32,
    /// Of runs that succeeded.
    pub duration_median: Option<Millis>,
    pub duration_p95: Option<Millis>,
    /// From the slot to the start of the Job, of scheduled runs.
    pub latency_median: Option<Millis>,
    pub latency_p95: Option<Millis>,
}

impl RunStats {
    /// Part of the runs that succeeded, 0 to 1; `None` before the first has ended.
    pub fn success_rate(&self) -> Option<f64> {
        let ended = self.succeeded + self.failed;
        (ended > 0).then(|| f64::from(self.succeeded) / f64::from(ended))
    }

    /// How long a run usually takes: the median, once enough have succeeded.
    pub fn usual(&self) -> Option<Millis> {
        let enough = self.succeeded >= FEWEST_FOR_USUAL;
        self.duration_median.filter(|_| enough)
    }
}

/// The last 24 hours of the cluster, or of some of its namespaces.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LastDay {
    pub known_since: Millis,
    pub succeeded: u32,
    pub failed: u32,
    pub replaced: u32,
    /// The longest run that ended: its Job's or CronJob's page, and how long it took.
    pub slowest: Option<(ObjectRef, Millis)>,
    /// What failed most often: its page, failures, and runs in all.
    pub most_failing: Option<(ObjectRef, u32, u32)>,
}

impl LastDay {
    pub fn runs(&self) -> u32 {
        self.succeeded + self.failed + self.replaced
    }

    /// Part of the runs that succeeded, 0 to 1; `None` without runs.
    pub fn success_rate(&self) -> Option<f64> {
        let ended = self.succeeded + self.failed;
        (ended > 0).then(|| f64::from(self.succeeded) / f64::from(ended))
    }
}

impl Default for Run {
    fn default() -> Self {
        Self {
            job: None,
            slot: None,
            start: None,
            end: None,
            outcome: Outcome::Succeeded,
            manual: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_usual_needs_some_runs() {
        let of = |succeeded| RunStats {
            succeeded,
            duration_median: Some(10_000),
            ..RunStats::default()
        };
        assert_eq!((of(4).usual(), of(5).usual()), (None, Some(10_000)));
    }
}
