//! Forms, which the server paints, and paints anew as they are filled in.

use std::cell::Cell;

use gloo_timers::callback::Timeout;
use js_sys::{JsString, Reflect};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Event, HtmlTextAreaElement};

use super::palette::found;
use super::window::post;
use super::{Pending, pick};
use crate::tone::Tone;
use crate::tr;
use crate::ui::{Asking, Ui};

/// As browsers send forms.
const FORM: &str = "application/x-www-form-urlencoded";
/// The server takes no larger ones, and would say so in no words for a person.
const MOST_BYTES: usize = 2 << 20;
/// Long enough for the next key of a fast typist.
const TYPING_MILLIS: u32 = 150;
/// A text of so many letters rests a millisecond longer: to send, read and paint it takes its time, too.
const LETTERS_A_MILLI: u32 = 256;
/// But nobody waits longer to be told of it.
const MOST_REST_MILLIS: u32 = 1_500;
/// The form that is open in a dialog.
pub const OPEN: &str = "dialog[open] > form";
/// Asks for the fields that can stand at the cursor; nothing is done by it.
pub const OFFER: &str = "offer";
/// On a form while what its button does is under way.
const BUSY: &str = "aria-busy";

/// What a request is to the form that is open.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Opens one.
    Open,
    /// Has it painted: one at a time, the latest of those that were wanted meanwhile next.
    Paint,
    /// Does what its button says: nothing else is sent before the answer, so that two presses are one deed.
    Do,
}

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
    /// What is not answered yet, and which request it is.
    static UNDER_WAY: Cell<Option<(Way, u32)>> = const { Cell::new(None) };
    /// The form is to be painted once that is answered.
    static LATER: Cell<bool> = const { Cell::new(false) };
    /// Where the cursor was when the form was sent last.
    static CURSOR: Cell<Option<u32>> = const { Cell::new(None) };
}

fn turn() -> u32 {
    TURN.set(TURN.get() + 1);
    TURN.get()
}

/// Opens the form at an address.
pub fn open(ui: Ui, address: String) {
    ask(ui, address, String::new(), Way::Open, Pending::default());
}

/// Opens it filled in with this.
pub fn open_with(ui: Ui, address: String, body: String) {
    ask(ui, address, body, Way::Open, Pending::default());
}

/// Paints the form that is open as its address has it.
pub fn fill(ui: Ui, address: String) {
    ask(ui, address, String::new(), Way::Paint, Pending::default());
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
    let text = form.query_selector("textarea").ok().flatten();
    let text = text.and_then(|text| text.dyn_into::<HtmlTextAreaElement>().ok());
    let more = text.map_or(0, |text| text.text_length() / LETTERS_A_MILLI);
    let rest = (TYPING_MILLIS + more).min(MOST_REST_MILLIS);
    Timeout::new(rest, move || {
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
    // the bar under a list is no dialog, and opens one
    let is_open = form.closest("dialog").is_ok_and(|dialog| dialog.is_some());
    match UNDER_WAY.get() {
        Some((Way::Do, _)) if is_open => return LATER.set(true),
        // an answer to what is no longer typed is none
        Some((Way::Paint, _)) if is_open && by.is_empty() => {
            turn();
            return LATER.set(true);
        }
        _ => {}
    }
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
    let way = match by {
        _ if !is_open => Way::Open,
        "" | OFFER => Way::Paint,
        _ => Way::Do,
    };
    if way == Way::Do {
        let _ = form.set_attribute(BUSY, "true");
    }
    let pending = match by {
        "run" | "save" => pending(&address),
        _ => Pending::default(),
    };
    ask(ui, address, text.into(), way, pending);
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

/// What was asked for by a form is nothing any more once that is closed, but for what was done by it.
fn ask(ui: Ui, address: String, body: String, way: Way, pending: Pending) {
    let mine = turn();
    if body.len() > MOST_BYTES {
        pending.end();
        free();
        return ui.report(Tone::Bad, &tr!(ui.lang, "form.large"), "", &[], None);
    }
    UNDER_WAY.set(Some((way, mine)));
    LATER.set(false);
    spawn_local(async move {
        let answer = post(&address, FORM, &body).await;
        match &answer {
            // a report, and no form that says why not
            Ok(html) if !html.starts_with("<form") => pending.wait(),
            _ => pending.end(),
        }
        let is_last = UNDER_WAY.get() == Some((way, mine));
        if is_last {
            UNDER_WAY.set(None);
            free();
        }
        // what is typed while a deed is under way makes no other of it
        let counts = match way {
            Way::Do => is_last,
            _ => TURN.get() == mine,
        };
        match answer {
            Ok(html) if html.starts_with("<form") && counts => painted(ui, html, way),
            Ok(html) if !html.starts_with("<form") && (counts || way == Way::Do) => {
                if counts {
                    LATER.set(false);
                    ui.asking.set(None);
                }
                ui.show(&html, true);
            }
            Err(body) if counts => ui.refused(body.as_deref(), ""),
            _ => {}
        }
        if is_last
            && LATER.take()
            && let Some(form) = found(OPEN)
        {
            submitted_as(ui, &form, "");
        }
    });
}

/// The buttons of the form can be pressed again.
fn free() {
    if let Some(form) = found(OPEN) {
        let _ = form.remove_attribute(BUSY);
    }
}

/// A form has come.
fn painted(ui: Ui, html: String, way: Way) {
    match found(OPEN) {
        Some(form) => {
            super::become_html(&form, &html);
            ui.live.clock.say();
            super::palette::arrived();
            super::editor::painted();
        }
        None if way == Way::Open => ui.asking.set(Some(Asking::Sheet(html))),
        None => {}
    }
}
