//! A write, from its precondition to its reply.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    thread,
};

use tokio::sync::oneshot;

use crate::{Change, ChangeKind, Encoded, Entry, Key, WriteError, committer::Failure};

/// What must hold for a write to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// Nothing.
    Any,
    /// There is no such object; else [`WriteError::Exists`].
    Absent,
    /// The object is at this revision; else [`WriteError::Conflict`] or [`WriteError::Missing`].
    Revision(u64),
}

/// What a write does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    /// Creates or replaces.
    Put(Encoded),
    /// Removes; carries the last state, which watchers see.
    Delete(Encoded),
    /// Leaves the object as it is: no revision is used, no event is sent.
    Keep,
}

/// A write whose types the committer need not know.
pub(crate) trait Request: Send {
    fn key(&self) -> &Key;
    /// Checks and encodes. A change is returned for the log, any other outcome is kept for the reply.
    fn stage(
        &mut self,
        key: Key,
        revision: u64,
        current: Option<&Arc<Entry>>,
    ) -> Option<Arc<Change>>;
    /// Replies, once everything that the outcome rests on is durable, or has failed to become so.
    fn settle(self: Box<Self>, durable: Result<(), Failure>);
}

type Outcome<E> = Result<Arc<Change>, WriteError<E>>;
/// A panic of the encode function goes back to its caller; the committer is not to die of it.
pub(crate) type Reply<E> = thread::Result<Outcome<E>>;

/// A write and the way back to its caller.
pub(crate) struct Write<E, F> {
    key: Key,
    expect: Expect,
    encode: Option<F>,
    outcome: Option<Reply<E>>,
    reply: oneshot::Sender<Reply<E>>,
}

impl<E, F> Write<E, F>
where
    E: Send + 'static,
    F: FnOnce(u64, Option<&Arc<Entry>>) -> Result<Op, E> + Send + 'static,
{
    pub fn new(key: Key, expect: Expect, encode: F) -> (Self, oneshot::Receiver<Reply<E>>) {
        let (reply, receiver) = oneshot::channel();
        (
            Self {
                key,
                expect,
                encode: Some(encode),
                outcome: None,
                reply,
            },
            receiver,
        )
    }

    fn decide(
        &mut self,
        key: Key,
        revision: u64,
        current: Option<&Arc<Entry>>,
    ) -> Result<Decision, WriteError<E>> {
        check(self.expect, current)?;
        let encode = self.encode.take().ok_or(WriteError::Closed)?;
        let op = encode(revision, current).map_err(WriteError::Refused)?;
        decide(op, key, revision, current)
    }
}

impl<E, F> Request for Write<E, F>
where
    E: Send + 'static,
    F: FnOnce(u64, Option<&Arc<Entry>>) -> Result<Op, E> + Send + 'static,
{
    fn key(&self) -> &Key {
        &self.key
    }

    fn stage(
        &mut self,
        key: Key,
        revision: u64,
        current: Option<&Arc<Entry>>,
    ) -> Option<Arc<Change>> {
        let decided = catch_unwind(AssertUnwindSafe(|| self.decide(key, revision, current)));
        let (outcome, staged) = match decided {
            Ok(Ok(Decision::Made(change))) => (Ok(Ok(change.clone())), Some(change)),
            Ok(Ok(Decision::Kept(change))) => (Ok(Ok(change)), None),
            Ok(Err(refusal)) => (Ok(Err(refusal)), None),
            Err(panic) => (Err(panic), None),
        };
        self.outcome = Some(outcome);
        staged
    }

    fn settle(self: Box<Self>, durable: Result<(), Failure>) {
        let outcome = match durable {
            Ok(()) => self.outcome.unwrap_or(Ok(Err(WriteError::Closed))),
            Err(failure) => Ok(Err(failure.into())),
        };
        // a caller that went away wants no reply
        let _ = self.reply.send(outcome);
    }
}

enum Decision {
    Made(Arc<Change>),
    Kept(Arc<Change>),
}

fn check<E>(expect: Expect, current: Option<&Arc<Entry>>) -> Result<(), WriteError<E>> {
    match (expect, current) {
        (Expect::Any, _) | (Expect::Absent, None) => Ok(()),
        (Expect::Absent, Some(_)) => Err(WriteError::Exists),
        (Expect::Revision(_), None) => Err(WriteError::Missing),
        (Expect::Revision(revision), Some(entry)) if entry.revision == revision => Ok(()),
        (Expect::Revision(_), Some(entry)) => Err(WriteError::Conflict {
            current: entry.clone(),
        }),
    }
}

fn decide<E>(
    op: Op,
    key: Key,
    revision: u64,
    current: Option<&Arc<Entry>>,
) -> Result<Decision, WriteError<E>> {
    let (kind, encoded) = match (op, current) {
        (Op::Put(encoded), _) => (ChangeKind::Put, encoded),
        (Op::Delete(encoded), Some(_)) => (ChangeKind::Delete, encoded),
        (Op::Keep, Some(entry)) => return Ok(Decision::Kept(Arc::new(kept(entry)))),
        (Op::Delete(_) | Op::Keep, None) => return Err(WriteError::Missing),
    };
    let Encoded { value, columns } = encoded;
    let entry = Arc::new(Entry {
        key,
        revision,
        value,
        columns,
    });
    Ok(Decision::Made(Arc::new(Change {
        revision,
        kind,
        entry,
        previous: current.cloned(),
    })))
}

/// The answer to [`Op::Keep`]: the object as it is, at the revision it has.
fn kept(entry: &Arc<Entry>) -> Change {
    Change {
        revision: entry.revision,
        kind: ChangeKind::Put,
        entry: entry.clone(),
        previous: Some(entry.clone()),
    }
}
