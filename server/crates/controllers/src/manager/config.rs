//! What a manager can be told.

/// Upstream's `--terminated-pod-gc-threshold`.
const MOST_ENDED_PODS: usize = 12_500;

/// How the controllers run.
#[derive(Clone, Debug)]
pub struct Config {
    /// Reconciles at a time, per controller. A key is never in two hands, so this only bounds how
    /// many objects are worked on at once. One in simulation, so that a history repeats.
    pub workers: usize,
    /// Tasks that start CronJobs' slots, with as many workers each. One task keeps one processor busy. One
    /// in simulation.
    pub slot_tasks: usize,
    /// Writes at a time within one reconcile (pods of one Job, of one DaemonSet). One in simulation.
    pub writes_at_once: usize,
    /// Deletes Events an hour after their last report (EVENT-01). Other API servers do it themselves.
    pub expires_events: bool,
    /// Garbage is collected of whatever kinds discovery tells of, not only of those that the embedded
    /// cluster serves.
    pub discovers_kinds: bool,
    /// Finished pods that are kept in the whole cluster (PGC-01).
    pub most_ended_pods: usize,
}

impl Config {
    /// One thing at a time, in order: the same history for the same seed.
    pub fn simulation() -> Self {
        Self {
            workers: 1,
            slot_tasks: 1,
            writes_at_once: 1,
            expires_events: true,
            discovers_kinds: false,
            most_ended_pods: MOST_ENDED_PODS,
        }
    }
}

impl Default for Config {
    /// A reconcile mostly waits for the store's group commit: 16 of them fill a commit without
    /// letting one controller take all of the API server's time. Upstream has 5 workers and 16-wide
    /// pod management. A slot may be that of a thousand CronJobs, which are late together: it may have
    /// two processors, which the small machines have.
    fn default() -> Self {
        Self {
            workers: 16,
            slot_tasks: 2,
            writes_at_once: 16,
            expires_events: true,
            discovers_kinds: false,
            most_ended_pods: MOST_ENDED_PODS,
        }
    }
}
