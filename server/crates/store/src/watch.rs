//! Following a resource's changes.

use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll, ready},
};

use futures::Stream;
use tokio::task::coop::cooperative;

use crate::{
    Change, Lagged,
    committer::Shared,
    state::{Next, State},
    waiters::Waiters,
};

/// The changes of one resource after a version, in order, each exactly once.
///
/// A watch is a cursor into the shared history: it buffers nothing, and costs nothing while it rests. One
/// that falls behind the history gets [`Lagged`] and must list again. As a [`Stream`] it ends after that.
/// Closing the store ends no watch; it only brings no more changes.
pub struct Watch {
    shared: Arc<Shared>,
    resource: Arc<str>,
    namespace: Option<Box<str>>,
    /// Position in the resource's history of the next change to look at.
    cursor: u64,
    /// Deliver nothing up to this revision.
    after: u64,
    waiters: Arc<Waiters>,
    slot: usize,
    ended: bool,
}

impl Watch {
    pub(crate) fn new(
        shared: Arc<Shared>,
        resource: Arc<str>,
        namespace: Option<&str>,
        (cursor, after): (u64, u64),
        waiters: Arc<Waiters>,
    ) -> Self {
        let slot = waiters.join();
        let namespace = namespace.map(Box::from);
        Self {
            shared,
            resource,
            namespace,
            cursor,
            after,
            waiters,
            slot,
            ended: false,
        }
    }

    /// The next change; waits for it. Dropping the future loses nothing.
    ///
    /// # Errors
    /// [`Lagged`] when the history no longer holds it.
    pub async fn next(&mut self) -> Result<Arc<Change>, Lagged> {
        poll_fn(|context| self.poll_change(context)).await
    }

    /// The next change if there is one already.
    ///
    /// # Errors
    /// [`Lagged`] when the history no longer holds it.
    pub fn try_next(&mut self) -> Result<Option<Arc<Change>>, Lagged> {
        let state = self.shared.state.read();
        let next = self.look(&state);
        drop(state);
        self.take(next)
    }

    /// The revision up to which every matching change has been delivered: what a bookmark may say.
    pub fn progress(&self) -> u64 {
        let state = self.shared.state.read();
        match self.look(&state) {
            Next::Change { change, .. } => change.revision - 1,
            Next::None { .. } => state.revision.max(self.after),
            Next::Lagged(_) => self.after,
        }
    }

    fn look(&self, state: &State) -> Next {
        let namespace = self.namespace.as_deref();
        state.next(&self.resource, namespace, self.cursor, self.after)
    }

    /// The next change, or a wake-up when there is one.
    pub fn poll_change(&mut self, context: &mut Context<'_>) -> Poll<Result<Arc<Change>, Lagged>> {
        // Registered while the state is held for reading: a change published later finds the waker.
        let state = self.shared.state.read();
        let next = self.look(&state);
        if matches!(next, Next::None { .. }) {
            self.waiters.wait(self.slot, context.waker());
        }
        drop(state);
        if matches!(next, Next::Change { .. }) {
            // a long backlog must not keep the task's thread from its neighbours
            ready!(pin!(cooperative(std::future::ready(()))).poll(context));
        }
        match self.take(next) {
            Ok(Some(change)) => Poll::Ready(Ok(change)),
            Ok(None) => Poll::Pending,
            Err(lagged) => Poll::Ready(Err(lagged)),
        }
    }

    fn take(&mut self, next: Next) -> Result<Option<Arc<Change>>, Lagged> {
        match next {
            Next::Change { change, cursor } => {
                self.cursor = cursor;
                self.after = change.revision;
                Ok(Some(change))
            }
            Next::None { cursor } => {
                self.cursor = cursor;
                Ok(None)
            }
            Next::Lagged(lagged) => Err(lagged),
        }
    }
}

impl Stream for Watch {
    type Item = Result<Arc<Change>, Lagged>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let watch = self.get_mut();
        if watch.ended {
            return Poll::Ready(None);
        }
        let polled = watch.poll_change(context);
        watch.ended = matches!(polled, Poll::Ready(Err(_)));
        polled.map(Some)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.waiters.leave(self.slot);
    }
}
