//! Numbers and times as the API has them.

use jiff::Timestamp;

/// Counts of pods fit: the API server bounds parallelism and a sync's pods far below.
pub fn as_count(len: usize) -> i32 {
    i32::try_from(len).unwrap_or(i32::MAX)
}

/// Kubernetes keeps times in whole seconds.
pub fn whole_seconds(now: Timestamp) -> Timestamp {
    Timestamp::from_second(now.as_second()).expect("a timestamp cut to its second is one")
}
