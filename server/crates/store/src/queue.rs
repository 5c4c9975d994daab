//! Where writes wait for the committer.
//!
//! Unbounded here: every waiting write belongs to a caller that awaits it, so the bound is the number of
//! requests the server lets in.

use std::io;

use parking_lot::{Condvar, Mutex};

use crate::{log::Rewritten, write::Request};

/// Work for the committer's thread, from many callers.
#[derive(Default)]
pub(crate) struct Queue {
    work: Mutex<Work>,
    ready: Condvar,
}

/// What has come together since the committer last looked.
#[derive(Default)]
pub(crate) struct Work {
    pub requests: Vec<Box<dyn Request>>,
    /// The outcome of a rewrite of the log.
    pub rewritten: Option<io::Result<Rewritten>>,
    /// Nothing more will come.
    pub closed: bool,
}

impl Queue {
    /// Adds a write; a closed queue drops it, whereby its caller learns of it.
    pub fn push(&self, request: Box<dyn Request>) {
        let mut work = self.work.lock();
        if !work.closed {
            work.requests.push(request);
            self.ready.notify_one();
        }
    }

    /// Says how a rewrite ended.
    pub fn rewritten(&self, outcome: io::Result<Rewritten>) {
        self.work.lock().rewritten = Some(outcome);
        self.ready.notify_one();
    }

    /// Takes no further writes.
    pub fn close(&self) {
        self.work.lock().closed = true;
        self.ready.notify_one();
    }

    /// Everything there is; waits until there is something.
    pub fn take(&self) -> Work {
        let mut work = self.work.lock();
        while work.requests.is_empty() && work.rewritten.is_none() && !work.closed {
            self.ready.wait(&mut work);
        }
        let closed = work.closed;
        std::mem::replace(
            &mut *work,
            Work {
                closed,
                ..Work::default()
            },
        )
    }
}
