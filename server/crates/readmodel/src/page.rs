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
    let total = matching.len();
    let limit = query.limit.min(MOST_ROWS) as usize;
    let offset = match (query.offset as usize) < total {
        true => query.offset as usize,
        // rows have gone: the last ones instead of none
        false => total.saturating_sub(limit),
    };
    let shown = cut(matching, offset, limit, |a, b| order(*a, *b, query));
    Page {
        total: total as u32,
        statuses: statuses
            .into_iter()
            .map(|(word, n)| (word.to_owned(), n))
            .collect(),
        rows: shown.into_iter().map(|facts| facts.row()).collect(),
        ..Page::default()
    }
}

/// The window at `offset` of what would be sorted by `order`, a total one: only the window itself is.
fn cut<T>(
    mut all: Vec<T>,
    offset: usize,
    limit: usize,
    order: impl Fn(&T, &T) -> Ordering,
) -> Vec<T> {
    let end = offset + limit;
    if end < all.len() {
        all.select_nth_unstable_by(end, &order);
        all.truncate(end);
    }
    if (1..all.len()).contains(&offset) {
        all.select_nth_unstable_by(offset, &order);
        all.drain(..offset);
    }
    all.sort_unstable_by(order);
    all
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
    let mut order = match by {
        SortBy::Match => {
            let unlikeness = |facts: &F| query.unlikeness(&facts.head().name);
            unlikeness(a).cmp(&unlikeness(b))
        }
        by => a.sort_key(by).cmp(&b.sort_key(by)),
    };
    // The newest age is the smallest.
    if query.sort.descending != (by == SortBy::Age) {
        order = order.reverse();
    }
    let (a, b) = (a.head(), b.head());
    let tie = || (&a.name, &a.namespace, &a.uid).cmp(&(&b.name, &b.namespace, &b.uid));
    order.then_with(tie)
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

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn a_cut_is_the_window_of_all_that_is_sorted() {
        // each number once, in no order: 37 has no common divisor with 100
        let all: Vec<u32> = (0..100).map(|n| n * 37 % 100).collect();
        for (offset, limit) in [(0, 10), (0, 100), (95, 10), (40, 20), (0, 0), (99, 1)] {
            let want: Vec<u32> = (0..100).skip(offset).take(limit).collect();
            let got = cut(all.clone(), offset, limit, |a, b| a.cmp(b));
            assert_eq!(got, want, "{limit} from {offset}");
        }
    }
}
