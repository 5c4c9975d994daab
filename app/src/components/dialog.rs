//! The one dialog of a page: a question, a menu or the shortcuts. What its buttons do is heard by
//! [`crate::browser::wake`], as on the rest of the page.

use std::fmt::Write;

use leptos::html;
use leptos::prelude::*;
use orrery_view::{Cascade, Kind, ObjectRef};

use crate::action::Action;
use crate::cell::{Button, Deed};
use crate::lang::Lang;
use crate::paint::{Esc, cascades, command, reason};
use crate::ui::{Asking, Ui};
use crate::{browser, kinds, tr, ui};

#[island]
pub fn Dialog() -> impl IntoView {
    let ui = Ui::here();
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let Some(dialog) = dialog.get() else { return };
        let html = ui
            .asking
            .with(|asking| asking.as_ref().map(|asking| draw(asking, ui.lang)));
        match (html, dialog.open()) {
            (Some(html), open) => {
                dialog.set_inner_html(&(html + ui::TOLD_IN_DIALOG));
                match open {
                    // a question in place of a menu begins as one of its own does
                    true => browser::focus("dialog [autofocus]"),
                    // It fails only when it is open already.
                    false => _ = dialog.show_modal(),
                }
                ui.live.clock.say();
            }
            (None, true) => dialog.close(),
            (None, false) => {}
        }
    });
    view! { <dialog node_ref=dialog aria-labelledby="asking" on:close=move |_| closed(ui, dialog)></dialog> }
}

fn closed(ui: Ui, dialog: NodeRef<html::Dialog>) {
    let by_us = ui.asking.with_untracked(Option::is_none);
    let dialog = dialog.get_untracked();
    if by_us || !dialog.is_some_and(|dialog| browser::reopen(&dialog)) {
        ui.asking.set(None);
    }
}

/// What the dialog holds.
pub(super) fn draw(asking: &Asking, lang: Lang) -> String {
    let mut out = String::new();
    match asking {
        Asking::Delete(object) => delete(&mut out, object, lang),
        Asking::Menu(object, buttons) => menu(&mut out, object, buttons, lang),
        Asking::Sheet(html) => out.push_str(html),
        Asking::Help => help(&mut out, lang),
    }
    out
}

fn title(out: &mut String, text: &str) {
    // Writing to a string does not fail.
    let _ = write!(out, r#"<h2 id="asking">{}</h2>"#, Esc(text));
}

fn close(out: &mut String, word: &str, more: &str) {
    let _ = write!(
        out,
        r#"<div class="acts end"><button class="btn" type="button" autofocus data-do="close">{}</button>{more}</div>"#,
        Esc(word)
    );
}

/// Whether to delete, and what becomes of what the object owns.
fn delete(out: &mut String, object: &ObjectRef, lang: Lang) {
    let kind = kinds::one(object.kind);
    title(
        out,
        &tr!(lang, "delete.title", kind = kind, name = object.name),
    );
    let _ = write!(out, "<p>{}</p>", tr!(lang, "delete.text"));
    if matches!(object.kind, Kind::CronJob | Kind::Job | Kind::DaemonSet) {
        cascades(out, Cascade::default(), lang);
    }
    reason(out, "", lang);
    let action = Action::Delete {
        object: object.clone(),
        cascade: Cascade::default(),
    };
    command(out, &action.kubectl(None), lang);
    let confirm = format!(
        r#"<button class="btn danger" id="confirm" type="button" data-do="delete">{}</button>"#,
        tr!(lang, "act.delete")
    );
    close(out, &tr!(lang, "act.cancel"), &confirm);
}

/// The other deeds of an object, each with the command that does the same.
fn menu(out: &mut String, object: &ObjectRef, buttons: &[Button], lang: Lang) {
    title(out, &format!("{} {}", kinds::one(object.kind), object.name));
    let acts = |button: &Button| button.refused.is_empty() && ui::action(&button.deed).is_some();
    if buttons.iter().any(acts) {
        reason(out, "", lang);
    }
    out.push_str(r#"<ul class="menu">"#);
    for (i, button) in buttons.iter().enumerate() {
        let class = if button.danger { "btn danger" } else { "btn" };
        let (label, about) = (Esc(&button.label), Esc(&button.about));
        let _ = match button.refused.as_str() {
            "" => write!(
                out,
                r#"<li><button class="{class}" type="button" aria-label="{about}" data-item="{i}">{label}</button>"#
            ),
            why => write!(
                out,
                r#"<li><button class="{class}" type="button" aria-label="{about}" aria-disabled="true">{label}</button><p class="sub">{}</p>"#,
                Esc(why)
            ),
        };
        let action = match &button.deed {
            Deed::Delete(object) => Some(Action::Delete {
                object: object.clone(),
                cascade: Cascade::default(),
            }),
            deed => ui::action(deed),
        };
        if let Some(action) = action {
            command(out, &action.kubectl(None), lang);
        }
        out.push_str("</li>");
    }
    out.push_str("</ul>");
    close(out, &tr!(lang, "act.close"), "");
}

/// The shortcuts.
fn help(out: &mut String, lang: Lang) {
    title(out, &tr!(lang, "help.title"));
    out.push_str(r#"<dl class="keys">"#);
    let keys = [
        ("Ctrl K, ⌘ K", tr!(lang, "help.palette")),
        ("/", tr!(lang, "help.search")),
        ("1–9", tr!(lang, "help.namespace")),
        ("0", tr!(lang, "help.namespaces")),
        ("j, k", tr!(lang, "help.walk")),
        ("Enter", tr!(lang, "help.open")),
        ("x", tr!(lang, "help.pick")),
        ("Shift X", tr!(lang, "help.pick_between")),
        ("+, −, ←, →", tr!(lang, "help.timeline")),
        ("←, ↑, →, ↓", tr!(lang, "help.cells")),
        ("Esc", tr!(lang, "help.close")),
        ("?", tr!(lang, "help.help")),
    ];
    for (keys, text) in keys {
        out.push_str("<dt>");
        for key in keys.split(", ") {
            let _ = write!(out, "<kbd>{key}</kbd> ");
        }
        let _ = write!(out, "</dt><dd>{text}</dd>");
    }
    out.push_str("</dl>");
    close(out, &tr!(lang, "act.close"), "");
}
