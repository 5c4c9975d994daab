//! Versioned objects: one global, strictly increasing revision, a bounded history for watches and old
//! lists, and a durable log below.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! use orrery_store::{Columns, Encoded, Expect, Key, Op, Options, Store};
//!
//! let store = Store::in_memory(Options::default());
//! let mut watch = store.watch("batch/jobs", None, store.revision()).unwrap();
//! let put = |revision: u64, _: Option<&_>| {
//!     let value = format!("pi at {revision}").into();
//!     Ok::<_, ()>(Op::Put(Encoded { value, columns: Columns::default() }))
//! };
//! let made = store.write(Key::new("batch/jobs", "default", "pi"), Expect::Absent, put).await.unwrap();
//! assert_eq!(&made.entry.value[..], b"pi at 2");
//! assert_eq!(watch.next().await.unwrap(), made);
//! # });
//! ```
//!
//! Rules that hold throughout:
//!
//! - One committer assigns revisions. A change is visible to [`Store::get`], lists and watches, and its
//!   writer is answered, only after it is durable; so no crash can give a revision that someone saw to
//!   other data.
//! - Readers share entries by reference count and never wait for the disk.
//! - A watch is a cursor into the shared history, without a queue of its own: falling behind means
//!   [`Lagged`], and listing again.
//! - In memory, and over a [`MemoryDisk`], the same code runs on the caller's task, without threads, so
//!   that a simulated run replays.
//!
//! Values are opaque encoded bytes with a few extracted [`Columns`]; nothing here knows a Kubernetes
//! type, a selector or a status code. Time plays no part.

mod committer;
mod errors;
mod log;
mod memory_disk;
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
pub use memory_disk::{DiskFaults, MemoryDisk, Unflushed};
pub use object::{Change, ChangeKind, Columns, Encoded, Entry, Key};
pub use options::Options;
pub use range::{List, Range};
pub use stats::Stats;
pub use store::Store;
pub use watch::Watch;
pub use write::{Expect, Op};
