//! The node coverage of a DaemonSet: a cell for each node, the rollout, and each reason once.

use std::collections::BTreeMap;
use std::fmt::Write;

use orrery_view::{CellState, DaemonSetDetail, NodeCell};

use super::matrix::{MOST_STOPS, entry, stop};
use crate::lang::Lang;
use crate::lists::daemonset::target;
use crate::paint::Esc;
use crate::tone::State;
use crate::{format, tr, why};

/// Cells drawn; the table below has every node.
const MOST_CELLS: usize = 1_000;
/// Cells in a row, which is what the live stream sends.
const ROW: usize = 20;
/// Nodes named of a reason; the others are a number.
const MOST_NAMED: usize = 5;

const LEGEND: [CellState; 7] = [
    CellState::Ready,
    CellState::Old,
    CellState::Pending,
    CellState::Missing,
    CellState::NotReady,
    CellState::Misscheduled,
    CellState::Excluded,
];

pub fn html(detail: &DaemonSetDetail, lang: Lang) -> String {
    let row = &detail.row;
    let mut out = rollout(detail, lang);
    out.push_str(r#"<p class="legend">"#);
    for state in LEGEND {
        let n = row.cells.iter().filter(|cell| cell.state == state).count() as u32;
        if n > 0 {
            entry(&mut out, class(state), letter(state), &state.word(lang), n);
        }
    }
    // Writing to a string does not fail.
    let _ = write!(
        out,
        r#"</p><table class="matrix"><caption class="vh">{}</caption><tbody>"#,
        tr!(lang, "cover.title")
    );
    let many = row.cells.len() > MOST_STOPS;
    for (n, cells) in row.cells.chunks(ROW).take(MOST_CELLS / ROW).enumerate() {
        let _ = write!(out, r#"<tr data-k="coverage {n}">"#);
        for (place, cell) in cells.iter().enumerate() {
            let _ = write!(
                out,
                r#"<td><a class="ix {}" href="{}" aria-label="{2}" title="{2}"{3}>{4}</a></td>"#,
                class(cell.state),
                Esc(&target(cell, &row.head.namespace)),
                Esc(&label(cell, lang)),
                stop(many, n + place == 0),
                letter(cell.state)
            );
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table>");
    if row.cells.len() > MOST_CELLS {
        let more = tr!(
            lang,
            "note.more",
            n = format::number(row.cells.len() - MOST_CELLS)
        );
        let _ = write!(out, r#"<p class="aside">{more}</p>"#);
    }
    reasons(&mut out, &row.cells, lang);
    out
}

/// `node-3: Excluded (taint gpu=true:NoSchedule)`.
fn label(cell: &NodeCell, lang: Lang) -> String {
    let word = cell.state.word(lang);
    match why::cell(cell, lang).as_str() {
        "" => format!("{}: {word}", cell.node),
        why => format!("{}: {word} ({why})", cell.node),
    }
}

/// How far the newest template has come; with OnDelete, what moves it on.
fn rollout(detail: &DaemonSetDetail, lang: Lang) -> String {
    let row = &detail.row;
    if row.updated >= row.desired {
        return String::new();
    }
    let (n, of) = (format::number(row.updated), format::number(row.desired));
    let said = tr!(lang, "cover.rollout", n = n, of = of);
    let mut out = format!(
        r#"<p class="rollout"><b>{said}</b><progress class="progress run" max="{}" value="{}" aria-label="{said}"></progress></p>"#,
        row.desired, row.updated
    );
    if row.update_strategy == "OnDelete" {
        let _ = write!(
            out,
            r#"<p class="aside">{}</p>"#,
            tr!(lang, "cover.on_delete")
        );
    }
    out
}

/// Each reason with the nodes that it holds for.
fn reasons(out: &mut String, cells: &[NodeCell], lang: Lang) {
    let mut by_reason: BTreeMap<(usize, String, bool), Vec<&str>> = BTreeMap::new();
    for cell in cells {
        let why = why::cell(cell, lang);
        if !why.is_empty() {
            let place = LEGEND.iter().position(|state| *state == cell.state);
            let reason = (place.unwrap_or(0), why, cell.because.is_some());
            by_reason.entry(reason).or_default().push(&cell.node);
        }
    }
    if by_reason.is_empty() {
        return;
    }
    out.push_str(r#"<ul class="reasons">"#);
    for ((place, why, is_sentence), nodes) in by_reason {
        let state = LEGEND[place];
        let named = nodes
            .iter()
            .take(MOST_NAMED)
            .copied()
            .collect::<Vec<_>>()
            .join(", ");
        let more = match nodes.len().saturating_sub(MOST_NAMED) {
            0 => String::new(),
            more => format!(" {}", tr!(lang, "note.more", n = format::number(more))),
        };
        // what is no sentence of ours is written as in the manifest: `nodeSelector disk=ssd`
        let tag = if is_sentence { "span" } else { "code" };
        let _ = write!(
            out,
            r#"<li><i class="dot {}" aria-hidden="true"></i><b>{}</b> <{tag}>{}</{tag}> {}{more}</li>"#,
            state.tone().class(),
            state.word(lang),
            Esc(&why),
            Esc(&named)
        );
    }
    out.push_str("</ul>");
}

fn letter(state: CellState) -> char {
    match state {
        CellState::Ready => 'R',
        CellState::Old => 'O',
        CellState::Pending => 'P',
        CellState::Missing => 'M',
        CellState::NotReady => 'N',
        CellState::Misscheduled => '!',
        CellState::Excluded => '×',
    }
}

fn class(state: CellState) -> &'static str {
    match state {
        CellState::Excluded => "open",
        state => state.tone().class(),
    }
}
