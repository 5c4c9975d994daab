//! What differs between two objects, as upstream's `diff.Diff` tells it: a unified difference of their JSON, by the
//! algorithm of Go's `go-difflib`, which is Python's.

use std::collections::BTreeMap;
use std::ops::Range;

use super::Internal;

/// Lines told before and after a change.
const CONTEXT: usize = 3;

/// A pod has some hundreds. Comparing takes the square of it at worst, which is a quarter of a second here, and
/// whoever sends more knows without being told that something of it may not change.
const LINES_MAX: usize = 5000;

/// From this many lines on, those that are found more often than once in a hundred begin no match.
const POPULAR_FROM: usize = 200;

/// Empty when the objects are the same, and when they are too large to be compared.
pub fn difference(old: &Internal, new: &Internal) -> String {
    let (old, new) = (old.pretty(), new.pretty());
    let (old, new): (Vec<_>, Vec<_>) = (old.lines().collect(), new.lines().collect());
    if old.len().max(new.len()) > LINES_MAX {
        return String::new();
    }
    unified(&old, &new)
}

pub(super) fn unified(old: &[&str], new: &[&str]) -> String {
    let mut text = String::new();
    for hunk in hunks(edits(&blocks(old, new))) {
        let (Some(first), Some(last)) = (hunk.first(), hunk.last()) else {
            continue;
        };
        let olds = range(first.old.start..last.old.end);
        let news = range(first.new.start..last.new.end);
        text.push_str(&format!("@@ -{olds} +{news} @@\n"));
        for edit in &hunk {
            if edit.same {
                push(&mut text, ' ', &old[edit.old.clone()]);
            } else {
                push(&mut text, '-', &old[edit.old.clone()]);
                push(&mut text, '+', &new[edit.new.clone()]);
            }
        }
    }
    text
}

fn push(text: &mut String, mark: char, lines: &[&str]) {
    for line in lines {
        text.push(mark);
        text.push_str(line);
        text.push('\n');
    }
}

/// An empty range begins at the line before it.
fn range(lines: Range<usize>) -> String {
    match lines.len() {
        0 => format!("{},0", lines.start),
        1 => format!("{}", lines.start + 1),
        count => format!("{},{count}", lines.start + 1),
    }
}

#[derive(Clone)]
struct Edit {
    same: bool,
    old: Range<usize>,
    new: Range<usize>,
}

impl Edit {
    fn keep_first(&mut self, count: usize) {
        self.old.end = self.old.end.min(self.old.start + count);
        self.new.end = self.new.end.min(self.new.start + count);
    }

    fn keep_last(&mut self, count: usize) {
        self.old.start = self.old.start.max(self.old.end.saturating_sub(count));
        self.new.start = self.new.start.max(self.new.end.saturating_sub(count));
    }
}

/// The changes with what is told around them; those that are near each other in one.
fn hunks(mut edits: Vec<Edit>) -> Vec<Vec<Edit>> {
    if let Some(first) = edits.first_mut().filter(|edit| edit.same) {
        first.keep_last(CONTEXT);
    }
    if let Some(last) = edits.last_mut().filter(|edit| edit.same) {
        last.keep_first(CONTEXT);
    }
    let mut hunks = Vec::new();
    let mut hunk: Vec<Edit> = Vec::new();
    for mut edit in edits {
        if edit.same && edit.old.len() > 2 * CONTEXT {
            let mut end = edit.clone();
            end.keep_first(CONTEXT);
            hunk.push(end);
            hunks.push(std::mem::take(&mut hunk));
            edit.keep_last(CONTEXT);
        }
        hunk.push(edit);
    }
    if hunk.iter().any(|edit| !edit.same) {
        hunks.push(hunk);
    }
    hunks
}

/// What the matching blocks leave between them, and they themselves.
fn edits(blocks: &[Block]) -> Vec<Edit> {
    let mut edits = Vec::new();
    let (mut old, mut new) = (0, 0);
    for block in blocks {
        if old < block.old || new < block.new {
            edits.push(Edit {
                same: false,
                old: old..block.old,
                new: new..block.new,
            });
        }
        (old, new) = (block.old + block.len, block.new + block.len);
        if block.len > 0 {
            edits.push(Edit {
                same: true,
                old: block.old..old,
                new: block.new..new,
            });
        }
    }
    edits
}

/// Lines that both have.
#[derive(Clone, Copy)]
struct Block {
    old: usize,
    new: usize,
    len: usize,
}

/// The longest that both have, then the longest before and after it, and so on; an empty one at the end.
fn blocks(old: &[&str], new: &[&str]) -> Vec<Block> {
    let places = places(new);
    let mut found = Vec::new();
    let mut open = vec![(0..old.len(), 0..new.len())];
    while let Some((olds, news)) = open.pop() {
        let block = longest((old, &olds), (new, &news), &places);
        if block.len == 0 {
            continue;
        }
        if olds.start < block.old && news.start < block.new {
            open.push((olds.start..block.old, news.start..block.new));
        }
        let (after_old, after_new) = (block.old + block.len, block.new + block.len);
        if after_old < olds.end && after_new < news.end {
            open.push((after_old..olds.end, after_new..news.end));
        }
        found.push(block);
    }
    found.sort_by_key(|block| block.old);
    let mut joined: Vec<Block> = Vec::new();
    for block in found {
        match joined.last_mut() {
            Some(last) if (last.old + last.len, last.new + last.len) == (block.old, block.new) => {
                last.len += block.len;
            }
            _ => joined.push(block),
        }
    }
    joined.push(Block {
        old: old.len(),
        new: new.len(),
        len: 0,
    });
    joined
}

/// Where each line stands, without those that stand nearly everywhere.
fn places<'a>(lines: &[&'a str]) -> BTreeMap<&'a str, Vec<usize>> {
    let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, line) in lines.iter().enumerate() {
        places.entry(*line).or_default().push(at);
    }
    if lines.len() >= POPULAR_FROM {
        let most = lines.len() / 100 + 1;
        places.retain(|_, at| at.len() <= most);
    }
    places
}

/// The first of the longest within the two ranges.
fn longest(
    (old, olds): (&[&str], &Range<usize>),
    (new, news): (&[&str], &Range<usize>),
    places: &BTreeMap<&str, Vec<usize>>,
) -> Block {
    let mut best = Block {
        old: olds.start,
        new: news.start,
        len: 0,
    };
    // how long the match is that ends at a line
    let mut ending: BTreeMap<usize, usize> = BTreeMap::new();
    for at in olds.clone() {
        let mut next = BTreeMap::new();
        let same = places.get(old[at]).map(Vec::as_slice).unwrap_or_default();
        for place in same.iter().copied().filter(|place| news.contains(place)) {
            let before = place.checked_sub(1).and_then(|place| ending.get(&place));
            let len = before.copied().unwrap_or_default() + 1;
            next.insert(place, len);
            if len > best.len {
                best = Block {
                    old: at + 1 - len,
                    new: place + 1 - len,
                    len,
                };
            }
        }
        ending = next;
    }
    while best.old > olds.start && best.new > news.start && old[best.old - 1] == new[best.new - 1] {
        best = Block {
            old: best.old - 1,
            new: best.new - 1,
            len: best.len + 1,
        };
    }
    while best.old + best.len < olds.end
        && best.new + best.len < news.end
        && old[best.old + best.len] == new[best.new + best.len]
    {
        best.len += 1;
    }
    best
}
