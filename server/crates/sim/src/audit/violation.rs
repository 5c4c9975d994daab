//! A broken invariant.

use jiff::Timestamp;

/// Which invariant broke, where and when. The seed replays it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("seed {seed}, revision {revision}, {at}: {invariant}: {message}")]
pub struct Violation {
    pub seed: u64,
    pub revision: u64,
    pub at: Timestamp,
    pub invariant: &'static str,
    pub message: String,
}
