//! When to rewrite the log, and who does it.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
};

use super::Committer;
use crate::{
    log::{Log, Rewrite, Rewritten},
    queue::Queue,
};

/// The rewriting of the log: due, running, or neither.
pub(super) struct Compaction {
    slack_bytes: u64,
    /// After a failure (a full disk, likely) not before the log has this length.
    not_before_bytes: u64,
    running: Option<Running>,
}

struct Running {
    cancelled: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Compaction {
    pub fn new(slack_bytes: u64) -> Self {
        Self {
            slack_bytes,
            not_before_bytes: 0,
            running: None,
        }
    }

    fn is_due(&self, log_bytes: u64, live_bytes: u64) -> bool {
        // twice the live data: each byte is rewritten once for each byte appended, on average
        let outgrown = log_bytes > 2 * live_bytes + self.slack_bytes;
        outgrown && self.running.is_none() && log_bytes >= self.not_before_bytes
    }
}

impl Committer {
    /// Starts a rewrite beside the committer when the log has outgrown the live data.
    pub(super) fn compact_if_due(&mut self, queue: &Arc<Queue>) {
        let Some(rewrite) = self.due_rewrite() else {
            return;
        };
        let cancelled = Arc::new(AtomicBool::new(false));
        let (queue, flag) = (queue.clone(), cancelled.clone());
        let run = move || queue.rewritten(rewrite.run(&flag));
        match thread::Builder::new()
            .name("orrery-compact".into())
            .spawn(run)
        {
            Ok(thread) => self.compaction.running = Some(Running { cancelled, thread }),
            Err(_) => self.put_off(),
        }
    }

    /// Rewrites the log on the caller's task when it has outgrown the live data.
    pub fn compact_here_if_due(&mut self) {
        if let Some(rewrite) = self.due_rewrite() {
            let outcome = rewrite.run(&AtomicBool::new(false));
            self.finish_compaction(outcome);
        }
    }

    fn due_rewrite(&self) -> Option<Rewrite> {
        let log = self.log.as_ref()?;
        let state = self.shared.state.read();
        let due = self.compaction.is_due(log.bytes(), state.live_bytes());
        due.then(|| log.rewrite(state.revision, state.entries()))
    }

    fn put_off(&mut self) {
        let bytes = self.log.as_ref().map_or(0, Log::bytes);
        self.compaction.not_before_bytes = bytes + self.compaction.slack_bytes;
    }

    /// Goes on with the new log, or with the old one if that failed.
    pub(super) fn finish_compaction(&mut self, outcome: io::Result<Rewritten>) {
        self.join_compaction();
        let Some(log) = &mut self.log else { return };
        let replaced = match outcome {
            Ok(rewritten) => log.replace(rewritten),
            Err(error) => {
                log.abandon();
                Err(error)
            }
        };
        let mut stats = self.shared.stats.lock();
        stats.fsyncs = log.fsyncs;
        stats.log_bytes = log.bytes();
        match replaced {
            Ok(()) => stats.compactions += 1,
            Err(_) => {
                drop(stats);
                self.put_off();
            }
        }
    }

    /// Stops a rewrite that nobody will use.
    pub(super) fn cancel_compaction(&mut self) {
        if self.join_compaction()
            && let Some(log) = &self.log
        {
            log.abandon();
        }
    }

    /// Whether one was running.
    fn join_compaction(&mut self) -> bool {
        let Some(Running { cancelled, thread }) = self.compaction.running.take() else {
            return false;
        };
        cancelled.store(true, Ordering::Relaxed);
        let _ = thread.join();
        true
    }
}
