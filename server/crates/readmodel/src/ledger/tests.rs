//! What is remembered, for how long, and the figures from it.

mod figures;
mod file;
mod watched;

use orrery_view::{Millis, Trigger};

use crate::ledger::Book;
use crate::ledger::entry::{Record, write};

const SECOND: Millis = 1000;
const DAY: Millis = 24 * 3600 * SECOND;
const NOW: Millis = 1_795_435_200_000;

fn run(owner: &str, uid: &str, end: Millis, secs: i64) -> Record {
    Record {
        uid: uid.to_owned(),
        namespace: "data".to_owned(),
        name: uid.to_owned(),
        owner_uid: owner.to_owned(),
        owner: owner.to_owned(),
        slot: Some(end - secs * SECOND - 200),
        trigger: Trigger::Schedule,
        start: end - secs * SECOND,
        end,
        ..Record::default()
    }
}

fn uids<'a>(runs: impl Iterator<Item = &'a Record>) -> Vec<&'a str> {
    runs.map(|run| run.uid.as_str()).collect()
}

/// What a file of this book says.
fn text(book: &Book) -> String {
    let lines = book.entries().iter().map(write).collect::<Vec<_>>();
    lines.join("\n") + "\n"
}
