//! DaemonSets as rows.

use orrery_view::{DaemonSetRow, DaemonSetStatus, Kind, NodeCell, ObjectRef, SortBy};

use crate::cell::{Button, Cell, Column, Deed, Dot, MORE};
use crate::lang::Lang;
use crate::paint::MOST_DOTS;
use crate::tone::{State, Tone};
use crate::{action, address, format, tr, why};

pub fn columns(lang: Lang) -> Vec<Column> {
    vec![
        Column::new(tr!(lang, "col.status"))
            .class("c-status")
            .sort(SortBy::Status),
        Column::new(tr!(lang, "col.name"))
            .class("c-name")
            .sort(SortBy::Name),
        Column::new(tr!(lang, "col.nodes")).class("c-cells"),
        Column::new(tr!(lang, "col.desired")).class("num c-small"),
        Column::new(tr!(lang, "col.current")).class("num c-small"),
        Column::new(tr!(lang, "col.ready")).class("num c-small"),
        Column::new(tr!(lang, "col.updated")).class("num"),
        Column::new(tr!(lang, "col.available")).class("num"),
        Column::new(tr!(lang, "col.misscheduled")).class("num c-long"),
        Column::new(format!(
            "{} · {}",
            tr!(lang, "col.selector"),
            tr!(lang, "col.strategy")
        ))
        .class("c-chips"),
        Column::new(tr!(lang, "col.age"))
            .class("num")
            .sort(SortBy::Age),
        Column::new("").class("c-acts"),
    ]
}

pub fn cells(row: &DaemonSetRow, lang: Lang) -> Vec<Cell> {
    let me = object(row);
    let about = tr!(lang, "act.more", name = row.head.name);
    let menu = Button::menu(MORE, about, me.clone(), buttons(row, lang));
    let short = |n: u32| Cell::Number {
        n,
        tone: (n < row.desired).then_some(Tone::Warn),
    };
    vec![
        status(row, lang),
        Cell::Name {
            href: address::object(&me),
            name: row.head.name.clone(),
            sub: row.head.namespace.clone(),
        },
        nodes(&row.cells, &row.head.namespace, lang),
        Cell::number(row.desired),
        Cell::number(row.current),
        short(row.ready),
        short(row.updated),
        short(row.available),
        Cell::toned(row.misscheduled, Tone::Bad),
        Cell::Under {
            cell: Box::new(Cell::Chips(row.node_selector.clone())),
            under: Box::new(Cell::text(row.update_strategy.clone())),
        },
        Cell::Ago(row.head.created),
        Cell::Buttons(vec![menu]),
    ]
}

pub fn status(row: &DaemonSetRow, lang: Lang) -> Cell {
    let (tone, word) = match row.head.deleting {
        true => (Tone::Warn, tr!(lang, "state.terminating")),
        false => (row.status.tone(), row.status.word(lang)),
    };
    let note = match row.misscheduled {
        0 => String::new(),
        n => tr!(lang, "note.misscheduled", n = format::number(n)),
    };
    Cell::Status { tone, word, note }
}

/// A square per node, in words too. Of more than are drawn, those that are not well come first.
pub fn nodes(cells: &[NodeCell], namespace: &str, lang: Lang) -> Cell {
    let mut cells: Vec<&NodeCell> = cells.iter().collect();
    if cells.len() > MOST_DOTS {
        cells.sort_by_key(|cell| matches!(cell.state.tone(), Tone::Ok | Tone::Off));
    }
    let dots = cells.into_iter().map(|cell| {
        let mut label = format!("{}: {}", cell.node, cell.state.word(lang));
        let why = why::cell(cell, lang);
        if !why.is_empty() {
            label.push_str(&format!(" ({why})"));
        }
        Dot {
            tone: cell.state.tone(),
            label,
            href: target(cell, namespace),
        }
    });
    Cell::Dots {
        dots: dots.collect(),
        square: true,
    }
}

/// The pod where there is one, the node where there is none.
pub fn target(cell: &NodeCell, namespace: &str) -> String {
    match &cell.pod {
        Some(pod) => format!("/pods/{namespace}/{pod}"),
        None => format!("/nodes/{}", cell.node),
    }
}

pub fn buttons(row: &DaemonSetRow, lang: Lang) -> Vec<Button> {
    let me = object(row);
    let name = &row.head.name;
    let paused = is_paused(row);
    let pause = match paused {
        true => tr!(lang, "act.unpause"),
        false => tr!(lang, "act.pause"),
    };
    vec![
        Button::new(tr!(lang, "act.logs"), name, Deed::Go(address::log(&me))),
        Button::new(tr!(lang, "act.restart"), name, Deed::Restart(me.clone())),
        Button::new(pause, name, Deed::Pause(me.clone(), !paused)),
        Button::new(tr!(lang, "act.delete"), name, Deed::Delete(me)).danger(),
    ]
}

/// A new template reaches only pods that are made anew.
pub fn is_paused(row: &DaemonSetRow) -> bool {
    row.update_strategy == action::strategy(true)
}

pub fn statuses(lang: Lang) -> Vec<(&'static str, String)> {
    [
        ("unavailable", DaemonSetStatus::Unavailable),
        ("updating", DaemonSetStatus::Updating),
        ("paused", DaemonSetStatus::Paused),
        ("healthy", DaemonSetStatus::Healthy),
        ("idle", DaemonSetStatus::Idle),
    ]
    .map(|(name, status)| (name, status.word(lang)))
    .into()
}

pub fn object(row: &DaemonSetRow) -> ObjectRef {
    ObjectRef::of(Kind::DaemonSet, &row.head)
}
