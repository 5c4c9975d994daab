//! Lists, of now and of earlier.

use std::{collections::BTreeMap, iter::Peekable, sync::Arc};

use super::topic::Topic;
use crate::{Entry, Key, List, Range};

pub(super) fn empty(revision: u64) -> List {
    List {
        revision,
        entries: Vec::new(),
        remaining: Some(0),
        more: false,
    }
}

pub(super) fn now(topic: &Topic, range: &Range, revision: u64) -> List {
    let total = topic.count(range.namespace.as_deref());
    page(topic.range(range), range, total, revision)
}

/// The list at an earlier revision: today's, with the changes since then undone.
pub(super) fn at(topic: &Topic, range: &Range, revision: u64) -> List {
    let undone = undo(topic, range, revision);
    let unchanged = topic
        .range(range)
        .filter(|entry| !undone.contains_key(&entry.key));
    let restored = undone.values().filter_map(Option::as_ref);
    let changed = undone.keys();
    let changed = changed.filter(|key| topic.get(&key.namespace, &key.name).is_some());
    let total = topic.count(range.namespace.as_deref()) + restored.clone().count();
    let total = total.saturating_sub(changed.count());
    page(
        Merge {
            left: unchanged.peekable(),
            right: restored.peekable(),
        },
        range,
        total,
        revision,
    )
}

/// What each key changed since a revision held then.
fn undo<'a>(
    topic: &'a Topic,
    range: &Range,
    revision: u64,
) -> BTreeMap<&'a Key, Option<Arc<Entry>>> {
    let newest_first = topic.changes.iter().rev();
    newest_first
        .take_while(|change| change.revision > revision)
        .filter(|change| within(range, &change.entry.key))
        // the oldest change of a key comes last and wins
        .map(|change| (&change.entry.key, change.previous.clone()))
        .collect()
}

fn within(range: &Range, key: &Key) -> bool {
    let after = range
        .after
        .as_ref()
        .is_none_or(|(namespace, name)| (&key.namespace, &key.name) > (namespace, name));
    after
        && range
            .namespace
            .as_ref()
            .is_none_or(|namespace| *namespace == key.namespace)
}

/// The first of `entries`; `total` is how many a range has that begins at the beginning. A page costs what it holds,
/// however many objects lie behind it.
fn page<'a>(
    mut entries: impl Iterator<Item = &'a Arc<Entry>>,
    range: &Range,
    total: usize,
    revision: u64,
) -> List {
    let page: Vec<_> = entries
        .by_ref()
        .take(range.limit.unwrap_or(usize::MAX))
        .cloned()
        .collect();
    List {
        revision,
        remaining: range.after.is_none().then(|| total - page.len()),
        more: entries.next().is_some(),
        entries: page,
    }
}

/// Two sequences in key order, as one.
struct Merge<L: Iterator, R: Iterator> {
    left: Peekable<L>,
    right: Peekable<R>,
}

impl<'a, L, R> Iterator for Merge<L, R>
where
    L: Iterator<Item = &'a Arc<Entry>>,
    R: Iterator<Item = &'a Arc<Entry>>,
{
    type Item = &'a Arc<Entry>;

    fn next(&mut self) -> Option<Self::Item> {
        match (self.left.peek(), self.right.peek()) {
            (Some(left), Some(right)) if right.key < left.key => self.right.next(),
            (Some(_), _) => self.left.next(),
            (None, _) => self.right.next(),
        }
    }
}
