//! Committing: batches, the thread that makes them durable, and the log's compaction.

mod commit;
mod compaction;
mod failure;
mod shared;
mod thread;

pub(crate) use commit::Committer;
pub(crate) use failure::Failure;
pub(crate) use shared::Shared;
pub(crate) use thread::CommitterThread;
