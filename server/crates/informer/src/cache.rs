//! A kind's objects as a watch tells them, indexed, with handlers that hear each change.
//!
//! Handlers run in the watch's own task, after the cache shows the change; they are for nudging
//! queues, never for work. Reads are cheap and ordered by key.

mod read;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use futures::StreamExt;
use kube::runtime::watcher::{self, Event};
use kube::runtime::{WatchStreamExt, watcher as watch_kind};
use kube::{Api, Resource};
use parking_lot::RwLock;
use serde::de::DeserializeOwned;
use tokio::sync::Notify;

use crate::{Doubling, ObjectKey, revision_of};

/// Waits between attempts of a watch that fails: short, for the API server is usually in this very
/// process; capped where a real cluster's recovery is still noticed soon.
const WATCH_RETRY: Doubling = Doubling::new(Duration::from_millis(50), Duration::from_secs(10));

/// One change as handlers see it: created (`old` is None), updated, or deleted (`new` is None).
/// After a relist, unchanged objects are not repeated, and an object that another of its name has
/// replaced meanwhile is deleted before that one is created: whoever goes by uids must hear of both.
#[derive(Debug)]
pub struct Change<K> {
    pub old: Option<Arc<K>>,
    pub new: Option<Arc<K>>,
}

impl<K> Clone for Change<K> {
    fn clone(&self) -> Self {
        Self {
            old: self.old.clone(),
            new: self.new.clone(),
        }
    }
}

impl<K> Change<K> {
    /// The newest state there is: of the live object, or the last one of the deleted.
    pub fn object(&self) -> &Arc<K> {
        let newest = self.new.as_ref().or(self.old.as_ref());
        newest.expect("a change has a before or an after")
    }
}

type IndexFn<K> = Box<dyn Fn(&K) -> Vec<String> + Send + Sync>;
type Handler<K> = Box<dyn Fn(&Change<K>) + Send + Sync>;

/// A point in a kind's history that the cache may or may not have reached; see [`Cache::reached`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Mark {
    revision: u64,
    lists_begun: u64,
}

/// Shared, indexed view of all objects of one kind. Clones are handles on the same cache.
pub struct Cache<K>(Arc<Shared<K>>);

struct Shared<K> {
    state: RwLock<State<K>>,
    index_fns: Vec<(&'static str, IndexFn<K>)>,
    trim: fn(&mut K),
    handlers: RwLock<Vec<Handler<K>>>,
    newest_revision: AtomicU64,
    lists_begun: AtomicU64,
    last_list_done: AtomicU64,
    synced: AtomicBool,
    handed_out: AtomicU64,
    /// Wakes in the order of waiting; a watch channel wakes in any order, and no run would repeat.
    listed: Notify,
}

struct State<K> {
    objects: BTreeMap<ObjectKey, Arc<K>>,
    indexes: Vec<Index<K>>,
}

/// By value, then by key. The objects stand here too: looking each of a thousand keys up again would
/// cost more than whatever is done with the objects.
type Index<K> = BTreeMap<String, BTreeMap<ObjectKey, Arc<K>>>;

/// Declares a cache's indexes, and what it keeps.
pub struct CacheBuilder<K> {
    index_fns: Vec<(&'static str, IndexFn<K>)>,
    trim: fn(&mut K),
}

impl<K> Clone for Cache<K> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K> CacheBuilder<K> {
    /// Adds an index; `values` says under which values an object is found.
    pub fn index(
        mut self,
        name: &'static str,
        values: impl Fn(&K) -> Vec<String> + Send + Sync + 'static,
    ) -> Self {
        self.index_fns.push((name, Box::new(values)));
        self
    }

    /// Takes from each object, before it is kept or told, what no reader of the cache looks at.
    pub fn trim(mut self, trim: fn(&mut K)) -> Self {
        self.trim = trim;
        self
    }

    pub fn build(self) -> Cache<K> {
        let indexes = self.index_fns.iter().map(|_| BTreeMap::new()).collect();
        Cache(Arc::new(Shared {
            state: RwLock::new(State {
                objects: BTreeMap::new(),
                indexes,
            }),
            index_fns: self.index_fns,
            trim: self.trim,
            handlers: RwLock::new(Vec::new()),
            newest_revision: AtomicU64::new(0),
            lists_begun: AtomicU64::new(0),
            last_list_done: AtomicU64::new(0),
            synced: AtomicBool::new(false),
            handed_out: AtomicU64::new(0),
            listed: Notify::new(),
        }))
    }
}

impl<K> Cache<K>
where
    K: Resource<DynamicType = ()> + Clone + DeserializeOwned + Debug + Send + Sync + 'static,
{
    pub fn builder() -> CacheBuilder<K> {
        CacheBuilder {
            index_fns: Vec::new(),
            trim: |_| {},
        }
    }

    /// Adds a handler. Add handlers before [`Cache::watch`] runs: they do not hear of the past.
    pub fn on(&self, handler: impl Fn(&Change<K>) + Send + Sync + 'static) {
        self.0.handlers.write().push(Box::new(handler));
    }

    /// Keeps the cache current for as long as the future is polled: list, watch, relist when the
    /// history is gone (410), retry when the server is away.
    pub async fn watch(&self, api: Api<K>, config: watcher::Config) {
        let events = watch_kind(api, config).backoff(WATCH_RETRY);
        let mut events = pin!(events);
        let mut listed = BTreeMap::new();
        while let Some(event) = events.next().await {
            match event {
                Ok(event) => self.take(event, &mut listed),
                Err(error) => {
                    tracing::debug!(kind = %K::kind(&()), %error, "watch interrupted, trying again");
                }
            }
        }
    }

    fn take(&self, event: Event<K>, listed: &mut BTreeMap<ObjectKey, Arc<K>>) {
        match event {
            Event::Init => {
                self.0.lists_begun.fetch_add(1, Ordering::AcqRel);
                listed.clear();
            }
            Event::InitApply(mut object) => {
                self.slim(&mut object);
                let object = Arc::new(object);
                // nothing to compare the first list with: who hears of it works while the rest comes
                match self.0.lists_begun.load(Ordering::Acquire) {
                    0 | 1 => self.apply(object),
                    _ => _ = listed.insert(ObjectKey::of(object.meta()), object),
                }
            }
            Event::InitDone => match self.0.lists_begun.load(Ordering::Acquire) {
                0 | 1 => self.listed(),
                _ => self.replace(std::mem::take(listed)),
            },
            Event::Apply(mut object) => {
                self.slim(&mut object);
                self.apply(Arc::new(object));
            }
            Event::Delete(mut object) => {
                self.slim(&mut object);
                self.delete(object);
            }
        }
    }

    /// Drops who owns which field: often half of an object, and nothing that reads a cache asks for it. An
    /// update that is sent without it leaves the server's own record as it is.
    fn slim(&self, object: &mut K) {
        object.meta_mut().managed_fields = None;
        (self.0.trim)(object);
    }

    fn apply(&self, object: Arc<K>) {
        let revision = revision_of(object.meta());
        let key = ObjectKey::of(object.meta());
        let old = self.0.put(key, Some(object.clone()));
        self.0.newest_revision.fetch_max(revision, Ordering::AcqRel);
        let unchanged = old
            .as_ref()
            .is_some_and(|old| revision_of(old.meta()) == revision && revision > 0);
        if unchanged {
            return;
        }
        let (replaced, old) = match old {
            Some(old) if old.meta().uid != object.meta().uid => (Some(old), None),
            old => (None, old),
        };
        if replaced.is_some() {
            let (old, new) = (replaced, None);
            self.tell(&Change { old, new });
        }
        let new = Some(object);
        self.tell(&Change { old, new });
    }

    fn delete(&self, object: K) {
        let old = self.0.put(ObjectKey::of(object.meta()), None);
        self.0
            .newest_revision
            .fetch_max(revision_of(object.meta()), Ordering::AcqRel);
        // The last state is what the server sent with the deletion, not what was cached before it.
        if old.is_some() {
            let old = Some(Arc::new(object));
            self.tell(&Change { old, new: None });
        }
    }

    fn replace(&self, listed: BTreeMap<ObjectKey, Arc<K>>) {
        let gone: Vec<_> = {
            let state = self.0.state.read();
            let keys = state.objects.keys();
            keys.filter(|key| !listed.contains_key(*key))
                .cloned()
                .collect()
        };
        for key in gone {
            let old = self.0.put(key, None);
            self.tell(&Change { old, new: None });
        }
        for object in listed.into_values() {
            self.apply(object);
        }
        self.listed();
    }

    fn listed(&self) {
        let begun = self.0.lists_begun.load(Ordering::Acquire);
        self.0.last_list_done.store(begun, Ordering::Release);
        self.0.synced.store(true, Ordering::Release);
        self.0.listed.notify_waiters();
    }

    fn tell(&self, change: &Change<K>) {
        for handler in self.0.handlers.read().iter() {
            handler(change);
        }
    }

    /// How many objects were given to whoever asked, so far: a reconcile that walks over objects that
    /// are not its own shows here, however fast the machine is.
    pub fn handed_out(&self) -> u64 {
        self.0.handed_out.load(Ordering::Relaxed)
    }

    /// True after the first complete list.
    pub fn is_synced(&self) -> bool {
        self.0.synced.load(Ordering::Acquire)
    }

    /// Waits for the first complete list.
    pub async fn synced(&self) {
        let mut listed = pin!(self.0.listed.notified());
        // in line before looking, so that no list is missed
        listed.as_mut().enable();
        if !self.is_synced() {
            listed.await;
        }
    }

    /// Marks the write whose answer carried `meta`, for [`Cache::reached`].
    pub fn mark(&self, meta: &kube::core::ObjectMeta) -> Mark {
        Mark {
            revision: revision_of(meta),
            lists_begun: self.0.lists_begun.load(Ordering::Acquire),
        }
    }

    /// Whether the cache shows the marked write or something later (JOB-07, DS-23). A list that began
    /// after the write counts too: what was written may be deleted since and never be seen.
    pub fn reached(&self, mark: &Mark) -> bool {
        self.0.newest_revision.load(Ordering::Acquire) >= mark.revision
            || self.0.last_list_done.load(Ordering::Acquire) > mark.lists_begun
    }
}

impl<K> Shared<K> {
    fn position(&self, name: &'static str) -> usize {
        let position = self.index_fns.iter().position(|(n, _)| *n == name);
        position.unwrap_or_else(|| panic!("no index named {name}"))
    }

    fn count(&self, objects: usize) {
        self.handed_out.fetch_add(objects as u64, Ordering::Relaxed);
    }

    /// Puts or removes the object under `key`, in the indexes too; answers what was there.
    fn put(&self, key: ObjectKey, object: Option<Arc<K>>) -> Option<Arc<K>> {
        let mut state = self.state.write();
        let State { objects, indexes } = &mut *state;
        let old = match &object {
            Some(object) => objects.insert(key.clone(), object.clone()),
            None => objects.remove(&key),
        };
        for ((_, values), index) in self.index_fns.iter().zip(indexes) {
            for value in old.iter().flat_map(|old| values(old)) {
                remove_from(index, &value, &key);
            }
            let Some(object) = &object else { continue };
            for value in values(object) {
                let objects = index.entry(value).or_default();
                objects.insert(key.clone(), object.clone());
            }
        }
        old
    }
}

fn remove_from<K>(index: &mut Index<K>, value: &str, key: &ObjectKey) {
    if let Some(objects) = index.get_mut(value) {
        objects.remove(key);
        if objects.is_empty() {
            index.remove(value);
        }
    }
}

#[cfg(test)]
mod tests;
