//! The handle that everyone holds.

use std::{convert::Infallible, panic::resume_unwind, path::Path, sync::Arc};

use parking_lot::Mutex;

use crate::{
    AtError, Change, Entry, Expect, Gone, Key, List, MemoryDisk, Op, OpenError, Options, Range,
    Stats, Watch, WriteError,
    committer::{Committer, CommitterThread, Shared},
    log::{
        self,
        disk::{Folder, RealFolder},
    },
    state::State,
    write::{Request, Write},
};

/// A versioned store. Cloning gives another handle to the same one.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    shared: Arc<Shared>,
    backend: Mutex<Backend>,
}

enum Backend {
    /// On the caller's task.
    Here(Box<Committer>),
    Thread(CommitterThread),
    Closed,
}

impl Store {
    /// Opens the store in a folder, which is made if need be, and holds the folder until closed.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(dir: &Path, options: Options) -> Result<Self, OpenError> {
        Self::open_in(Arc::new(RealFolder::lock(dir)?), &options)
    }

    pub(crate) fn open_in(folder: Arc<dyn Folder>, options: &Options) -> Result<Self, OpenError> {
        let path = folder.path().to_owned();
        let (shared, committer) = recover(folder, options)?;
        let thread = CommitterThread::spawn(committer)
            .map_err(|source| OpenError::Unreadable { path, source })?;
        Ok(Self::new(shared, Backend::Thread(thread)))
    }

    /// Opens the store on a disk in memory, log and all. It commits and compacts on the caller's task
    /// and has no threads, so that it replays on a paused clock.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn on_memory_disk(disk: &MemoryDisk, options: &Options) -> Result<Self, OpenError> {
        let (shared, committer) = recover(Arc::new(disk.clone()), options)?;
        Ok(Self::new(shared, Backend::Here(Box::new(committer))))
    }

    /// A store that ends with the process. It commits on the caller's task and has no threads, so that it
    /// replays on a paused clock.
    pub fn in_memory(options: Options) -> Self {
        let shared = Arc::new(Shared::new(State::new(&options)));
        let committer = Committer::new(shared.clone(), None, &options);
        Self::new(shared, Backend::Here(Box::new(committer)))
    }

    fn new(shared: Arc<Shared>, backend: Backend) -> Self {
        Self {
            inner: Arc::new(Inner {
                shared,
                backend: Mutex::new(backend),
            }),
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
        let (write, reply) = Write::new(key, expect, encode);
        self.submit(Box::new(write));
        match reply.await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(panic)) => resume_unwind(panic),
            Err(_) => Err(WriteError::Closed),
        }
    }

    /// Returns when the writes that were handed in before are visible or have failed, also those whose
    /// callers went away.
    pub async fn settled(&self) {
        let nothing = Key::new("", "", "");
        let refused = self.write(nothing, Expect::Revision(0), |_, _| {
            Ok::<_, Infallible>(Op::Keep)
        });
        // what is refused is so in its turn
        let _ = refused.await;
    }

    /// A write that is not taken is dropped, whereby its caller learns of it.
    fn submit(&self, request: Box<dyn Request>) {
        let mut backend = self.inner.backend.lock();
        match &mut *backend {
            Backend::Here(committer) => {
                committer.commit(vec![request]);
                committer.compact_here_if_due();
            }
            Backend::Thread(thread) => thread.push(request),
            Backend::Closed => {}
        }
    }

    /// Finishes the writes under way, then refuses further ones and lets the folder go. Reading still works.
    /// Blocks for a flush at most; dropping the last handle does the same.
    pub fn close(&self) {
        let backend = std::mem::replace(&mut *self.inner.backend.lock(), Backend::Closed);
        // outside the lock: it waits for the committer, which may be running an encode function
        drop(backend);
    }

    /// Counts for `/metrics`.
    pub fn stats(&self) -> Stats {
        let mut stats = self.inner.shared.stats.lock().clone();
        self.inner.shared.state.read().describe(&mut stats);
        stats
    }
}

/// Replays the folder's log into a committer that will go on with it.
fn recover(
    folder: Arc<dyn Folder>,
    options: &Options,
) -> Result<(Arc<Shared>, Committer), OpenError> {
    let mut state = State::new(options);
    let log = log::open(folder, &mut state, options.log_step_bytes)?;
    let shared = Arc::new(Shared::new(state));
    shared.stats.lock().log_bytes = log.bytes();
    let committer = Committer::new(shared.clone(), Some(log), options);
    Ok((shared, committer))
}
