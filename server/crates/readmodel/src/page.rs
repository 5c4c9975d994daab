//! A query answered: filter, count, sort, cut. Over everything, not over what was loaded before.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use jiff::Timestamp;
use orrery_view::{Delta, Kind, ListQuery, MOST_ROWS, Page, Row, SortBy};

use crate::model::Model;
use crate::table::{Facts, Table};

/// The window that `query` asks for, of a model that was just refreshed.
pub fn page(model: &Model, query: &ListQuery, synced: bool, now: Timestamp) -> Page {
    let mut page = match query.kind {
        Kind::CronJob => window(&model.cronjobs, query),
        Kind::Job => window(&model.jobs, query),
        Kind::DaemonSet => window(&model.daemonsets, query),
        Kind::Pod => window(&model.pods, query),
        Kind::Node => window(&model.nodes, query),
        Kind::Event => window(&model.events, query),
    };
    page.synced = synced;
    page.now = now.as_millisecond();
    page
}

fn window<F: Facts>(table: &Table<F>, query: &ListQuery) -> Page {
    let words: Vec<_> = query
        .text
        .split_whitespace()
        .map(str::to_lowercase)
        .collect();
    let mut statuses: BTreeMap<&str, u32> = BTreeMap::new();
    let mut matching = Vec::new();
    for facts in table
        .rows
        .values()
        .filter(|facts| matches(*facts, query, &words))
    {
        *statuses.entry(facts.status()).or_default() += 1;
        if query
            .status
            .as_deref()
            .is_none_or(|wanted| wanted == facts.status())
        {
            matching.push(facts);
        }
    }
    matching.sort_by(|a, b| order(*a, *b, query));
    let limit = query.limit.min(MOST_ROWS) as usize;
    let shown = matching.iter().skip(query.offset as usize).take(limit);
    Page {
        total: matching.len() as u32,
        statuses: statuses
            .into_iter()
            .map(|(word, n)| (word.to_owned(), n))
            .collect(),
        rows: shown.map(|facts| facts.row()).collect(),
        ..Page::default()
    }
}

fn matches<F: Facts>(facts: &F, query: &ListQuery, words: &[String]) -> bool {
    let head = facts.head();
    let in_namespace = query.namespaces.is_empty()
        || head.namespace.is_empty()
        || query.namespaces.contains(&head.namespace);
    in_namespace
        && query
            .owner
            .as_deref()
            .is_none_or(|owner| facts.owner_uid() == Some(owner))
        && words
            .iter()
            .all(|word| facts.text().contains(word.as_str()))
}

/// The asked direction, then name and namespace always upwards, then uid: a total order.
fn order<F: Facts>(a: &F, b: &F, query: &ListQuery) -> Ordering {
    let by = query.sort.by;
    let mut order = a.sort_key(by).cmp(&b.sort_key(by));
    // The newest age is the smallest.
    if query.sort.descending != (by == SortBy::Age) {
        order = order.reverse();
    }
    let tie = |facts: &F| {
        let head = facts.head();
        (head.name.clone(), head.namespace.clone(), head.uid.clone())
    };
    order.then_with(|| tie(a).cmp(&tie(b)))
}

/// What leads from `old` to `new`; `None` when nothing that a person sees differs.
pub fn delta(old: &Page, new: &Page) -> Option<Delta> {
    let before: BTreeMap<&str, &Row> = old.rows.iter().map(|row| (uid(row), row)).collect();
    let upserts = new
        .rows
        .iter()
        .filter(|row| before.get(uid(row)) != Some(row));
    let upserts: Vec<_> = upserts.cloned().collect();
    let moved = !old.rows.iter().map(uid).eq(new.rows.iter().map(uid));
    let order = moved.then(|| new.rows.iter().map(|row| uid(row).to_owned()).collect());
    let counts = old.total != new.total || old.statuses != new.statuses;
    (counts || moved || !upserts.is_empty()).then(|| Delta {
        total: new.total,
        statuses: new.statuses.clone(),
        upserts,
        order,
        now: new.now,
    })
}

fn uid(row: &Row) -> &str {
    &row.head().uid
}
