//! Versioned objects: one global, strictly increasing revision, a bounded history for watches and old
//! lists, and a durable log below.
//!
//! Values are opaque encoded bytes with a few extracted [`Columns`]; nothing here knows a Kubernetes
//! type, a selector or a status code. Time and randomness play no part.

mod committer;
mod errors;
mod log;
mod object;
mod options;
mod queue;
mod range;
mod state;
mod stats;
mod store;
mod waiters;
mod watch;
mod write;

#[cfg(test)]
mod tests;

pub use errors::{AtError, Gone, Lagged, OpenError, WriteError};
pub use object::{Change, ChangeKind, Columns, Encoded, Entry, Key};
pub use options::Options;
pub use range::{List, Range};
pub use stats::Stats;
pub use store::Store;
pub use watch::Watch;
pub use write::{Expect, Op};
