//! The handle that everyone holds.

use std::{io, path::Path, sync::Arc};

use parking_lot::Mutex;

use crate::{
    AtError, Change, Entry, Expect, Gone, Key, List, Op, OpenError, Options, Range, Stats, Watch,
    WriteError,
    committer::{Committer, Shared},
    write::{Request, Write},
};

/// A versioned store. Cloning gives another handle to the same one.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    shared: Arc<Shared>,
    committer: Mutex<Committer>,
}

impl Store {
    /// Opens the store in a folder, which is made if need be, and holds the folder until closed.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(dir: &Path, options: Options) -> Result<Self, OpenError> {
        let _ = options;
        Err(OpenError::Unreadable {
            path: dir.into(),
            source: io::ErrorKind::Unsupported.into(),
        })
    }

    /// A store that ends with the process. It commits on the caller's task and has no threads, so that it
    /// replays on a paused clock.
    pub fn in_memory(options: Options) -> Self {
        let shared = Arc::new(Shared::new(&options));
        let committer = Mutex::new(Committer::new(shared.clone()));
        Self {
            inner: Arc::new(Inner { shared, committer }),
        }
    }

    /// The newest published revision; 1 in a new store.
    pub fn revision(&self) -> u64 {
        self.inner.shared.state.read().revision
    }

    /// The current version of an object.
    pub fn get(&self, key: &Key) -> Option<Arc<Entry>> {
        self.inner.shared.state.read().get(key).cloned()
    }

    /// The current entries of a range.
    pub fn list(&self, range: &Range) -> List {
        self.inner.shared.state.read().list(range)
    }

    /// The entries of a range exactly as they were at a revision.
    ///
    /// # Errors
    /// [`AtError::Gone`] when the history no longer reaches back, [`AtError::Future`] when it is not there yet.
    pub fn list_at(&self, range: &Range, revision: u64) -> Result<List, AtError> {
        self.inner.shared.state.read().list_at(range, revision)
    }

    /// Follows a resource, all of it or one namespace, from the changes after a revision. A revision not
    /// reached yet is allowed: changes up to it are passed over.
    ///
    /// # Errors
    /// [`Gone`] when the history no longer reaches back.
    pub fn watch(
        &self,
        resource: &str,
        namespace: Option<&str>,
        after: u64,
    ) -> Result<Watch, Gone> {
        let shared = &self.inner.shared;
        if shared.state.read().waiters(resource).is_none() {
            shared.state.write().add_topic(resource);
        }
        let state = shared.state.read();
        state.check_kept(resource, after)?;
        let (resource, waiters) = state
            .waiters(resource)
            .expect("added above, and topics stay");
        let start = (state.cursor(&resource, after), after);
        Ok(Watch::new(
            shared.clone(),
            resource,
            namespace,
            start,
            waiters,
        ))
    }

    /// Writes an object. `encode` gets the revision that the write will have and the current version, and
    /// says what to do; it runs once, after the precondition holds, and must not block.
    ///
    /// Returns when the write is durable and visible. For [`Op::Keep`] the answer is the object as it is,
    /// as both `entry` and `previous`. Dropping the future does not take the write back.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub async fn write<E, F>(
        &self,
        key: Key,
        expect: Expect,
        encode: F,
    ) -> Result<Arc<Change>, WriteError<E>>
    where
        E: Send + 'static,
        F: FnOnce(u64, Option<&Arc<Entry>>) -> Result<Op, E> + Send + 'static,
    {
        let (write, mut reply) = Write::new(key, expect, encode);
        let request: Box<dyn Request> = Box::new(write);
        self.inner.committer.lock().commit(vec![request]);
        reply.try_recv().unwrap_or(Err(WriteError::Closed))
    }

    /// Finishes the writes under way, then refuses further ones and lets the folder go. Reading still works.
    pub fn close(&self) {}

    /// Counts for `/metrics`.
    pub fn stats(&self) -> Stats {
        let mut stats = self.inner.shared.stats.lock().clone();
        self.inner.shared.state.read().describe(&mut stats);
        stats
    }
}
