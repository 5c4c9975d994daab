//! A query answered: filter, count, sort, cut. Over everything, not over what was loaded before.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use orrery_apis::selector::Selector;
use orrery_view::{JobStatus, Kind, ListQuery, MOST_ROWS, Page, Row, Sort, SortBy};

use crate::detail::gaps;
use crate::ledger;
use crate::model::Model;
use crate::pulse::pulse;
use crate::table::{Facts, Table};
use crate::words;

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
    for row in &mut page.rows {
        dress(model, row, now);
    }
    if query.kind == Kind::Event {
        page.pulse = pulse(model, query, now.as_millisecond());
    }
    page.synced = synced;
    page.now = now.as_millisecond();
    page
}

fn window<F: Facts>(table: &Table<F>, query: &ListQuery) -> Page {
    let wanted = match Wanted::of(query) {
        Ok(wanted) => wanted,
        Err(error) => {
            return Page {
                unread_labels: Some(error),
                ..Page::default()
            };
        }
    };
    let mut statuses: BTreeMap<&str, u32> = BTreeMap::new();
    let mut matching = Vec::new();
    for facts in table
        .rows()
        .values()
        .filter(|facts| matches(*facts, query, &wanted))
    {
        *statuses.entry(facts.status()).or_default() += 1;
        if query
            .status
            .as_deref()
            .is_none_or(|wanted| words::is(wanted, facts.status()))
        {
            // a key is worked out once, not for every comparison
            matching.push((key(facts, query), facts));
        }
    }
    let total = matching.len();
    let limit = query.limit.min(MOST_ROWS) as usize;
    let offset = start(query, limit, total);
    let reversed = is_reversed(query.sort);
    let shown = cut(matching, offset, limit, |a, b| order(a, b, reversed));
    Page {
        total: total as u32,
        statuses: statuses
            .into_iter()
            .map(|(word, n)| (word.to_owned(), n))
            .collect(),
        rows: shown.into_iter().map(|(_, facts)| facts.row()).collect(),
        ..Page::default()
    }
}

/// What a row says of others: why slots of a CronJob have no run, and how long runs like a Job usually take.
pub fn dress(model: &Model, row: &mut Row, now: Timestamp) {
    match row {
        Row::CronJob(row) => row.gaps = gaps(model, &row.head.uid, now),
        Row::Job(row) if row.status == JobStatus::Running => {
            let job = model.jobs.rows().get(&row.head.uid);
            let owner = job.and_then(|job| job.owner_uid.as_deref());
            row.usual = ledger::usual(&model.book, owner);
        }
        _ => {}
    }
}

/// Words of a search at most, those after them do not count: each is looked for in every row.
const MOST_WORDS: usize = 16;
/// Bytes of a label selector at most; a longer one is not read. Some dozens of requirements, each of every row.
const MOST_SELECTOR_BYTES: usize = 2_048;

/// What is searched for.
pub struct Wanted {
    words: Vec<String>,
    labels: Selector,
    /// None: all.
    namespaces: BTreeSet<String>,
}

impl Wanted {
    /// The error is that of the label selector, in the API's words.
    pub fn of(query: &ListQuery) -> Result<Self, String> {
        if query.labels.len() > MOST_SELECTOR_BYTES {
            return Err(format!("longer than {MOST_SELECTOR_BYTES} bytes"));
        }
        let words = query.text.split_whitespace().take(MOST_WORDS);
        Ok(Self {
            words: words.map(str::to_lowercase).collect(),
            labels: query.labels.parse()?,
            namespaces: query.namespaces.iter().cloned().collect(),
        })
    }
}

/// The first row of a window of so many over so many.
pub fn start(query: &ListQuery, limit: usize, total: usize) -> usize {
    match (query.offset as usize) < total {
        true => query.offset as usize,
        // rows have gone: the last ones instead of none
        false => total.saturating_sub(limit),
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

pub fn matches<F: Facts>(facts: &F, query: &ListQuery, wanted: &Wanted) -> bool {
    let head = facts.head();
    let in_namespace = wanted.namespaces.is_empty()
        || head.namespace.is_empty()
        || wanted.namespaces.contains(&head.namespace);
    in_namespace
        && query
            .owner
            .as_deref()
            .is_none_or(|owner| facts.owner_uid() == Some(owner))
        && query
            .within
            .is_none_or(|(from, to)| facts.is_within(from, to))
        && wanted
            .words
            .iter()
            .all(|word| facts.text().contains(word.as_str()))
        && selects(&wanted.labels, facts.labels())
}

/// Whether a selector matches labels that are written as `k=v` lines.
fn selects(selector: &Selector, labels: &str) -> bool {
    let value = |key: &str| {
        let mut lines = labels.lines();
        lines.find_map(|line| line.strip_prefix(key)?.strip_prefix('='))
    };
    let mut requirements = selector.requirements().iter();
    requirements.all(|requirement| requirement.matches_value(value(&requirement.key)))
}

/// A row behind the key that it is sorted by.
type Keyed<'a, F> = ((i64, &'a str), &'a F);

/// The asked direction, then name and namespace always upwards, then uid: a total order.
fn order<F: Facts>(a: &Keyed<F>, b: &Keyed<F>, reversed: bool) -> Ordering {
    let mut order = a.0.cmp(&b.0);
    if reversed {
        order = order.reverse();
    }
    let (a, b) = (a.1.head(), b.1.head());
    let tie = || (&a.name, &a.namespace, &a.uid).cmp(&(&b.name, &b.namespace, &b.uid));
    order.then_with(tie)
}

/// Number and text that the query sorts by.
pub fn key<'a, F: Facts>(facts: &'a F, query: &ListQuery) -> (i64, &'a str) {
    match query.sort.by {
        SortBy::Match => (i64::from(query.unlikeness(&facts.head().name)), ""),
        by => facts.sort_key(by),
    }
}

/// Whether the largest key comes first.
pub fn is_reversed(sort: Sort) -> bool {
    // The newest age is the smallest.
    sort.descending != (sort.by == SortBy::Age)
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
