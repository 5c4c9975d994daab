//! The facts a caller can meet.

use std::{io, path::PathBuf, sync::Arc};

use crate::Entry;

/// Why a store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process holds the folder.
    #[error("{} is in use by another process", path.display())]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// The folder or a file in it cannot be read or written.
    #[error("{} cannot be used: {source}", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The log is damaged before its end: dropping the damage would lose acknowledged writes.
    #[error("{} is damaged at byte {offset}: {reason}", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// Where the first bad byte range starts.
        offset: u64,
        /// What is wrong there.
        reason: &'static str,
    },
    /// The log was written in a format this version does not read.
    #[error("{} has log format {found}, this version reads {known}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// The format found.
        found: u32,
        /// The newest format known.
        known: u32,
    },
}

/// The version asked for is older than the history kept (HTTP 410).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the oldest version kept is {oldest}, the newest {current}")]
pub struct Gone {
    /// The oldest version of that resource that can still be served.
    pub oldest: u64,
    /// The newest version.
    pub current: u64,
}

/// Why a list at a version cannot be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AtError {
    /// Too old.
    #[error(transparent)]
    Gone(#[from] Gone),
    /// Not reached yet.
    #[error("version {asked} has not been reached, the newest is {current}")]
    Future {
        /// The version asked for.
        asked: u64,
        /// The newest version.
        current: u64,
    },
}

/// A watcher fell behind the history (HTTP 410, reason Expired); the watch is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the watch fell behind the history: the oldest version kept is {oldest}, the newest {current}"
)]
pub struct Lagged {
    /// The oldest version of that resource that can still be watched from.
    pub oldest: u64,
    /// The newest version.
    pub current: u64,
}

/// Why a write was not made. Nothing of it is visible, now or after a restart.
#[derive(Debug, thiserror::Error)]
pub enum WriteError<E> {
    /// [`crate::Expect::Absent`] met an object.
    #[error("the object exists")]
    Exists,
    /// There is no such object.
    #[error("the object does not exist")]
    Missing,
    /// [`crate::Expect::Revision`] met another revision.
    #[error("the object is at revision {}", current.revision)]
    Conflict {
        /// The object as it is.
        current: Arc<Entry>,
    },
    /// The encode function said no.
    #[error("{0}")]
    Refused(E),
    /// The disk is full; reading goes on, and writing does when there is space again.
    #[error("the disk is full: {0}")]
    Full(Arc<io::Error>),
    /// The disk failed; reading goes on, and every write tries again.
    #[error("the disk failed: {0}")]
    Io(Arc<io::Error>),
    /// The store is closed, or the encode function panicked.
    #[error("the store is closed")]
    Closed,
}
