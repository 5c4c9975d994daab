//! Counts for `/metrics`.

use std::{collections::BTreeMap, sync::Arc};

/// Buckets of [`Stats::batch_sizes`]: bucket `i` counts batches of at most `2^i` changes that did not
/// fit a smaller one. The last is the largest batch the committer makes.
pub(crate) const BATCH_BUCKETS: usize = 11;

/// A moment's counts. Counters start at zero when the store is opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Newest published revision.
    pub revision: u64,
    /// Objects per resource.
    pub objects: BTreeMap<Arc<str>, usize>,
    /// Watches open.
    pub watchers: usize,
    /// Changes kept.
    pub history: usize,
    /// Bytes those changes hold, near enough.
    pub history_bytes: usize,
    /// Changes committed.
    pub changes: u64,
    /// Batches committed.
    pub batches: u64,
    /// How many batches had at most 1, 2, 4 … 1,024 changes (each counted once, in its smallest bucket).
    pub batch_sizes: [u64; BATCH_BUCKETS],
    /// Times the log was flushed to the disk.
    pub fsyncs: u64,
    /// Bytes in the log; zero in memory.
    pub log_bytes: u64,
    /// Bytes of live objects, near enough.
    pub live_bytes: u64,
    /// Times the log was rewritten.
    pub compactions: u64,
    /// Batches the disk refused.
    pub failures: u64,
}

impl Stats {
    /// Counts a committed batch.
    pub(crate) fn count_batch(&mut self, changes: usize) {
        self.batches += 1;
        self.changes += changes as u64;
        let bucket = changes.next_power_of_two().trailing_zeros() as usize;
        self.batch_sizes[bucket.min(BATCH_BUCKETS - 1)] += 1;
    }
}
