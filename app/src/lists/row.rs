//! From a row of any kind to its cells.

use orrery_view::{Kind, ObjectRef, Row};

use super::{cronjob, daemonset, event, job, node, pod};
use crate::cell::{Button, Cell, Column};
use crate::lang::Lang;

/// The columns of a kind; `compact` where a detail shows the list as a part of itself.
pub fn columns(kind: Kind, lang: Lang) -> Vec<Column> {
    match kind {
        Kind::CronJob => cronjob::columns(lang),
        Kind::Job => job::columns(lang),
        Kind::DaemonSet => daemonset::columns(lang),
        Kind::Pod => pod::columns(lang),
        Kind::Node => node::columns(lang),
        Kind::Event => event::columns(lang),
    }
}

/// The cells of a row, one for each column.
pub fn cells(row: &Row, lang: Lang) -> Vec<Cell> {
    match row {
        Row::CronJob(row) => cronjob::cells(row, lang),
        Row::Job(row) => job::cells(row, lang),
        Row::DaemonSet(row) => daemonset::cells(row, lang),
        Row::Pod(row) => pod::cells(row, lang),
        Row::Node(row) => node::cells(row, lang),
        Row::Event(row) => event::cells(row, lang),
    }
}

/// What can be done with a row's object, the usual first.
pub fn buttons(row: &Row, lang: Lang) -> Vec<Button> {
    match row {
        Row::CronJob(row) => cronjob::buttons(row, lang),
        Row::Job(row) => job::buttons(row, lang),
        Row::DaemonSet(row) => daemonset::buttons(row, lang),
        Row::Pod(row) => pod::buttons(row, lang),
        Row::Node(row) => node::buttons(row, lang),
        Row::Event(_) => Vec::new(),
    }
}

/// A row's status in a word.
pub fn word(row: &Row, lang: Lang) -> String {
    let status = match row {
        Row::CronJob(row) => cronjob::status(row, lang),
        Row::Job(row) => job::status(row, lang),
        Row::DaemonSet(row) => daemonset::status(row, lang),
        Row::Pod(row) => pod::status(row),
        Row::Node(row) => node::status(row, lang),
        Row::Event(row) => return row.reason.clone(),
    };
    match status {
        Cell::Status { word, .. } => word,
        _ => String::new(),
    }
}

/// Points at a row's object.
pub fn object(row: &Row) -> ObjectRef {
    ObjectRef::of(row.kind(), row.head())
}

/// The statuses of a kind by serde name, with the word for each, the worst first.
pub fn statuses(kind: Kind, lang: Lang) -> Vec<(&'static str, String)> {
    match kind {
        Kind::CronJob => cronjob::statuses(lang),
        Kind::Job => job::statuses(lang),
        Kind::DaemonSet => daemonset::statuses(lang),
        Kind::Pod => pod::statuses(lang),
        Kind::Node => node::statuses(lang),
        Kind::Event => event::statuses(lang),
    }
}
