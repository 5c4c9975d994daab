//! Nodes as rows.

use orrery_view::{Kind, NodeRow, ObjectRef, PodSquare, SortBy};

use crate::cell::{Button, Cell, Column, Deed, Dot, MORE};
use crate::forms;
use crate::lang::Lang;
use crate::tone::{self, Tone};
use crate::{address, format, tr};

pub fn columns(lang: Lang) -> Vec<Column> {
    vec![
        Column::new(tr!(lang, "col.status"))
            .class("c-status")
            .sort(SortBy::Status),
        Column::new(tr!(lang, "col.name"))
            .class("c-name")
            .sort(SortBy::Name),
        Column::new(tr!(lang, "col.pods")).class("c-squares"),
        Column::new(tr!(lang, "col.capacity")).class("num c-small"),
        Column::new(tr!(lang, "col.taints")).class("c-chips"),
        Column::new(tr!(lang, "col.address")).class("c-ip"),
        Column::new(tr!(lang, "col.version")).class("c-ip"),
        Column::new(tr!(lang, "col.age"))
            .class("num")
            .sort(SortBy::Age),
        Column::new("").class("c-acts"),
    ]
}

pub fn cells(row: &NodeRow, lang: Lang) -> Vec<Cell> {
    let me = object(row);
    let all = buttons(row, lang);
    let about = tr!(lang, "act.more", name = row.head.name);
    let mut shown = all[..1].to_vec();
    shown.push(Button::menu(MORE, about, me.clone(), all));
    vec![
        status(row, lang),
        Cell::Name {
            href: address::object(&me),
            name: row.head.name.clone(),
            sub: row.roles.join(", "),
        },
        squares(&row.pods),
        Cell::text(format::ratio(row.pods.len(), row.pod_capacity)),
        taints(&row.taints),
        Cell::text(row.address.clone()),
        Cell::text(row.version.clone()),
        Cell::Ago(row.head.created),
        Cell::Buttons(shown),
    ]
}

pub fn status(row: &NodeRow, lang: Lang) -> Cell {
    let (tone, word) = match (row.ready, row.cordoned) {
        (false, _) => (Tone::Bad, tr!(lang, "state.not_ready")),
        (true, true) => (Tone::Warn, tr!(lang, "state.cordoned")),
        (true, false) => (Tone::Ok, tr!(lang, "state.ready")),
    };
    let note = match row.off && row.ready {
        true => tr!(lang, "machine.silent"),
        false => row.message.clone(),
    };
    Cell::Status { tone, word, note }
}

pub fn squares(pods: &[PodSquare]) -> Cell {
    let dots = pods.iter().map(|pod| Dot {
        tone: tone::of_pod(pod.health),
        label: format!("{}/{}: {}", pod.namespace, pod.name, pod.status),
        href: format!("/pods/{}/{}", pod.namespace, pod.name),
    });
    Cell::Dots {
        dots: dots.collect(),
        square: true,
    }
}

pub fn taints(taints: &[String]) -> Cell {
    match taints {
        [] => Cell::text("—"),
        taints => Cell::Chips(taints.to_vec()),
    }
}

pub fn buttons(row: &NodeRow, lang: Lang) -> Vec<Button> {
    let label = match row.cordoned {
        true => tr!(lang, "act.uncordon"),
        false => tr!(lang, "act.cordon"),
    };
    let (me, name) = (object(row), &row.head.name);
    let form = |deed, label| {
        let deed = Deed::Form(forms::address(deed, &me));
        Button::new(label, name, deed)
    };
    let cordon = Deed::Cordon(me.clone(), !row.cordoned);
    let mut all = vec![
        Button::new(label, name, cordon),
        form("marks", tr!(lang, "marks.button")),
    ];
    if row.off {
        all.push(form("recover", tr!(lang, "machine.recover")));
    }
    all.push(form("drain", tr!(lang, "drain.button")).danger());
    if has_machine(name) {
        if !row.off {
            all.push(form("fail", tr!(lang, "machine.fail")).danger());
        }
        all.push(form("remove", tr!(lang, "machine.remove")).danger());
    }
    all
}

/// Whether a node agent of Orrery's can be called so; a Node that was made by hand has none.
fn has_machine(name: &str) -> bool {
    let number = name.strip_prefix("node-").unwrap_or_default();
    !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit())
}

pub fn statuses(lang: Lang) -> Vec<(&'static str, String)> {
    vec![
        ("notready", tr!(lang, "state.not_ready")),
        ("cordoned", tr!(lang, "state.cordoned")),
        ("ready", tr!(lang, "state.ready")),
    ]
}

pub fn object(row: &NodeRow) -> ObjectRef {
    ObjectRef {
        kind: Kind::Node,
        namespace: String::new(),
        name: row.head.name.clone(),
    }
}
