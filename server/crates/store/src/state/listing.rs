//! Lists, of now and of earlier.

use std::{collections::BTreeMap, iter::Peekable, sync::Arc};

use super::topic::Topic;
use crate::{Entry, Key, List, Range};

pub(super) fn empty(revision: u64) -> List {
    List {
        revision,
        entries: Vec::new(),
        remaining: 0,
        more: false,
    }
}

pub(super) fn now(topic: &Topic, range: &Range, revision: u64) -> List {
    page(topic.range(range), range.limit, revision)
}

/// The list at an earlier revision: today's, with the changes since then undone.
pub(super) fn at(topic: &Topic, range: &Range, revision: u64) -> List {
    let undone = undo(topic, range, revision);
    let unchanged = topic
        .range(range)
        .filter(|entry| !undone.contains_key(&entry.key));
    let restored = undone.values().filter_map(Option::as_ref);
    page(
        Merge {
            left: unchanged.peekable(),
            right: restored.peekable(),
        },
        range.limit,
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

fn page<'a>(
    mut entries: impl Iterator<Item = &'a Arc<Entry>>,
    limit: Option<usize>,
    revision: u64,
) -> List {
    let page: Vec<_> = entries
        .by_ref()
        .take(limit.unwrap_or(usize::MAX))
        .cloned()
        .collect();
    let remaining = entries.count();
    List {
        revision,
        entries: page,
        remaining,
        more: remaining > 0,
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
