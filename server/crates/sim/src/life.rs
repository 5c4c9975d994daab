//! One run of a process: it ends once, and everyone who waits for that hears of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// A cheap handle.
#[derive(Clone, Default)]
pub struct Life(Arc<Run>);

#[derive(Default)]
struct Run {
    over: AtomicBool,
    /// Wakes in the order of waiting; a watch channel wakes in any order, and no run would repeat.
    ended: Notify,
}

impl Life {
    /// Ends it: nothing of it is sent or answered any more.
    pub fn end(&self) {
        self.0.over.store(true, Ordering::Relaxed);
        self.0.ended.notify_waiters();
    }

    pub fn is_over(&self) -> bool {
        self.0.over.load(Ordering::Relaxed)
    }

    /// Resolves when it has ended.
    pub async fn ended(&self) {
        let mut ended = std::pin::pin!(self.0.ended.notified());
        ended.as_mut().enable();
        if !self.is_over() {
            ended.await;
        }
    }
}
