//! The published state: the objects of each resource and the changes that led there.
//!
//! Only the committer changes it, and only after the change is durable.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use super::{listing, topic::Topic};
use crate::{AtError, Change, Entry, Gone, Key, List, Options, Range, Stats};

/// The published state of a store.
pub(crate) struct State {
    /// Newest published revision.
    pub revision: u64,
    pub(super) topics: BTreeMap<Arc<str>, Topic>,
    /// The resource of each change kept, oldest first: whose history to shorten next.
    order: VecDeque<Arc<str>>,
    history_bytes: usize,
    /// Changes up to here were never in this history (they were compacted before it was read).
    pub(super) base: u64,
    live_bytes: u64,
    max_changes: usize,
    max_bytes: usize,
}

impl State {
    /// An empty store. Its revision is 1, since clients read a zero as "any version".
    pub fn new(options: &Options) -> Self {
        Self {
            revision: 1,
            topics: BTreeMap::new(),
            order: VecDeque::new(),
            history_bytes: 0,
            base: 0,
            live_bytes: 0,
            max_changes: options.history.max(1),
            max_bytes: options.history_bytes,
        }
    }

    /// The current version of an object.
    pub fn get(&self, key: &Key) -> Option<&Arc<Entry>> {
        self.topics
            .get(&*key.resource)?
            .get(&key.namespace, &key.name)
    }

    /// The same key, sharing its text with the keys already here.
    pub fn shared_key(&self, key: &Key) -> Key {
        if let Some(entry) = self.get(key) {
            return entry.key.clone();
        }
        let Some((resource, topic)) = self.topics.get_key_value(&*key.resource) else {
            return key.clone();
        };
        let namespace = topic
            .shared_namespace(&key.namespace)
            .unwrap_or(&key.namespace);
        Key {
            resource: resource.clone(),
            namespace: namespace.clone(),
            name: key.name.clone(),
        }
    }

    /// A key that shares its text with the keys already here.
    pub fn key(&self, resource: &str, namespace: &str, name: &str) -> Key {
        let known = self.topics.get_key_value(resource);
        if let Some(entry) = known.and_then(|(_, topic)| topic.get(namespace, name)) {
            return entry.key.clone();
        }
        let shared = known.and_then(|(_, topic)| topic.shared_namespace(namespace));
        Key {
            resource: known.map_or_else(|| resource.into(), |(resource, _)| resource.clone()),
            namespace: shared.map_or_else(|| namespace.into(), Arc::clone),
            name: name.into(),
        }
    }

    /// The entries of a range, now.
    pub fn list(&self, range: &Range) -> List {
        match self.topics.get(&*range.resource) {
            Some(topic) => listing::now(topic, range, self.revision),
            None => listing::empty(self.revision),
        }
    }

    /// The entries of a range as they were at a revision.
    pub fn list_at(&self, range: &Range, revision: u64) -> Result<List, AtError> {
        if revision > self.revision {
            return Err(AtError::Future {
                asked: revision,
                current: self.revision,
            });
        }
        self.check_kept(&range.resource, revision)?;
        Ok(match self.topics.get(&*range.resource) {
            Some(topic) => listing::at(topic, range, revision),
            None => listing::empty(revision),
        })
    }

    /// Whether every change of a resource after a revision is still here.
    pub fn check_kept(&self, resource: &str, revision: u64) -> Result<(), Gone> {
        let oldest = self.oldest(resource);
        if revision < oldest {
            Err(Gone {
                oldest,
                current: self.revision,
            })
        } else {
            Ok(())
        }
    }

    fn oldest(&self, resource: &str) -> u64 {
        self.topics
            .get(resource)
            .map_or(self.base, |topic| topic.floor)
    }

    /// Makes a change visible. Changes come in order of their revisions.
    pub fn apply(&mut self, change: Arc<Change>) {
        debug_assert!(change.revision > self.revision, "revisions only grow");
        self.revision = change.revision;
        let resource = &change.entry.key.resource;
        if !self.topics.contains_key(&**resource) {
            self.topics.insert(resource.clone(), Topic::new(self.base));
        }
        let topic = self.topics.get_mut(&**resource).expect("inserted above");
        self.live_bytes += topic.apply(&change);
        self.live_bytes -= change
            .previous
            .as_ref()
            .map_or(0, |entry| entry.weight() as u64);
        self.remember(change);
    }

    /// Puts an entry of a snapshot in its place, without history.
    pub fn restore(&mut self, entry: Arc<Entry>) {
        let resource = &entry.key.resource;
        if !self.topics.contains_key(&**resource) {
            self.topics.insert(resource.clone(), Topic::new(self.base));
        }
        self.live_bytes += entry.weight() as u64;
        self.topics
            .get_mut(&**resource)
            .expect("inserted above")
            .insert(entry);
    }

    /// Ends a snapshot: this revision is where the history begins.
    pub fn restored(&mut self, revision: u64) {
        self.revision = revision;
        // the revision of an empty store: nothing came before it
        self.base = if revision == 1 { 0 } else { revision };
        let base = self.base;
        self.topics
            .values_mut()
            .for_each(|topic| topic.floor = base);
    }

    fn remember(&mut self, change: Arc<Change>) {
        self.history_bytes += change.entry.weight();
        self.order.push_back(change.entry.key.resource.clone());
        let topic = self
            .topics
            .get_mut(&*change.entry.key.resource)
            .expect("the change was applied");
        topic.remember(change);
        while self.order.len() > self.max_changes
            || (self.history_bytes > self.max_bytes && self.order.len() > 1)
        {
            let resource = self.order.pop_front().expect("longer than the bound");
            let topic = self.topics.get_mut(&*resource).expect("topics stay");
            self.history_bytes -= topic.forget();
        }
    }

    /// Every live entry, in key order.
    pub fn entries(&self) -> Vec<Arc<Entry>> {
        self.topics
            .values()
            .flat_map(Topic::entries)
            .cloned()
            .collect()
    }

    /// Bytes of live entries, near enough.
    pub fn live_bytes(&self) -> u64 {
        self.live_bytes
    }

    /// Fills in what is counted here.
    pub fn describe(&self, stats: &mut Stats) {
        stats.revision = self.revision;
        stats.objects = self
            .topics
            .iter()
            .map(|(resource, topic)| (resource.clone(), topic.len))
            .collect();
        stats.watchers = self
            .topics
            .values()
            .map(|topic| topic.waiters.count())
            .sum();
        stats.history = self.order.len();
        stats.history_bytes = self.history_bytes;
        stats.live_bytes = self.live_bytes;
    }
}
