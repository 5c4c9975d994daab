//! A list's window that somebody keeps looking at: brought up to date by the rows that changed, whatever the number of
//! those that did not.
//!
//! It knows the place of each row that matches, so that a change costs a search in an ordered set; rows are read and
//! copied only when they are, or come to be, in the window.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use orrery_view::{Body, Delta, Kind, ListQuery, MOST_ROWS, Millis, Page, Pulse, Row};

use crate::model::Model;
use crate::page::{Wanted, dress, is_reversed, key, matches, start};
use crate::pulse::pulse;
use crate::table::{Facts, Table};
use crate::words;

/// One query and what was last answered to it.
pub struct Window {
    query: ListQuery,
    /// `None`: the label selector cannot be read, and so nothing matches.
    wanted: Option<Wanted>,
    /// The table's version that is shown.
    seen: Option<u64>,
    known: BTreeMap<String, Known>,
    /// Rows of the status that is asked for.
    order: BTreeSet<Arc<Place>>,
    statuses: BTreeMap<&'static str, u32>,
    /// What was answered last, if anything was.
    page: Page,
}

/// A row that matches but for its status.
struct Known {
    status: &'static str,
    place: Option<Arc<Place>>,
}

/// Where a row is in the order that is asked for; total, and the same as [`crate::page`] sorts by.
#[derive(PartialEq, Eq)]
struct Place {
    reversed: bool,
    number: i64,
    /// None: the name.
    text: Option<Box<str>>,
    name: Box<str>,
    namespace: Box<str>,
    uid: Box<str>,
}

impl Window {
    pub fn new(query: ListQuery) -> Self {
        let (wanted, unread_labels) = match Wanted::of(&query) {
            Ok(wanted) => (Some(wanted), None),
            Err(error) => (None, Some(error)),
        };
        Self {
            wanted,
            query,
            seen: None,
            known: BTreeMap::new(),
            order: BTreeSet::new(),
            statuses: BTreeMap::new(),
            page: Page {
                unread_labels,
                ..Page::default()
            },
        }
    }

    pub fn kind(&self) -> Kind {
        self.query.kind
    }

    /// What leads from the last answer to the present one, of a model that was just refreshed; the whole window the
    /// first time and when the cluster was heard of in between. `None`: nothing that a person sees differs.
    pub fn next(&mut self, model: &Model, synced: bool, now: Timestamp) -> Option<Body> {
        let dress = |row: &mut Row| dress(model, row, now);
        let now = now.as_millisecond();
        match self.query.kind {
            Kind::CronJob => self.follow(&model.cronjobs, synced, now, &dress),
            Kind::Job => self.follow(&model.jobs, synced, now, &dress),
            Kind::DaemonSet => self.follow(&model.daemonsets, synced, now, &dress),
            Kind::Pod => self.follow(&model.pods, synced, now, &dress),
            Kind::Node => self.follow(&model.nodes, synced, now, &dress),
            Kind::Event => {
                let body = self.follow(&model.events, synced, now, &dress)?;
                Some(with_pulse(body, pulse(model, &self.query, now)))
            }
        }
    }

    pub(crate) fn follow<F: Facts>(
        &mut self,
        table: &Table<F>,
        synced: bool,
        now: Millis,
        dress: &dyn Fn(&mut Row),
    ) -> Option<Body> {
        let first = self.seen.is_none();
        let changed = self.seen.and_then(|seen| table.changed_since(seen));
        self.seen = Some(table.version());
        let mut moved = changed.is_none();
        let changed = changed.unwrap_or_else(|| {
            // the first time, or too late to know what changed: all of it
            self.known.clear();
            self.order.clear();
            self.statuses.clear();
            table.rows().keys().map(String::as_str).collect()
        });
        for uid in &changed {
            moved |= self.place(uid, table.rows().get(*uid));
        }
        let mut upserts = self.renew(table, &changed, dress);
        let order = match moved {
            true => self.slide(table, &mut upserts, dress),
            false => None,
        };
        let counted = self.count();
        self.page.now = now;
        if first || self.page.synced != synced {
            self.page.synced = synced;
            return Some(Body::Page(self.page.clone()));
        }
        (counted || order.is_some() || !upserts.is_empty()).then(|| {
            Body::Delta(Delta {
                total: self.page.total,
                statuses: self.page.statuses.clone(),
                upserts,
                order,
                pulse: None,
                now,
            })
        })
    }

    /// Puts a row where it belongs now; answers whether the order changed.
    fn place<F: Facts>(&mut self, uid: &str, facts: Option<&F>) -> bool {
        let new = facts
            .filter(|facts| {
                let wanted = self.wanted.as_ref();
                wanted.is_some_and(|wanted| matches(*facts, &self.query, wanted))
            })
            .map(|facts| self.known(facts));
        let old = self.known.get(uid);
        if let Some(old) = old
            && let Some(count) = self.statuses.get_mut(old.status)
        {
            *count -= 1;
        }
        if let Some(new) = &new {
            *self.statuses.entry(new.status).or_default() += 1;
        }
        let (was, is) = (
            old.and_then(|old| old.place.clone()),
            new.as_ref().and_then(|new| new.place.clone()),
        );
        match new {
            Some(new) => _ = self.known.insert(uid.to_owned(), new),
            None => _ = self.known.remove(uid),
        }
        if was == is {
            return false;
        }
        was.map(|was| self.order.remove(&was));
        is.map(|is| self.order.insert(is));
        true
    }

    fn known<F: Facts>(&self, facts: &F) -> Known {
        let status = facts.status();
        let asked = self.query.status.as_deref();
        let place = asked.is_none_or(|asked| words::is(asked, status)).then(|| {
            let (number, text) = key(facts, &self.query);
            let head = facts.head();
            Arc::new(Place {
                reversed: is_reversed(self.query.sort),
                number,
                text: (text != head.name).then(|| text.into()),
                name: head.name.as_str().into(),
                namespace: head.namespace.as_str().into(),
                uid: head.uid.as_str().into(),
            })
        });
        Known { status, place }
    }

    /// Reads the shown rows that changed; answers those that a person would see differ.
    fn renew<F: Facts>(
        &mut self,
        table: &Table<F>,
        changed: &BTreeSet<&str>,
        dress: &dyn Fn(&mut Row),
    ) -> Vec<Row> {
        let mut upserts = Vec::new();
        for row in &mut self.page.rows {
            let uid = row.head().uid.as_str();
            if changed.contains(uid)
                && let Some(new) = read(table, uid, dress)
                && *row != new
            {
                upserts.push(new.clone());
                *row = new;
            }
        }
        upserts
    }

    /// Moves the window over the order; answers the uids in it when they are others, and reads the rows that came.
    fn slide<F: Facts>(
        &mut self,
        table: &Table<F>,
        upserts: &mut Vec<Row>,
        dress: &dyn Fn(&mut Row),
    ) -> Option<Vec<String>> {
        let limit = self.query.limit.min(MOST_ROWS) as usize;
        let start = start(&self.query, limit, self.order.len());
        let shown = self.order.iter().skip(start).take(limit);
        let uids: Vec<String> = shown.map(|place| place.uid.to_string()).collect();
        let before = self.page.rows.iter().map(|row| &row.head().uid);
        if before.eq(uids.iter()) {
            return None;
        }
        let before = std::mem::take(&mut self.page.rows).into_iter();
        let mut before: BTreeMap<String, Row> =
            before.map(|row| (row.head().uid.clone(), row)).collect();
        let row = |uid: &String| match before.remove(uid) {
            Some(row) => Some(row),
            None => {
                let row = read(table, uid, dress)?;
                upserts.push(row.clone());
                Some(row)
            }
        };
        self.page.rows = uids.iter().filter_map(row).collect();
        // a row that changed as it left is not shown
        upserts.retain(|row| uids.contains(&row.head().uid));
        Some(uids)
    }

    /// Counts; answers whether the counts changed.
    fn count(&mut self) -> bool {
        let total = self.order.len() as u32;
        let statuses = self.statuses.iter().filter(|(_, n)| **n > 0);
        let statuses: Vec<_> = statuses.map(|(word, n)| ((*word).to_owned(), *n)).collect();
        let same = self.page.total == total && self.page.statuses == statuses;
        (self.page.total, self.page.statuses) = (total, statuses);
        !same
    }
}

fn with_pulse(body: Body, pulse: Option<Pulse>) -> Body {
    match body {
        Body::Page(page) => Body::Page(Page { pulse, ..page }),
        Body::Delta(delta) => Body::Delta(Delta { pulse, ..delta }),
        body => body,
    }
}

/// A row as a person sees it.
fn read<F: Facts>(table: &Table<F>, uid: &str, dress: &dyn Fn(&mut Row)) -> Option<Row> {
    let mut row = table.rows().get(uid).map(Facts::row)?;
    dress(&mut row);
    Some(row)
}

impl Ord for Place {
    fn cmp(&self, other: &Self) -> Ordering {
        let order = self.key().cmp(&other.key());
        let order = match self.reversed {
            true => order.reverse(),
            false => order,
        };
        order.then_with(|| self.tie().cmp(&other.tie()))
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Place {
    fn key(&self) -> (i64, &str) {
        let text = self.text.as_deref();
        (self.number, text.unwrap_or(&self.name))
    }

    fn tie(&self) -> (&str, &str, &str) {
        (&self.name, &self.namespace, &self.uid)
    }
}

#[cfg(test)]
mod tests;
