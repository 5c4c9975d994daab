//! The durable log: one file, `objects.log`, appended to by one thread and now and then rewritten.
//!
//! The file is a header, a snapshot (frames of live objects and a closing frame with the snapshot's
//! revision), then one frame for each batch of changes. Every frame carries its length and a checksum,
//! and a batch's data and revisions are one frame, so that a crash leaves all of a batch or none.
//! A batch is answered only after `fdatasync`, hence at most the last frame can be torn; see [`recover`].
//!
//! # Why a log and not an engine
//!
//! Writes of 1.5 kB with their revision in one flushed commit, and opening 20,000 such objects (`engines/`
//! beside this crate: `cargo run --release` there; two cores shared with other work, ext4, the best of five
//! rounds taken in turn):
//!
//! | | 1 writer | p50 | 64 writers | p50 | restart | disk |
//! |---|---|---|---|---|---|---|
//! | this log | 4,183/s | 0.198 ms | 66,440/s | 0.83 ms | 30 ms | 31 MB |
//! | fjall 3.1 | 4,735/s | 0.183 ms | 56,426/s | 0.99 ms | 84 ms | 31 MB |
//! | SQLite WAL, synchronous = FULL | 4,784/s | 0.193 ms | 42,435/s | 1.47 ms | 63 ms | 93 MB |
//! | redb 4.6 | 1,555/s | 0.246 ms | 31,221/s | 2.01 ms | 45 ms | 46 MB |
//!
//! Ours is measured through `Store::write`, with preconditions, objects in memory and history; the others
//! commit only. A single writer waits for the disk, whichever engine asks, so one engine is as good as
//! another. What is left: every object is in memory anyway, so an engine's index would be a second one;
//! a log gives the history back after a restart, which a table does not; and a failed or torn write is
//! handled in code of ours that a test runs at every byte. Hence the log.
//!
//! Deliberately absent: an index on disk (the objects live in memory), and values of other formats.

mod append;
pub(crate) mod disk;
mod frame;
mod recover;
mod rewrite;

pub(crate) use append::Log;
pub(crate) use recover::open;
pub(crate) use rewrite::{Rewrite, Rewritten};

/// The log.
const LOG: &str = "objects.log";
/// The next log while it is being written; worthless until renamed.
const NEXT: &str = "objects.log.next";
