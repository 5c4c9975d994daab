//! What the controllers count of their own work, as upstream's do: what becomes of Jobs, and how late
//! CronJobs' slots run.

use std::collections::BTreeMap;

use k8s_openapi::api::batch::v1::JobStatus;
use parking_lot::Mutex;

/// Upstream's buckets, in seconds; the last one more holds what is later.
pub const SKEW_BOUNDS: [f64; 10] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];

/// The counts, since the controllers were made.
#[derive(Debug, Default)]
pub struct Meters {
    skew: Mutex<Skew>,
    finished: Mutex<BTreeMap<Finished, u64>>,
}

/// How long after their slots Jobs were created.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Skew {
    /// One for each of [`SKEW_BOUNDS`], and the last for what was later.
    pub buckets: [u64; SKEW_BOUNDS.len() + 1],
    pub sum_secs: f64,
}

/// What Jobs that ended are counted under.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finished {
    pub completion_mode: String,
    pub result: &'static str,
    pub reason: String,
}

impl Meters {
    /// A slot's Job was created so long after it.
    pub fn created_after(&self, secs: f64) {
        let mut skew = self.skew.lock();
        let bucket = SKEW_BOUNDS.partition_point(|bound| *bound < secs);
        skew.buckets[bucket] += 1;
        skew.sum_secs += secs;
    }

    /// A Job has ended with this status.
    pub fn finished(&self, completion_mode: Option<&str>, status: &JobStatus) {
        for (type_, result) in [("Complete", "succeeded"), ("Failed", "failed")] {
            let conditions = status.conditions.iter().flatten();
            for condition in conditions.filter(|c| c.type_ == type_ && c.status == "True") {
                let finished = Finished {
                    completion_mode: completion_mode.unwrap_or("NonIndexed").to_owned(),
                    result,
                    reason: condition.reason.clone().unwrap_or_default(),
                };
                *self.finished.lock().entry(finished).or_default() += 1;
            }
        }
    }

    pub fn skew(&self) -> Skew {
        self.skew.lock().clone()
    }

    /// How many Jobs ended so.
    pub fn jobs_finished(&self) -> BTreeMap<Finished, u64> {
        self.finished.lock().clone()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn slots_are_counted_by_how_late_they_ran() {
        let meters = Meters::default();
        for secs in [0.0, 1.0, 1.5, 600.0] {
            meters.created_after(secs);
        }
        let skew = meters.skew();
        assert_eq!(skew.buckets, [2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
        assert!((skew.sum_secs - 602.5).abs() < 1e-9, "{skew:?}");
    }

    #[test]
    fn jobs_are_counted_by_what_became_of_them() {
        let meters = Meters::default();
        let condition = |type_: &str, status: &str, reason: &str| {
            let condition = json!({"type": type_, "status": status, "reason": reason});
            let status = json!({"conditions": [condition]});
            serde_json::from_value::<JobStatus>(status).expect("a literal status")
        };
        meters.finished(None, &condition("Complete", "True", "CompletionsReached"));
        meters.finished(
            Some("Indexed"),
            &condition("Failed", "True", "BackoffLimitExceeded"),
        );
        meters.finished(
            Some("Indexed"),
            &condition("Failed", "True", "BackoffLimitExceeded"),
        );
        meters.finished(
            None,
            &condition("FailureTarget", "True", "DeadlineExceeded"),
        );
        meters.finished(None, &condition("Complete", "False", ""));
        let finished = meters.jobs_finished().into_iter();
        let rows: Vec<_> = finished
            .map(|(f, count)| format!("{} {} {} {count}", f.completion_mode, f.result, f.reason))
            .collect();
        assert_eq!(
            rows,
            [
                "Indexed failed BackoffLimitExceeded 2",
                "NonIndexed succeeded CompletionsReached 1",
            ]
        );
    }
}
