//! The thread that commits to disk.

use std::{
    io,
    sync::Arc,
    thread::{self, JoinHandle},
};

use super::Committer;
use crate::{
    log::Log,
    queue::{Queue, Work},
    write::Request,
};

/// A committer on a thread of its own: `fdatasync` blocks, and no task should.
pub(crate) struct CommitterThread {
    queue: Arc<Queue>,
    handle: Option<JoinHandle<()>>,
}

impl CommitterThread {
    pub fn spawn(committer: Committer) -> io::Result<Self> {
        let queue = Arc::new(Queue::default());
        let guard = CloseOnExit(queue.clone());
        let run = move || committer.run(&guard.0);
        let handle = thread::Builder::new()
            .name("orrery-store".into())
            .spawn(run)?;
        Ok(Self {
            queue,
            handle: Some(handle),
        })
    }

    /// Hands a write over.
    pub fn push(&self, request: Box<dyn Request>) {
        self.queue.push(request);
    }
}

impl Drop for CommitterThread {
    /// Waits until what is under way is durable and the folder is free.
    fn drop(&mut self) {
        self.queue.close();
        // the last handle may be dropped by an encode function, which is on that very thread
        if let Some(handle) = self.handle.take()
            && handle.thread().id() != thread::current().id()
        {
            let _ = handle.join();
        }
    }
}

/// However the thread ends, nobody waits for it for ever.
struct CloseOnExit(Arc<Queue>);

impl Drop for CloseOnExit {
    fn drop(&mut self) {
        self.0.close();
        let unanswered: Vec<Box<dyn Request>> = self.0.take().requests;
        drop(unanswered);
    }
}

impl Committer {
    fn run(mut self, queue: &Arc<Queue>) {
        loop {
            let Work {
                requests,
                rewritten,
                closed,
            } = queue.take();
            if let Some(outcome) = rewritten {
                self.finish_compaction(outcome);
            }
            self.commit(requests);
            if closed {
                self.cancel_compaction();
                return self.log.iter_mut().for_each(Log::trim);
            }
            self.compact_if_due(queue);
        }
    }
}
