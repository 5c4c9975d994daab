//! Allow, Forbid and Replace side by side: the same slots under each, drawn, and the choice between them.

use std::fmt::Write;

use orrery_view::{Concurrency, Millis};

use super::Sheet;
use crate::forms::draft::policy;
use crate::forms::paper::Paper;
use crate::forms::trial::{Planned, Trial};
use crate::lang::Lang;
use crate::paint::Esc;
use crate::{format, tr};

/// Slots drawn: enough to see a pattern, few enough to see each.
const DRAWN: usize = 6;
/// Rows of runs over each other, and the height of one.
const ROWS: usize = 4;
const ROW: usize = 12;
/// Without any run to learn from, one and a half slots long: so that the policies differ.
const THOUGHT_TENTHS: Millis = 15;

pub fn draw(paper: &mut Paper, sheet: &Sheet, typed: &str) {
    let lang = paper.lang;
    paper.put(format_args!(
        r#"<fieldset class="policies"><legend>{}</legend>"#,
        tr!(lang, "fact.concurrency")
    ));
    let slots = &sheet.outlook.next[..sheet.outlook.next.len().min(DRAWN)];
    let takes = takes(sheet);
    for each in [
        Concurrency::Allow,
        Concurrency::Forbid,
        Concurrency::Replace,
    ] {
        let deadline = sheet
            .mine
            .deadline_secs
            .map(|secs| secs.saturating_mul(1_000));
        // nothing to draw while the schedule cannot be read
        let drawn = takes.filter(|_| !slots.is_empty());
        let trial = drawn.map(|takes| Trial::of(each, slots, takes, deadline));
        let checked = if each == sheet.mine.policy {
            " checked"
        } else {
            ""
        };
        let (name, text) = (policy(each), explained(each, lang));
        paper.put(format_args!(
            r#"<label class="choice"><input type="radio" name="concurrencyPolicy" value="{name}"{checked}><span><b>{name}</b><span class="sub">{text}</span>"#
        ));
        if let Some(trial) = trial {
            paper.html(&picture(&trial, slots));
            paper.put(format_args!(
                r#"<span class="sub tally">{}</span>"#,
                tally(&trial, slots.len(), lang)
            ));
        }
        paper.html("</span></label>");
    }
    paper.html("</fieldset>");
    how_long(paper, sheet, typed, takes);
}

/// What a run is thought to take: as typed, as usual, or else so that the policies differ.
fn takes(sheet: &Sheet) -> Option<Millis> {
    let outlook = &sheet.outlook;
    let thought = outlook.gap.map(|gap| gap * THOUGHT_TENTHS / 10);
    sheet
        .takes
        .or(outlook.usual.filter(|usual| *usual > 0))
        .or(thought)
}

fn explained(policy: Concurrency, lang: Lang) -> String {
    match policy {
        Concurrency::Allow => tr!(lang, "policy.allow"),
        Concurrency::Forbid => tr!(lang, "edit.forbid"),
        Concurrency::Replace => tr!(lang, "policy.replace"),
    }
}

/// What-if: another duration, which is not saved.
fn how_long(paper: &mut Paper, sheet: &Sheet, typed: &str, takes: Option<Millis>) {
    let lang = paper.lang;
    let why = match (sheet.takes, sheet.outlook.usual, takes) {
        (Some(_), _, _) | (_, _, None) => tr!(lang, "edit.takes_typed"),
        (None, Some(usual), _) if usual > 0 => {
            tr!(lang, "edit.takes_usual", t = format::exact(usual, lang))
        }
        (None, _, Some(takes)) => {
            tr!(
                lang,
                "edit.takes_thought",
                t = format::duration(takes, lang)
            )
        }
    };
    paper.put(format_args!(
        r#"<label class="field takes"><b>{}</b><input type="number" min="0" step="any" name="takes" value="{}"><span>{why}</span></label>"#,
        tr!(lang, "edit.takes"),
        Esc(typed)
    ));
}

/// Slots as lines, runs as bars in rows over each other; a line sweeps over them as time does.
fn picture(trial: &Trial, slots: &[Millis]) -> String {
    let (Some(first), Some(last)) = (slots.first(), slots.last()) else {
        return String::new();
    };
    let gap = (last - first) / (slots.len() as Millis - 1).max(1);
    let end = last + gap.max(1);
    let place = |at: Millis| (at - first) as f64 * 96.0 / (end - first) as f64 + 2.0;
    let tall = ROWS * ROW + 6;
    // Writing to a string does not fail.
    let mut out = format!(r#"<svg class="trial" width="100%" height="{tall}" aria-hidden="true">"#);
    for slot in slots {
        let (x, class) = (
            place(*slot),
            if trial.dropped.contains(slot) {
                "slot off"
            } else {
                "slot"
            },
        );
        let _ = write!(
            out,
            r#"<line class="{class}" x1="{x:.2}%" x2="{x:.2}%" y1="0" y2="{tall}"/>"#
        );
    }
    for (run, row) in rows(&trial.runs) {
        let (x, to) = (place(run.start), place(run.end.min(end)));
        let class = match (run.stopped, run.start > run.slot) {
            (true, _) => "stopped",
            (_, true) => "late",
            _ => "",
        };
        let _ = write!(
            out,
            r#"<rect class="go {class}" x="{x:.2}%" y="{}" width="{:.2}%" height="{}" rx="3"/>"#,
            4 + row * ROW,
            (to - x).max(0.8),
            ROW - 3
        );
    }
    out + &format!(r#"<rect class="sweep" x="0" y="0" width="2" height="{tall}"/></svg>"#)
}

/// Each run in the first row that is free; what would be below the last is left to the number beside.
fn rows(runs: &[Planned]) -> Vec<(Planned, usize)> {
    let mut free = [Millis::MIN; ROWS];
    let mut out = Vec::new();
    for run in runs {
        if let Some(row) = free.iter().position(|end| *end <= run.start) {
            free[row] = run.end;
            out.push((*run, row));
        }
    }
    out
}

fn tally(trial: &Trial, slots: usize, lang: Lang) -> String {
    let stopped = trial.runs.iter().filter(|run| run.stopped).count();
    let late = trial.runs.iter().filter(|run| run.start > run.slot).count();
    let mut parts = vec![tr!(
        lang,
        "edit.tally",
        n = format::number(trial.runs.len()),
        slots = format::number(slots)
    )];
    for (n, text) in [
        (
            trial.dropped.len(),
            tr!(
                lang,
                "edit.tally_dropped",
                n = format::number(trial.dropped.len())
            ),
        ),
        (late, tr!(lang, "edit.tally_late", n = format::number(late))),
        (
            stopped,
            tr!(lang, "edit.tally_stopped", n = format::number(stopped)),
        ),
    ] {
        if n > 0 {
            parts.push(text);
        }
    }
    if trial.most_at_once > 1 {
        parts.push(tr!(
            lang,
            "edit.tally_at_once",
            n = format::number(trial.most_at_once)
        ));
    }
    parts.join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tally_says_what_becomes_of_the_slots() {
        let slots = [0, 10, 20, 30];
        let said = |policy| tally(&Trial::of(policy, &slots, 25, None), 4, Lang::En);
        assert!(
            said(Concurrency::Allow).ends_with("up to 3 at once"),
            "{}",
            said(Concurrency::Allow)
        );
        assert!(
            said(Concurrency::Forbid).contains("1 dropped"),
            "{}",
            said(Concurrency::Forbid)
        );
        assert!(
            said(Concurrency::Replace).contains("3 stopped"),
            "{}",
            said(Concurrency::Replace)
        );
    }

    #[test]
    fn runs_at_once_lie_over_each_other() {
        let trial = Trial::of(Concurrency::Allow, &[0, 10, 20, 30], 25, None);
        let rows: Vec<_> = rows(&trial.runs).into_iter().map(|(_, row)| row).collect();
        assert_eq!(rows, [0, 1, 2, 0]);
        assert_eq!(
            picture(&trial, &[0, 10, 20, 30])
                .matches("class=\"go")
                .count(),
            4
        );
    }
}
