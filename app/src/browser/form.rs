//! Forms, which the server paints, and paints anew as they are filled in.

use std::cell::Cell;

use gloo_timers::callback::Timeout;
use js_sys::{JsString, Reflect};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Event};

use super::window::{document, post};
use super::{Pending, pick};
use crate::tone::Tone;
use crate::tr;
use crate::ui::{Asking, Ui};

fn found(selector: &str) -> Option<Element> {
    document().query_selector(selector).ok().flatten()
}

/// As browsers send forms.
const FORM: &str = "application/x-www-form-urlencoded";
/// The server takes no larger ones, and would say so in no words for a person.
const MOST_BYTES: usize = 2 << 20;
/// Long enough for the next key of a fast typist.
const TYPING_MILLIS: u32 = 150;

#[wasm_bindgen]
extern "C" {
    type FormData;
    #[wasm_bindgen(constructor)]
    fn new(form: &Element) -> FormData;
    #[wasm_bindgen(js_name = URLSearchParams)]
    type Pairs;
    #[wasm_bindgen(constructor, js_class = "URLSearchParams")]
    fn of(data: &FormData) -> Pairs;
    #[wasm_bindgen(method)]
    fn append(this: &Pairs, name: &str, value: &str);
}

thread_local! {
    /// Which request is the latest: an answer to an earlier one is stale.
    static TURN: Cell<u32> = const { Cell::new(0) };
    /// Where the cursor was when the form was sent last.
    static CURSOR: Cell<Option<u32>> = const { Cell::new(None) };
}

fn turn() -> u32 {
    TURN.set(TURN.get() + 1);
    TURN.get()
}

/// Opens the form at an address.
pub fn open(ui: Ui, address: String) {
    ask(ui, address, String::new(), false, Pending::default());
}

/// Opens it filled in with this.
pub fn open_with(ui: Ui, address: String, body: String) {
    ask(ui, address, body, false, Pending::default());
}

/// Paints the form that is open as its address has it.
pub fn fill(ui: Ui, address: String) {
    ask(ui, address, String::new(), true, Pending::default());
}

/// Sends a form by the button that was pressed.
pub fn submitted(ui: Ui, form: &Element, event: &Event) {
    let by = Reflect::get(event, &"submitter".into()).unwrap_or_default();
    let value = by
        .dyn_ref()
        .and_then(|button: &Element| button.get_attribute("value"));
    submitted_as(ui, form, &value.unwrap_or_default());
}

/// Has a form painted anew once what is typed rests.
pub fn typed_in(ui: Ui, form: Element) {
    let mine = turn();
    Timeout::new(TYPING_MILLIS, move || {
        if TURN.get() == mine {
            submitted_as(ui, &form, "");
        }
    })
    .forget();
}

/// Has a form painted anew if the cursor is elsewhere now: a key that only sent the form must not send it again.
pub fn moved_in(ui: Ui, form: Element) {
    if cursor() != CURSOR.get() {
        typed_in(ui, form);
    }
}

/// Where the cursor is in a field that is explained as one types.
fn cursor() -> Option<u32> {
    let input = found("[data-cursor]:focus")?;
    let at = Reflect::get(&input, &"selectionStart".into()).ok()?;
    at.as_f64().map(|at| at as u32)
}

/// Sends a form as if the button of that value was pressed.
pub fn submitted_as(ui: Ui, form: &Element, by: &str) {
    let pairs = Pairs::of(&FormData::new(form));
    pairs.append("do", by);
    // the server explains the field of a schedule that one types in
    let cursor = cursor();
    CURSOR.set(cursor);
    if let Some(cursor) = cursor {
        pairs.append("cursor", &cursor.to_string());
    }
    let pairs: JsValue = pairs.into();
    let address = form.get_attribute("data-form").unwrap_or_default();
    let text: JsString = pairs.unchecked_ref::<js_sys::Object>().to_string();
    // the bar under a list is no dialog, and opens one
    let filled = form.closest("dialog").is_ok_and(|dialog| dialog.is_some());
    let pending = match by {
        "run" | "save" => pending(&address),
        _ => Pending::default(),
    };
    ask(ui, address, text.into(), filled, pending);
}

/// Shows what the form at an address does, where what it is about is: `/form/{deed}/{object}`, or the ticked ones of
/// `/form/bulk/{kind}`.
fn pending(address: &str) -> Pending {
    let path = address.split('?').next().unwrap_or_default();
    let parts = path
        .strip_prefix("/form/")
        .and_then(|path| path.split_once('/'));
    let values = |name: &str| {
        let inputs = pick::boxes(&format!("dialog [name={name}]")).into_iter();
        inputs.map(|input| input.value())
    };
    match parts {
        Some(("bulk", kind)) => {
            let picked = values("pick").map(|value| format!("/{kind}/{value}"));
            Pending::of(&values("what").next().unwrap_or_default(), picked)
        }
        Some((deed, object)) => Pending::of(deed, Some(format!("/{object}"))),
        None => Pending::default(),
    }
}

/// `filled`: it was asked for by a form, and is nothing any more once that is closed.
fn ask(ui: Ui, address: String, body: String, filled: bool, pending: Pending) {
    let mine = turn();
    if body.len() > MOST_BYTES {
        pending.end();
        return ui.report(Tone::Bad, &tr!(ui.lang, "form.large"), "", &[], None);
    }
    spawn_local(async move {
        let answer = post(&address, FORM, &body).await;
        match &answer {
            // a report, and no form that says why not
            Ok(html) if !html.starts_with("<form") => pending.wait(),
            _ => pending.end(),
        }
        if TURN.get() != mine {
            return;
        }
        match answer {
            Ok(html) if html.starts_with("<form") => match found("dialog[open] > form") {
                Some(form) => {
                    super::become_html(&form, &html);
                    ui.live.clock.say();
                    super::palette::arrived();
                    super::editor::painted();
                }
                None if filled => {}
                None => ui.asking.set(Some(Asking::Sheet(html))),
            },
            Ok(html) => {
                ui.asking.set(None);
                ui.show(&html, true);
            }
            Err(body) => ui.refused(body.as_deref(), ""),
        }
    });
}
