//! The page of a Node.

use orrery_view::{Kind, ListQuery, NodeDetail};

use super::parts::{conditions, leave_out, meta, or_dash, pods};
use super::{Fact, Model, Section, Stat};
use crate::cell::{Cell, Column, Line};
use crate::lang::Lang;
use crate::lists::{node as row, pod};
use crate::{address, format, tr};

pub fn model(detail: &NodeDetail, lang: Lang) -> Model {
    let it = &detail.row;
    let all = row::buttons(it, lang);
    let sub = [it.roles.join(", "), it.address.clone(), it.version.clone()];
    let sub = sub.into_iter().filter(|text| !text.is_empty());
    Model {
        status: row::status(it, lang),
        sub: sub.map(Cell::text).collect(),
        switch: None,
        buttons: all.clone(),
        stats: vec![
            Stat::new(
                tr!(lang, "kind.pods"),
                Cell::text(format::ratio(it.pods.len(), it.pod_capacity)),
            ),
            Stat::new(tr!(lang, "part.pods_here"), row::squares(&it.pods)),
        ],
        sections: vec![
            pods_here(detail, lang),
            resources(detail, lang),
            conditions(&detail.conditions, lang),
            info(detail, lang),
            meta(&detail.common, it.head.created, lang),
        ],
    }
    .with_reason(row::object(it), &all, lang)
}

/// Its pods, without saying of each that it is here.
fn pods_here(detail: &NodeDetail, lang: Lang) -> Section {
    let all = ListQuery {
        text: detail.row.head.name.clone(),
        limit: address::ROWS,
        ..ListQuery::of(Kind::Pod)
    };
    let mut section = pods(&detail.pods, &all, lang);
    leave_out(&mut section, pod::NODE);
    section
}

fn resources(detail: &NodeDetail, lang: Lang) -> Section {
    let line = |(name, allocatable, requested): &(String, String, String)| Line {
        key: name.clone(),
        cells: vec![
            Cell::text(name.clone()),
            Cell::text(or_dash(requested)),
            Cell::text(or_dash(allocatable)),
        ],
    };
    Section::Table {
        title: tr!(lang, "part.resources"),
        columns: vec![
            Column::new(tr!(lang, "col.resource")).class("c-name"),
            Column::new(tr!(lang, "col.requested")).class("num"),
            Column::new(tr!(lang, "col.allocatable")).class("num"),
        ],
        lines: detail.resources.iter().map(line).collect(),
        empty: tr!(lang, "empty.resources"),
        more: None,
    }
}

fn info(detail: &NodeDetail, lang: Lang) -> Section {
    let mut lines = vec![Fact::new(
        tr!(lang, "col.taints"),
        row::taints(&detail.row.taints),
    )];
    let facts = detail
        .info
        .iter()
        .map(|(name, value)| Fact::new(name.clone(), Cell::text(value.clone())));
    lines.extend(facts);
    Section::Facts {
        title: tr!(lang, "part.system"),
        facts: lines,
    }
}
