//! What people write, by chance.

use serde_json::{Value, json};

use super::Workload;
use crate::builders::{CronJobBuilder, DaemonSetBuilder, JobBuilder, cronjob, daemonset, job};

/// With a deadline that is shorter it never runs ([`Workload::timing`]).
const EVERY: &str = "@every 70s";
/// Every one comes at least once in the time in which CronJobs are watched, and in even steps,
/// for upstream may pass over slots in uneven ones (CJ-37). None comes twice in a minute: the two would
/// have one name for their Jobs (CJ-21).
const SCHEDULES: [&str; 5] = [
    "* * * * *",
    "* * * * *",
    "*/2 * * * *",
    "1-59/2 * * * *",
    EVERY,
];
const ZONES: [Option<&str>; 4] = [
    None,
    Some("Asia/Seoul"),
    Some("America/St_Johns"),
    Some("Etc/UTC"),
];
/// Of the pods of one DaemonSet; another one's are next to it.
const HOST_PORT: u16 = 7000;

impl Workload {
    fn one_of<T: Copy>(&self, choices: &[T]) -> T {
        choices[self.dice.below(choices.len() as u64) as usize]
    }

    /// From 1 to `most`.
    fn count(&self, most: u64) -> i32 {
        self.dice.below(most) as i32 + 1
    }

    pub(super) fn policy(&self) -> &'static str {
        self.one_of(&["Allow", "Forbid", "Replace"])
    }

    /// Schedule, zone and deadline.
    pub(super) fn timing(&self) -> Value {
        let schedule = self.one_of(&SCHEDULES);
        // CRON-10 with CJ-35: it counts from the deadline before each look, if that is the later
        let least = if schedule == EVERY { 75 } else { 20 };
        let deadline = match self.dice.below(3) {
            0 => json!(least + self.dice.below(100)),
            _ => Value::Null,
        };
        json!({
            "schedule": schedule,
            "timeZone": self.one_of(&ZONES),
            "startingDeadlineSeconds": deadline,
        })
    }

    pub(super) fn next_job(&self) -> JobBuilder {
        job(&format!("job-{}", self.jobs_made + 1))
    }

    pub(super) fn random_cronjob(&self) -> CronJobBuilder {
        let built = cronjob(&format!("cron-{}", self.dice.below(4)));
        let kept = |below| self.dice.below(below) as i32;
        let built = built
            .with("concurrencyPolicy", json!(self.policy()))
            .keeps(kept(3), kept(2));
        let timing = self.timing();
        let timing = timing.as_object().into_iter().flatten();
        let built = timing.fold(built, |built, (field, value)| {
            built.with(field, value.clone())
        });
        built.of(|job| self.random_job(job))
    }

    pub(super) fn random_job(&self, built: JobBuilder) -> JobBuilder {
        let built = built
            .parallelism(self.count(3))
            .backoff_limit(self.count(2))
            .runs_for(self.dice.below(100));
        let built = match self.dice.below(6) {
            0 => built.exits_with(self.count(2)),
            1 => built.ignores_sigterm(20),
            2 => built.runs_out_of_memory(),
            _ => built,
        };
        let built = match self.dice.below(8) {
            0..=1 => built.starts_in(1 + self.dice.below(40)),
            2 => built.refuses_starts(self.count(3) as u32),
            _ => built,
        };
        let built = match self.dice.below(6) {
            0..=1 => self.indexed(built),
            // a work queue: no completions
            2 => self.with_policies(built, false),
            _ => self.with_policies(built.completions(self.count(4)), false),
        };
        match self.dice.below(6) {
            0 => built.active_deadline_secs(self.dice.below(60) as i64 + 5),
            3 => {
                let deadline_secs = self.dice.below(60) as i64 + 5;
                let hangs = built.runs_forever().ignores_sigterm(20);
                hangs.active_deadline_secs(deadline_secs)
            }
            1 => built.ttl_secs(self.dice.below(60) as i32),
            2 => built.suspended(),
            _ => built,
        }
    }

    fn indexed(&self, built: JobBuilder) -> JobBuilder {
        let completions = self.count(4);
        let built = built.indexed().completions(completions);
        let built = match self.dice.below(4) {
            // elastic: it may grow and shrink
            0 => built.parallelism(completions),
            1 => {
                let rule = match self.dice.below(2) {
                    0 => json!({"succeededCount": self.count(completions as u64)}),
                    _ => json!({"succeededIndexes": "0"}),
                };
                built.with("successPolicy", json!({"rules": [rule]}))
            }
            _ => built,
        };
        let per_index = self.dice.below(3) == 0;
        let built = match per_index {
            true => {
                let limit = self.dice.below(2);
                let built = built.with("backoffLimitPerIndex", json!(limit));
                match self.dice.below(2) {
                    0 => {
                        let most = self.dice.below(completions as u64);
                        built.with("maxFailedIndexes", json!(most))
                    }
                    _ => built,
                }
            }
            false => built,
        };
        self.with_policies(built, per_index)
    }

    /// What is said of pods that fail. Nothing ignores what a script does at every start.
    fn with_policies(&self, built: JobBuilder, per_index: bool) -> JobBuilder {
        match self.dice.below(6) {
            0 => {
                let actions: &[_] = match per_index {
                    true => &["FailJob", "Count", "FailIndex"],
                    false => &["FailJob", "Count"],
                };
                let disrupted = json!({
                    "action": "Ignore",
                    "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}],
                });
                let exit = json!({
                    "action": self.one_of(actions),
                    "onExitCodes": {"operator": "In", "values": [2, 143]},
                });
                built.with("podFailurePolicy", json!({"rules": [disrupted, exit]}))
            }
            1 => built.with("podReplacementPolicy", json!("Failed")),
            _ => built,
        }
    }

    pub(super) fn random_daemonset(&self) -> DaemonSetBuilder {
        let number = self.dice.below(2);
        let built = daemonset(&format!("daemon-{number}"));
        let built = match self.dice.below(4) {
            0 => built.max_surge(1),
            3 => built.on_delete(),
            many => built
                .max_unavailable(many as i32)
                .host_port(HOST_PORT + number as u16),
        };
        let built = match self.dice.below(3) {
            0 => built.min_ready_secs(self.count(20)),
            _ => built,
        };
        match self.dice.below(3) {
            0 => built.only_where("disk", "ssd"),
            _ => built,
        }
    }
}
