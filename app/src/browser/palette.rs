//! Moves through the command palette, which the server paints anew for what is typed: the focus stays in the text
//! field, and arrows choose.

use std::cell::Cell;

use leptos::prelude::{Set, WithUntracked};
use wasm_bindgen::JsCast;
use web_sys::{
    Element, HtmlElement, HtmlInputElement, KeyboardEvent, ScrollIntoViewOptions,
    ScrollLogicalPosition,
};

use super::form;
use super::window::{document, here};
use crate::ui::{Asking, Ui};

const SELECTED: &str = "aria-selected";

thread_local! {
    /// Enter was pressed before the choices for what is typed had come: the first of them is meant.
    static TAKE: Cell<bool> = const { Cell::new(false) };
}

/// Opens it, closes it when it is open, and leaves another dialog alone.
pub fn toggle(ui: Ui) {
    let asking = ui.asking.with_untracked(Option::clone);
    match asking {
        None => open(ui, ""),
        Some(Asking::Sheet(_)) if found("dialog .palette").is_some() => ui.asking.set(None),
        Some(_) => {}
    }
}

/// Opens it with what was typed elsewhere. It is there at once, without choices, so that what is typed next is not typed
/// into the page.
pub fn open(ui: Ui, text: &str) {
    let blank = found("#palette").map(|blank| blank.inner_html());
    let at = format!("?at={}", here());
    let blank = blank.unwrap_or_default().replace("?at=", &at);
    ui.asking.set(Some(Asking::Sheet(blank)));
    let text = String::from(js_sys::encode_uri_component(text));
    form::fill(ui, format!("/form/palette{at}&q={text}"));
}

/// A key in its text field.
pub fn pressed(ui: Ui, event: &KeyboardEvent) {
    let by = match event.key().as_str() {
        // a key that only ends a syllable is the input method's
        _ if event.is_composing() => return,
        "ArrowDown" => 1,
        "ArrowUp" => -1,
        "Enter" => 0,
        _ => return,
    };
    event.prevent_default();
    match by {
        0 => enter(ui),
        by => step(by),
    }
}

fn enter(ui: Ui) {
    let (Some(form), Some(input)) = (found("dialog .palette"), input()) else {
        return;
    };
    if form.get_attribute("data-asked").as_deref() == Some(input.value().trim()) {
        return take();
    }
    TAKE.set(true);
    form::submitted_as(ui, &form, "");
}

/// The choices for what is typed have come.
pub fn arrived() {
    if TAKE.take() {
        take();
    }
}

fn take() {
    if let Some(choice) = found("dialog [role=option][aria-selected=true]") {
        choice.unchecked_into::<HtmlElement>().click();
    }
}

/// Chooses another of the options that the field with the focus controls.
pub fn step(by: i32) {
    let options = options("dialog [role=option]");
    let (Some(at), Some(field)) = (
        options.iter().position(is_chosen),
        found("dialog [aria-activedescendant]"),
    ) else {
        return;
    };
    let count = i32::try_from(options.len()).unwrap_or(i32::MAX);
    let next = (i32::try_from(at).unwrap_or(0) + by).rem_euclid(count);
    let (old, new) = (&options[at], &options[next.unsigned_abs() as usize]);
    let _ = old.set_attribute(SELECTED, "false");
    let _ = new.set_attribute(SELECTED, "true");
    let _ = field.set_attribute("aria-activedescendant", &new.id());
    nearest(new);
}

pub fn options(selector: &str) -> Vec<Element> {
    let Ok(found) = document().query_selector_all(selector) else {
        return Vec::new();
    };
    let found = (0..found.length()).filter_map(|i| found.get(i)?.dyn_into().ok());
    found.collect()
}

pub fn is_chosen(option: &Element) -> bool {
    option.get_attribute(SELECTED).as_deref() == Some("true")
}

/// Brings an element into sight by the shortest way.
pub fn nearest(element: &Element) {
    let nearest = ScrollIntoViewOptions::new();
    nearest.set_block(ScrollLogicalPosition::Nearest);
    element.scroll_into_view_with_scroll_into_view_options(&nearest);
}

fn input() -> Option<HtmlInputElement> {
    found("dialog [role=combobox]")?.dyn_into().ok()
}

pub fn found(selector: &str) -> Option<Element> {
    document().query_selector(selector).ok().flatten()
}
