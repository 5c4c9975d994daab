//! The page of a DaemonSet.

use orrery_view::{DaemonSetDetail, NodeCell};

use super::parts::{meta, or_dash, owned, pods, refused, stuck, template};
use super::{Fact, Model, Section, Stat};
use crate::cell::{Cell, Column, Line};
use crate::draw::{coverage, revisions};
use crate::lang::Lang;
use crate::lists::{daemonset as row, pod};
use crate::tone::{State, Tone};
use crate::{format, tr, why};

pub fn model(detail: &DaemonSetDetail, lang: Lang) -> Model {
    let it = &detail.row;
    let all = row::buttons(it, lang);
    let short = |n: u32| Cell::Number {
        n,
        tone: (n < it.desired).then_some(Tone::Warn),
    };
    Model {
        status: row::status(it, lang),
        sub: vec![
            Cell::text(it.head.namespace.clone()),
            Cell::text(it.update_strategy.clone()),
        ],
        switch: None,
        buttons: all.clone(),
        stats: vec![
            Stat::new(tr!(lang, "col.desired"), Cell::number(it.desired)),
            Stat::new(tr!(lang, "col.current"), Cell::number(it.current)),
            Stat::new(tr!(lang, "col.ready"), short(it.ready)),
            Stat::new(tr!(lang, "col.updated"), short(it.updated)),
            Stat::new(tr!(lang, "col.available"), short(it.available)),
            Stat::new(
                tr!(lang, "col.misscheduled"),
                Cell::toned(it.misscheduled, Tone::Bad),
            ),
        ],
        sections: sections(detail, lang),
    }
    .with_reason(row::object(it), &all, lang)
}

fn sections(detail: &DaemonSetDetail, lang: Lang) -> Vec<Section> {
    let mut sections = Vec::new();
    sections.extend(paused(detail, lang));
    if detail.row.current < detail.row.desired {
        sections.extend(refused(&detail.common, lang));
    }
    sections.push(Section::Drawing {
        title: tr!(lang, "cover.title"),
        html: coverage::html(detail, lang),
    });
    sections.extend(stuck(&detail.stuck, lang));
    sections.push(nodes(detail, lang));
    sections.push(pods(&detail.pods, &owned(&detail.row.head), lang));
    if !detail.history.is_empty() {
        sections.push(Section::Drawing {
            title: tr!(lang, "cover.history"),
            html: revisions::html(&row::object(&detail.row), &detail.history, lang),
        });
    }
    sections.push(spec(detail, lang));
    sections.push(template(&detail.template, lang));
    sections.push(meta(&detail.common, detail.row.head.created, lang));
    sections
}

/// What a paused rollout means, and how much of it is still to come.
fn paused(detail: &DaemonSetDetail, lang: Lang) -> Option<Section> {
    let it = &detail.row;
    row::is_paused(it).then(|| Section::Note {
        tone: Tone::Warn,
        title: tr!(lang, "rollout.paused"),
        text: match it.current.saturating_sub(it.updated) {
            0 => tr!(lang, "rollout.paused_text"),
            n => tr!(lang, "rollout.paused_old", n = format::number(n)),
        },
    })
}

/// Each node and why it has a pod or not.
fn nodes(detail: &DaemonSetDetail, lang: Lang) -> Section {
    let namespace = &detail.row.head.namespace;
    let line = |cell: &NodeCell| Line {
        key: cell.node.clone(),
        cells: vec![
            Cell::link(cell.node.clone(), format!("/nodes/{}", cell.node)),
            Cell::Status {
                tone: cell.state.tone(),
                word: cell.state.word(lang),
                note: why::cell(cell, lang),
            },
            match &cell.pod {
                Some(pod) => Cell::link(pod.clone(), format!("/pods/{namespace}/{pod}")),
                None => Cell::text("—"),
            },
            match cell.addresses.as_slice() {
                [] => Cell::text("—"),
                addresses => Cell::Links(pod::away(addresses)),
            },
        ],
    };
    Section::Table {
        title: tr!(lang, "part.nodes"),
        columns: vec![
            Column::new(tr!(lang, "col.node")).class("c-name"),
            Column::new(tr!(lang, "col.status")).class("c-message"),
            Column::new(tr!(lang, "col.pod")),
            Column::new(tr!(lang, "col.address")),
        ],
        lines: detail.row.cells.iter().map(line).collect(),
        empty: tr!(lang, "empty.nodes"),
        more: None,
    }
}

fn spec(detail: &DaemonSetDetail, lang: Lang) -> Section {
    let selector = match detail.row.node_selector.is_empty() {
        true => Cell::text(tr!(lang, "fact.every_node")),
        false => Cell::Chips(detail.row.node_selector.clone()),
    };
    let lines = vec![
        Fact::new("nodeSelector", selector),
        Fact::new(
            "updateStrategy",
            Cell::text(detail.row.update_strategy.clone()),
        ),
        Fact::new(
            "maxUnavailable",
            Cell::text(or_dash(&detail.max_unavailable)),
        ),
        Fact::new("maxSurge", Cell::text(or_dash(&detail.max_surge))),
    ];
    Section::Facts {
        title: tr!(lang, "part.spec"),
        facts: lines,
    }
}
