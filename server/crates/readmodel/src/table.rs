//! Facts of one kind by uid, findable by name; and what a list needs of each.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::Timestamp;
use orrery_informer::ObjectKey;
use orrery_view::{Head, Millis, Row, SortBy};

use crate::facts::cronjob::CronJobFacts;
use crate::facts::daemonset::DaemonSetFacts;
use crate::facts::event::EventFacts;
use crate::facts::job::JobFacts;
use crate::facts::node::NodeFacts;
use crate::facts::pod::PodFacts;
use crate::load::slots_between;
use crate::words;

/// What lists filter, sort and show.
pub trait Facts {
    fn head(&self) -> &Head;
    fn text(&self) -> &str;
    /// `k=v` lines; events have none that anyone filters by.
    fn labels(&self) -> &str {
        ""
    }
    /// The row's status by its serde name; lists count and filter by it.
    fn status(&self) -> &'static str;
    /// Number and text to sort by.
    fn sort_key(&self, by: SortBy) -> (i64, &str);
    fn row(&self) -> Row;
    fn owner_uid(&self) -> Option<&str> {
        None
    }
    /// Whether it is of a time: an Event that was seen last from `from` on and before `to`, a CronJob that starts then.
    /// Others are of any.
    fn is_within(&self, _from: Millis, _to: Millis) -> bool {
        true
    }
}

/// One kind's facts.
pub struct Table<F> {
    rows: BTreeMap<String, F>,
    by_name: BTreeMap<ObjectKey, String>,
    /// How many rows each namespace has.
    namespaces: BTreeMap<String, u32>,
    /// The uids of rows that changed, the latest last.
    changes: VecDeque<String>,
    /// Changes forgotten since.
    forgotten: u64,
}

/// Changes kept for those who show a window of the table: some seconds of a busy cluster. Who comes later reads all
/// rows anew.
const MOST_CHANGES: usize = 8_192;

impl<F> Default for Table<F> {
    fn default() -> Self {
        Self {
            rows: BTreeMap::new(),
            by_name: BTreeMap::new(),
            namespaces: BTreeMap::new(),
            changes: VecDeque::new(),
            forgotten: 0,
        }
    }
}

impl<F: Facts> Table<F> {
    pub fn put(&mut self, facts: F) {
        let head = facts.head();
        let uid = head.uid.clone();
        self.by_name.insert(key(head), uid.clone());
        if !self.rows.contains_key(&uid) {
            match self.namespaces.get_mut(&head.namespace) {
                Some(rows) => *rows += 1,
                None => _ = self.namespaces.insert(head.namespace.clone(), 1),
            }
        }
        self.note(&uid);
        self.rows.insert(uid, facts);
    }

    pub fn remove(&mut self, uid: &str) -> Option<F> {
        let facts = self.rows.remove(uid)?;
        self.note(uid);
        let head = facts.head();
        if let Some(rows) = self.namespaces.get_mut(&head.namespace) {
            *rows -= 1;
            if *rows == 0 {
                self.namespaces.remove(&head.namespace);
            }
        }
        let key = key(head);
        // A new object of the same name may have taken the place already.
        if self.by_name.get(&key).is_some_and(|named| named == uid) {
            self.by_name.remove(&key);
        }
        Some(facts)
    }

    pub fn rows(&self) -> &BTreeMap<String, F> {
        &self.rows
    }

    /// The facts to change what of them is no key: neither head nor name.
    pub fn get_mut(&mut self, uid: &str) -> Option<&mut F> {
        if self.rows.contains_key(uid) {
            self.note(uid);
        }
        self.rows.get_mut(uid)
    }

    pub fn named(&self, namespace: &str, name: &str) -> Option<&F> {
        let uid = self.by_name.get(&ObjectKey::new(namespace, name))?;
        self.rows.get(uid)
    }

    /// The uids of the rows of a namespace; empty: of all.
    pub fn uids_in(&self, namespace: &str) -> Vec<String> {
        let here = |facts: &&F| namespace.is_empty() || facts.head().namespace == namespace;
        let rows = self.rows.values().filter(here);
        rows.map(|facts| facts.head().uid.clone()).collect()
    }

    /// The namespaces that have rows.
    pub fn namespaces(&self) -> impl Iterator<Item = &String> {
        self.namespaces.keys()
    }

    /// How many changes there were.
    pub fn version(&self) -> u64 {
        self.forgotten + self.changes.len() as u64
    }

    /// The uids of the rows that changed after a version, each once; `None` when that is too long ago to know.
    pub fn changed_since(&self, version: u64) -> Option<BTreeSet<&str>> {
        let skip = usize::try_from(version.checked_sub(self.forgotten)?).ok()?;
        Some(self.changes.iter().skip(skip).map(String::as_str).collect())
    }

    fn note(&mut self, uid: &str) {
        if self.changes.len() == MOST_CHANGES {
            self.changes.pop_front();
            self.forgotten += 1;
        }
        self.changes.push_back(uid.to_owned());
    }
}

fn key(head: &Head) -> ObjectKey {
    ObjectKey::new(head.namespace.clone(), head.name.clone())
}

/// What facts of objects with labels have alike.
macro_rules! written {
    () => {
        fn head(&self) -> &Head {
            &self.row.head
        }

        fn text(&self) -> &str {
            &self.text
        }

        fn labels(&self) -> &str {
            &self.labels
        }
    };
}

/// Sorts what has no time last, whichever way the list runs up.
const NEVER: i64 = i64::MAX;

impl Facts for CronJobFacts {
    written!();

    fn status(&self) -> &'static str {
        words::cronjob(self.row.status)
    }

    fn sort_key(&self, by: SortBy) -> (i64, &str) {
        let last = self.row.last_run.as_ref();
        let number = match by {
            SortBy::Status => self.row.rank(),
            SortBy::NextRun if self.row.suspend => NEVER,
            SortBy::NextRun => self.row.next_run.unwrap_or(NEVER),
            SortBy::LastRun => last.and_then(|run| run.start).unwrap_or(NEVER),
            _ => return common_key(&self.row.head, by),
        };
        (number, "")
    }

    fn is_within(&self, from: Millis, to: Millis) -> bool {
        let slot = || slots_between(self.schedule.as_ref(), from, to).next();
        // slots of what is suspended pass
        !self.row.suspend && Timestamp::from_millisecond(from).is_ok() && slot().is_some()
    }

    fn row(&self) -> Row {
        Row::CronJob(self.row.clone())
    }
}

impl Facts for JobFacts {
    written!();

    fn status(&self) -> &'static str {
        words::job(self.row.status)
    }

    fn sort_key(&self, by: SortBy) -> (i64, &str) {
        let row = &self.row;
        match by {
            SortBy::Status => (row.status as i64, ""),
            SortBy::LastRun => (row.start.unwrap_or(NEVER), ""),
            // Running ones have no length yet; the earliest started has run longest.
            SortBy::Duration => match (row.start, row.end) {
                (Some(start), Some(end)) => (end - start, ""),
                (Some(start), None) => (NEVER.saturating_sub(start), ""),
                (None, _) => (-1, ""),
            },
            _ => common_key(&row.head, by),
        }
    }

    fn row(&self) -> Row {
        Row::Job(self.row.clone())
    }

    fn owner_uid(&self) -> Option<&str> {
        self.owner_uid.as_deref()
    }
}

impl Facts for DaemonSetFacts {
    written!();

    fn status(&self) -> &'static str {
        words::daemonset(self.row.status)
    }

    fn sort_key(&self, by: SortBy) -> (i64, &str) {
        match by {
            SortBy::Status => (self.row.status as i64, ""),
            _ => common_key(&self.row.head, by),
        }
    }

    fn row(&self) -> Row {
        Row::DaemonSet(self.row.clone())
    }
}

impl Facts for PodFacts {
    written!();

    fn status(&self) -> &'static str {
        words::pod(self.row.health)
    }

    fn sort_key(&self, by: SortBy) -> (i64, &str) {
        match by {
            SortBy::Status => (self.row.health as i64, &self.row.status),
            SortBy::Restarts => (i64::from(self.row.restarts), ""),
            SortBy::Node => (0, &self.row.node),
            SortBy::LastRun => (self.row.start.unwrap_or(NEVER), ""),
            _ => common_key(&self.row.head, by),
        }
    }

    fn row(&self) -> Row {
        Row::Pod(self.row.clone())
    }

    fn owner_uid(&self) -> Option<&str> {
        self.owner_uid.as_deref()
    }
}

impl Facts for NodeFacts {
    written!();

    fn status(&self) -> &'static str {
        words::node(&self.row)
    }

    fn sort_key(&self, by: SortBy) -> (i64, &str) {
        match by {
            SortBy::Status => (i64::from(self.row.ready), ""),
            _ => common_key(&self.row.head, by),
        }
    }

    fn row(&self) -> Row {
        Row::Node(self.row.clone())
    }
}

impl Facts for EventFacts {
    fn head(&self) -> &Head {
        &self.row.head
    }

    fn text(&self) -> &str {
        &self.text
    }

    fn status(&self) -> &'static str {
        if self.row.warning {
            "warning"
        } else {
            "normal"
        }
    }

    fn sort_key(&self, by: SortBy) -> (i64, &str) {
        match by {
            SortBy::Status => (i64::from(!self.row.warning), ""),
            SortBy::Age | SortBy::LastRun => (self.row.last, ""),
            _ => common_key(&self.row.head, by),
        }
    }

    fn row(&self) -> Row {
        Row::Event(self.row.clone())
    }

    fn is_within(&self, from: Millis, to: Millis) -> bool {
        (from..to).contains(&self.row.last)
    }

    fn owner_uid(&self) -> Option<&str> {
        self.about.as_deref()
    }
}

fn common_key(head: &Head, by: SortBy) -> (i64, &str) {
    match by {
        SortBy::Age => (head.created, ""),
        SortBy::Namespace => (0, &head.namespace),
        _ => (0, &head.name),
    }
}
