//! Events as rows.

use orrery_view::{EventRow, Kind, ListQuery, SortBy};

use super::reason::explained;
use crate::cell::{Cell, Column, Link};
use crate::lang::Lang;
use crate::tone::Tone;
use crate::{address, tr};

pub fn columns(lang: Lang) -> Vec<Column> {
    vec![
        Column::new(tr!(lang, "col.type"))
            .class("c-status")
            .sort(SortBy::Status),
        // its link is the first of a row, which Enter opens
        Column::new(tr!(lang, "col.object")).class("c-owner"),
        Column::new(tr!(lang, "col.reason")).class("c-reason"),
        Column::new(tr!(lang, "col.message")).class("c-message"),
        Column::new(tr!(lang, "col.count")).class("num c-small"),
        Column::new(tr!(lang, "col.seen"))
            .class("num")
            .sort(SortBy::Age),
    ]
}

pub fn cells(row: &EventRow, lang: Lang) -> Vec<Cell> {
    // upstream warns of each manual run
    let by_hand = row.reason == "UnexpectedJob";
    let (tone, word) = match row.warning {
        true if by_hand => (Tone::Off, tr!(lang, "state.warning")),
        true => (Tone::Warn, tr!(lang, "state.warning")),
        false => (Tone::Off, tr!(lang, "state.normal")),
    };
    let object = match &row.link {
        Some(link) => Cell::Links(vec![Link {
            text: row.object.clone(),
            href: address::object(link),
            away: false,
        }]),
        None => Cell::text(row.object.clone()),
    };
    vec![
        Cell::Status {
            tone,
            word,
            note: String::new(),
        },
        object,
        Cell::Under {
            cell: Box::new(Cell::link(row.reason.clone(), same_reason(row))),
            under: Box::new(Cell::text(row.source.clone())),
        },
        Cell::Text {
            text: row.message.clone(),
            sub: explained(about(row), &row.reason, lang).unwrap_or_default(),
        },
        Cell::number(row.count),
        Cell::Ago(row.last),
    ]
}

/// The Events of the same reason beside it.
fn same_reason(row: &EventRow) -> String {
    address::of(&ListQuery {
        namespaces: vec![row.head.namespace.clone()],
        text: format!("reason:{}", row.reason),
        ..ListQuery::of(Kind::Event)
    })
}

/// The kind of the object that it is about, in lower case.
fn about(row: &EventRow) -> &str {
    let kind = row.object.split_once('/');
    kind.map_or("", |(kind, _)| kind)
}

pub fn statuses(lang: Lang) -> Vec<(&'static str, String)> {
    vec![
        ("warning", tr!(lang, "state.warning")),
        ("normal", tr!(lang, "state.normal")),
    ]
}
