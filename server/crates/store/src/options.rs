//! The store's bounds.

/// How much a store keeps. What happens at each bound is said beside it.
#[derive(Clone, Debug)]
pub struct Options {
    /// Changes kept for watches and old lists, over all resources. The oldest is forgotten first: a
    /// watcher behind it gets [`crate::Lagged`], an old list [`crate::Gone`].
    pub history: usize,
    /// Bytes of values those changes may hold; the tighter of the two bounds wins.
    pub history_bytes: usize,
    /// The log is rewritten when it is this many bytes longer than twice the live data.
    pub log_slack_bytes: u64,
    /// The log's file is made longer by this much at a time, so that most flushes carry data only: a
    /// flush that must record a new length takes 0.18 ms here, one that need not 0.13 ms. The rest of
    /// the file reads as zeros and takes no space.
    pub log_step_bytes: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            // A continue token should outlive a client's page turning: at 1,000 changes a second,
            // a busy day for one machine, this is more than ten seconds; at rest it is hours.
            history: 16_384,
            // 16,384 changes of 1.5 kB are 28 MB; larger objects must not make it a gigabyte.
            history_bytes: 32 << 20,
            // Reading 16 MiB takes about 10 ms at start, and rewriting so seldom costs next to nothing.
            log_slack_bytes: 16 << 20,
            // A few hundred writes. Small in this crate's tests, so that they cross its end often.
            log_step_bytes: if cfg!(test) { 2 << 10 } else { 1 << 20 },
        }
    }
}
