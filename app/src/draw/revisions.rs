//! The revisions of a DaemonSet, each with what it changed.

use std::fmt::Write;

use orrery_view::{Change, ObjectRef, Revision};

use crate::cell::{Button, Cell, Deed};
use crate::forms;
use crate::lang::Lang;
use crate::paint::{self, Esc};
use crate::{kinds, tr};

pub fn html(daemonset: &ObjectRef, revisions: &[Revision], lang: Lang) -> String {
    let mut out = String::new();
    for revision in revisions {
        let open = if revision.current { " open" } else { "" };
        // Writing to a string does not fail.
        let _ = write!(
            out,
            r#"<details class="rev" data-k="revision {0}"{open}><summary><b>{1}</b> "#,
            revision.number,
            tr!(lang, "cover.revision", n = revision.number)
        );
        if revision.current {
            let _ = write!(
                out,
                r#"<span class="tag">{}</span> "#,
                tr!(lang, "cover.current")
            );
        }
        let _ = write!(
            out,
            r#"<span class="sub">{} · {}</span></summary>"#,
            kinds::pods(revision.pods as usize, lang),
            paint::html(&Cell::Ago(revision.created), lang)
        );
        if !revision.cause.is_empty() {
            let _ = write!(out, "<p>{}</p>", Esc(&revision.cause));
        }
        match revision.changes.is_empty() {
            true => {
                _ = write!(
                    out,
                    r#"<p class="aside">{}</p>"#,
                    tr!(lang, "cover.unchanged")
                )
            }
            false => diff(&mut out, &revision.changes),
        }
        if !revision.current {
            undo(&mut out, daemonset, revision.number, lang);
        }
        out.push_str("</details>");
    }
    out
}

fn undo(out: &mut String, daemonset: &ObjectRef, number: i64, lang: Lang) {
    let about = tr!(lang, "cover.revision", n = number);
    let deed = Deed::Form(forms::undo::at(daemonset, number));
    let button = Button::new(tr!(lang, "undo.button"), &about, deed);
    out.push_str(&paint::html(&Cell::Buttons(vec![button]), lang));
}

/// What was there and what came, a line each.
fn diff(out: &mut String, changes: &[Change]) {
    out.push_str(r#"<div class="diff">"#);
    for change in changes {
        let _ = write!(out, "<p><code>{}</code>", Esc(&change.path));
        if let Some(before) = &change.before {
            let _ = write!(out, "<del>− {}</del>", Esc(before));
        }
        if let Some(after) = &change.after {
            let _ = write!(out, "<ins>+ {}</ins>", Esc(after));
        }
        out.push_str("</p>");
    }
    out.push_str("</div>");
}
