//! The form of a run that differs from its template: read when it is sent.

use js_sys::Reflect;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlInputElement};

use super::window::document;
use crate::action::Action;
use crate::overrides::Overrides;
use crate::ui::{Asking, Ui};

fn found(selector: &str) -> Option<Element> {
    document().query_selector(selector).ok().flatten()
}

/// What is typed, as an action.
fn typed(ui: Ui, dry_run: bool) -> Option<Action> {
    let Some(Asking::TriggerWith(cronjob, token)) = ui.asking.get_untracked() else {
        return None;
    };
    let mut overrides = Overrides::default();
    for (name, text) in overrides.fields() {
        let field = found(&format!("[data-with={name}]"))?;
        // inputs and text areas alike
        let value = Reflect::get(&field, &"value".into()).ok()?;
        *text = value.as_string().unwrap_or_default();
    }
    Some(Action::TriggerWith {
        cronjob,
        overrides,
        token,
        dry_run,
    })
}

/// Sends it, unless the browser itself finds a field that cannot be.
pub fn send(ui: Ui, dry_run: bool) {
    let wrong = found("dialog input:invalid").and_then(|input| input.dyn_into().ok());
    if let Some(wrong) = wrong {
        let wrong: HtmlInputElement = wrong;
        wrong.report_validity();
    } else if let Some(action) = typed(ui, dry_run) {
        ui.submit(action);
    }
}

/// Keeps the command beside what is typed; what a rehearsal said was about something else.
pub fn tell(ui: Ui) {
    if let (Some(command), Some(action)) = (found("dialog .command code"), typed(ui, false)) {
        command.set_text_content(Some(&action.kubectl(None)));
    }
    answer("");
}

/// Shows what came of it.
pub fn answer(html: &str) {
    if let Some(answer) = found("#answer") {
        answer.set_inner_html(html);
    }
}
