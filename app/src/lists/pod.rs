//! Pods as rows.

use orrery_view::{ContainerDot, Kind, LIVE, ObjectRef, PodRow, SortBy};

use crate::cell::{Button, Cell, Column, Deed, Dot, Link, MORE};
use crate::forms;
use crate::lang::Lang;
use crate::tone::{self, State, Tone};
use crate::{address, format, kinds, tr, why};

/// The class of the column that says where a pod is.
pub const NODE: &str = "c-node";
/// The class of the column that says whose a row is.
pub const OWNER: &str = "c-owner";

pub fn columns(lang: Lang) -> Vec<Column> {
    vec![
        Column::new(tr!(lang, "col.status"))
            .class("c-status")
            .sort(SortBy::Status),
        Column::new(tr!(lang, "col.name"))
            .class("c-name")
            .sort(SortBy::Name),
        Column::new(tr!(lang, "col.ready")).class("num c-small"),
        Column::new(tr!(lang, "col.containers")).class("c-dots"),
        Column::new(tr!(lang, "col.restarts"))
            .class("num c-small")
            .sort(SortBy::Restarts),
        Column::new(format!("{} · IP", tr!(lang, "col.node")))
            .class(NODE)
            .sort(SortBy::Node),
        Column::new(tr!(lang, "col.owner")).class(OWNER),
        Column::new(tr!(lang, "col.age"))
            .class("num")
            .sort(SortBy::Age),
        Column::new("").class("c-acts"),
    ]
}

pub fn cells(row: &PodRow, lang: Lang) -> Vec<Cell> {
    let me = object(row);
    let mut all = buttons(row, lang);
    let more = all.split_off(1);
    all.push(Button {
        about: tr!(lang, "act.more", name = row.head.name),
        ..Button::new(MORE, "", Deed::Menu(me.clone(), more))
    });
    vec![
        status(row),
        Cell::Name {
            href: address::object(&me),
            name: row.head.name.clone(),
            sub: row.head.namespace.clone(),
        },
        Cell::text(format::ratio(row.ready, row.total)),
        containers(&row.containers, &me, lang),
        Cell::toned(row.restarts, Tone::Warn),
        place(row),
        owner(row.owner.as_ref()),
        Cell::Ago(row.head.created),
        Cell::Buttons(all),
    ]
}

/// kubectl's word, which says what it means in every language.
pub fn status(row: &PodRow) -> Cell {
    Cell::Status {
        tone: tone::of_pod(row.health),
        word: row.status.clone(),
        note: row.message.clone(),
    }
}

pub fn containers(dots: &[ContainerDot], pod: &ObjectRef, lang: Lang) -> Cell {
    let dots = dots.iter().map(|dot| {
        let mut label = format!("{}: {}", dot.name, dot.state.word(lang));
        let why = why::container(dot, lang);
        if !why.is_empty() {
            label.push_str(&format!(" ({why})"));
        }
        let href = format!(
            "{}?container={}",
            address::log(pod),
            address::escape(&dot.name)
        );
        Dot {
            tone: dot.state.tone(),
            label,
            href,
        }
    });
    Cell::Dots {
        dots: dots.collect(),
        square: false,
    }
}

pub fn node(node: &str) -> Cell {
    match node {
        "" => Cell::text("—"),
        node => Cell::link(node, format!("/nodes/{node}")),
    }
}

/// The node, and under it the pod's address or the ones that its host ports answer on.
fn place(row: &PodRow) -> Cell {
    let under = match row.addresses.as_slice() {
        [] if row.ip.is_empty() => return node(&row.node),
        [] => Cell::text(row.ip.clone()),
        addresses => Cell::Links(away(addresses)),
    };
    Cell::Under {
        cell: Box::new(node(&row.node)),
        under: Box::new(under),
    }
}

pub fn away(addresses: &[String]) -> Vec<Link> {
    let link = |address: &String| Link {
        text: address
            .trim_start_matches("http://")
            .trim_end_matches('/')
            .into(),
        href: address.clone(),
        away: true,
    };
    addresses.iter().map(link).collect()
}

pub fn owner(owner: Option<&ObjectRef>) -> Cell {
    match owner {
        Some(owner) => Cell::link(
            format!("{} {}", kinds::one(owner.kind), owner.name),
            address::object(owner),
        ),
        None => Cell::text("—"),
    }
}

pub fn buttons(row: &PodRow, lang: Lang) -> Vec<Button> {
    let me = object(row);
    let name = &row.head.name;
    let evict = Deed::Form(forms::address("evict", &me));
    vec![
        Button::new(tr!(lang, "act.logs"), name, Deed::Go(address::log(&me))),
        Button::new(tr!(lang, "evict.button"), name, evict).danger(),
        Button::new(tr!(lang, "act.delete"), name, Deed::Delete(me)).danger(),
    ]
}

pub fn statuses(lang: Lang) -> Vec<(&'static str, String)> {
    vec![
        (LIVE, tr!(lang, "state.live")),
        ("bad", tr!(lang, "state.trouble")),
        ("waiting", tr!(lang, "state.waiting")),
        ("running", tr!(lang, "state.running")),
        ("terminating", tr!(lang, "state.terminating")),
        ("failed", tr!(lang, "state.failed")),
        ("done", tr!(lang, "state.done")),
    ]
}

pub fn object(row: &PodRow) -> ObjectRef {
    ObjectRef::of(Kind::Pod, &row.head)
}
