//! One resource: its objects, its recent changes, and who waits for more.

use std::{
    collections::{BTreeMap, VecDeque},
    ops::Bound,
    sync::Arc,
};

use crate::{Change, ChangeKind, Entry, Range, waiters::Waiters};

/// Objects of one namespace by name.
type Names = BTreeMap<Arc<str>, Arc<Entry>>;

pub(crate) struct Topic {
    namespaces: BTreeMap<Arc<str>, Names>,
    /// How many objects there are.
    pub len: usize,
    /// Changes kept, oldest first.
    pub changes: VecDeque<Arc<Change>>,
    /// Position of `changes[0]` among all changes this resource ever had here.
    first: u64,
    /// Every change after this revision is in `changes`.
    pub floor: u64,
    pub waiters: Arc<Waiters>,
}

impl Topic {
    pub fn new(floor: u64) -> Self {
        Self {
            namespaces: BTreeMap::new(),
            len: 0,
            changes: VecDeque::new(),
            first: 0,
            floor,
            waiters: Arc::default(),
        }
    }

    pub fn get(&self, namespace: &str, name: &str) -> Option<&Arc<Entry>> {
        self.namespaces.get(namespace)?.get(name)
    }

    pub fn shared_namespace(&self, namespace: &str) -> Option<&Arc<str>> {
        self.namespaces
            .get_key_value(namespace)
            .map(|(shared, _)| shared)
    }

    pub fn entries(&self) -> impl Iterator<Item = &Arc<Entry>> {
        self.namespaces.values().flat_map(BTreeMap::values)
    }

    /// How many objects there are in a namespace, or in all of them.
    pub fn count(&self, namespace: Option<&str>) -> usize {
        let names = |namespace| self.namespaces.get(namespace).map_or(0, Names::len);
        namespace.map_or(self.len, names)
    }

    /// The entries of a range in key order, whatever its limit.
    pub fn range<'a>(&'a self, range: &'a Range) -> impl Iterator<Item = &'a Arc<Entry>> + 'a {
        let after = range
            .after
            .as_ref()
            .map(|(namespace, name)| (&**namespace, &**name));
        let start = match (&range.namespace, after) {
            (Some(namespace), after) => {
                after.map_or(&**namespace, |(after, _)| after.max(namespace))
            }
            (None, Some((after, _))) => after,
            (None, None) => "",
        };
        self.namespaces
            .range::<str, _>((Bound::Included(start), Bound::Unbounded))
            .take_while(|(namespace, _)| {
                range
                    .namespace
                    .as_ref()
                    .is_none_or(|only| only == *namespace)
            })
            .flat_map(move |(namespace, names)| {
                let from = match after {
                    Some((after, name)) if *after == **namespace => Bound::Excluded(name),
                    _ => Bound::Unbounded,
                };
                names
                    .range::<str, _>((from, Bound::Unbounded))
                    .map(|(_, entry)| entry)
            })
    }

    /// Changes the objects; gives the bytes it added.
    pub fn apply(&mut self, change: &Change) -> u64 {
        match change.kind {
            ChangeKind::Put => {
                self.insert(change.entry.clone());
                change.entry.weight() as u64
            }
            ChangeKind::Delete => {
                self.remove(&change.entry);
                0
            }
        }
    }

    pub fn insert(&mut self, entry: Arc<Entry>) {
        let key = &entry.key;
        if !self.namespaces.contains_key(&*key.namespace) {
            self.namespaces.insert(key.namespace.clone(), Names::new());
        }
        let names = self
            .namespaces
            .get_mut(&*key.namespace)
            .expect("inserted above");
        let name = key.name.clone();
        self.len += usize::from(names.insert(name, entry).is_none());
    }

    fn remove(&mut self, entry: &Entry) {
        let Some(names) = self.namespaces.get_mut(&*entry.key.namespace) else {
            return;
        };
        self.len -= usize::from(names.remove(&*entry.key.name).is_some());
        if names.is_empty() {
            self.namespaces.remove(&*entry.key.namespace);
        }
    }

    pub fn remember(&mut self, change: Arc<Change>) {
        self.changes.push_back(change);
    }

    /// Drops the oldest change; gives the bytes it held.
    pub fn forget(&mut self) -> usize {
        let change = self
            .changes
            .pop_front()
            .expect("one is kept for each place in the order");
        self.first += 1;
        self.floor = change.revision;
        change.entry.weight()
    }

    /// The position of the first change after a revision.
    pub fn cursor(&self, after: u64) -> u64 {
        self.first
            + self
                .changes
                .partition_point(|change| change.revision <= after) as u64
    }

    /// The changes from a position on, unless some were dropped.
    pub fn from(&self, cursor: u64) -> Option<impl Iterator<Item = &Arc<Change>>> {
        let skip = usize::try_from(cursor.checked_sub(self.first)?).ok()?;
        Some(self.changes.range(skip.min(self.changes.len())..))
    }
}
