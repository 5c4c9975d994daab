//! The durable log: one file, `objects.log`, appended to by one thread and now and then rewritten.
//!
//! The file is a header, a snapshot (frames of live objects and a closing frame with the snapshot's
//! revision), then one frame for each batch of changes. Every frame carries its length and a checksum,
//! and a batch's data and revisions are one frame, so that a crash leaves all of a batch or none.
//! A batch is answered only after `fdatasync`, hence at most the last frame can be torn; see [`recover`].
//!
//! Deliberately absent: an index on disk (the objects live in memory), and values of other formats.

mod append;
pub(crate) mod disk;
mod frame;
mod recover;
mod rewrite;

pub(crate) use append::Log;
pub(crate) use recover::open;
pub(crate) use rewrite::Rewritten;

/// The log.
const LOG: &str = "objects.log";
/// The next log while it is being written; worthless until renamed.
const NEXT: &str = "objects.log.next";
