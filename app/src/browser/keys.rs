//! Keys: `/` searches, `?` helps, j and k walk the rows, x ticks one. Enter opens, as the focus is on a link.

use leptos::ev;
use leptos::prelude::window_event_listener;
use wasm_bindgen::JsCast;
use web_sys::{Document, HtmlElement, KeyboardEvent};

/// Listens for as long as the page lives.
pub fn listen(help: impl Fn() + 'static) {
    let handle = window_event_listener(ev::keydown, move |event| pressed(&event, &help));
    // The page is left by a navigation, which drops everything.
    std::mem::forget(handle);
}

fn pressed(event: &KeyboardEvent, help: &impl Fn()) {
    let Some(document) = web_sys::window().and_then(|window| window.document()) else {
        return;
    };
    let typing = document.active_element().is_some_and(|element| {
        element
            .matches("input:not([type=checkbox]), textarea, select, dialog *")
            .unwrap_or(false)
    });
    if typing || event.ctrl_key() || event.meta_key() || event.alt_key() {
        return;
    }
    match event.key().as_str() {
        "/" => {
            event.prevent_default();
            focus(&document, "#search");
        }
        "?" => help(),
        "j" => walk(&document, 1),
        "k" => walk(&document, -1),
        "x" => press(&document, "tr:focus-within [data-pick]"),
        "+" => press(&document, "[data-zoom] [data-in]"),
        "-" => press(&document, "[data-zoom] [data-out]"),
        "ArrowLeft" => press(&document, "[data-zoom] [data-back]"),
        "ArrowRight" => press(&document, "[data-zoom] [data-on]"),
        _ => {}
    }
}

fn focus(document: &Document, selector: &str) {
    let found = document.query_selector(selector).ok().flatten();
    if let Some(element) = found.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        let _ = element.focus();
    }
}

/// Presses what the page offers for a key, if it does.
fn press(document: &Document, selector: &str) {
    let found = document.query_selector(selector).ok().flatten();
    if let Some(element) = found.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        element.click();
    }
}

/// Moves the focus to the name in the next or the previous row.
fn walk(document: &Document, step: i32) {
    let Ok(names) = document.query_selector_all("main tbody a.name") else {
        return;
    };
    let count = i32::try_from(names.length()).unwrap_or(i32::MAX);
    let active = document.active_element();
    let row = active.and_then(|element| element.closest("tr").ok().flatten());
    let here = (0..count).find(|i| {
        let name = names.get(i.unsigned_abs());
        row.as_ref().is_some_and(|row| row.contains(name.as_ref()))
    });
    let next = match here {
        Some(here) => (here + step).clamp(0, count - 1),
        None => 0,
    };
    let name = names.get(next.unsigned_abs());
    if let Some(name) = name.and_then(|name| name.dyn_into::<HtmlElement>().ok()) {
        let _ = name.focus();
    }
}
