//! Keys: Ctrl+K opens the palette, `/` searches, `?` helps, digits choose namespaces, j and k walk the rows, x ticks
//! one, the arrows go from cell to cell, Esc lets go. Enter opens, as the focus is on a link.

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Document, Element, HtmlElement, KeyboardEvent, Node};

use super::window::{document, focus};
use super::{editor, hands, palette, pick};
use crate::ui::{Asking, Ui};

/// What is walked: rows of tables, and lines of the schedule; none that is folded up, which takes no focus.
const ROWS: &str = "main tbody tr:not(details:not([open]) *), main .lanes li";
/// Cells of a picture, which are one stop of the tab key.
const CELLS: &str = ".matrix a";

/// Listens for as long as the page lives.
pub fn listen(ui: Ui) {
    let handle = window_event_listener(ev::keydown, move |event| pressed(ui, &event));
    // The page is left by a navigation, which drops everything.
    std::mem::forget(handle);
}

fn pressed(ui: Ui, event: &KeyboardEvent) {
    let document = document();
    let (key, active) = (event.key(), document.active_element());
    let is_in = |selector| {
        let active = active.as_ref();
        active.is_some_and(|active| active.matches(selector).unwrap_or(false))
    };
    if (event.ctrl_key() || event.meta_key()) && key.eq_ignore_ascii_case("k") {
        event.prevent_default();
        return palette::toggle(ui);
    }
    if is_in("dialog [role=combobox]") {
        return palette::pressed(ui, event);
    }
    if is_in(editor::TEXT) && editor::pressed(ui, event) {
        return;
    }
    if key == "Escape" && editor::is_unsaved() {
        event.prevent_default();
        return editor::stay();
    }
    if key == "Escape" && !is_in("dialog, dialog *") {
        return let_go(&document, active);
    }
    let typing = is_in("input:not([type=checkbox]), textarea, select, dialog *");
    if typing || event.ctrl_key() || event.meta_key() || event.alt_key() {
        return;
    }
    if is_in(CELLS)
        && let Some(cell) = active
            .as_ref()
            .and_then(|cell| beside(&document, cell, &key))
    {
        event.prevent_default();
        return step(active.as_ref(), &cell);
    }
    match key.as_str() {
        "/" => {
            event.prevent_default();
            focus("#search");
        }
        "?" => ui.asking.set(Some(Asking::Help)),
        "j" => walk(&document, 1),
        "k" => walk(&document, -1),
        "x" => press(&document, "tr:focus-within [data-pick]"),
        "X" => pick::between(),
        "+" => press(&document, "[data-zoom] [data-in]"),
        "-" => press(&document, "[data-zoom] [data-out]"),
        "ArrowLeft" => press(&document, "[data-zoom] [data-back]"),
        "ArrowRight" => press(&document, "[data-zoom] [data-on]"),
        key => {
            if let Ok(digit) = key.parse() {
                hands::choose_namespace(ui, digit);
            }
        }
    }
}

/// The cell that an arrow key leads to: before or after this one, or above or below it.
fn beside(document: &Document, cell: &Element, key: &str) -> Option<HtmlElement> {
    let (back, upright) = match key {
        "ArrowLeft" => (true, false),
        "ArrowRight" => (false, false),
        "ArrowUp" => (true, true),
        "ArrowDown" => (false, true),
        _ => return None,
    };
    let left = |cell: &Element| {
        let place = cell.parent_element()?.dyn_into::<HtmlElement>().ok()?;
        Some(place.offset_left())
    };
    let all = document.query_selector_all(CELLS).ok()?;
    let here: &Node = cell;
    let mut i = (0..all.length()).find(|i| all.get(*i).as_ref() == Some(here))?;
    loop {
        i = if back { i.checked_sub(1)? } else { i + 1 };
        let found: HtmlElement = all.get(i)?.dyn_into().ok()?;
        if !upright || left(&found) == left(cell) {
            return Some(found);
        }
    }
}

/// Goes from a cell to another, which takes its place among the stops.
fn step(from: Option<&Element>, to: &HtmlElement) {
    if let Some(from) = from.filter(|_| to.has_attribute("tabindex")) {
        let _ = from.set_attribute("tabindex", "-1");
        let _ = to.remove_attribute("tabindex");
    }
    let _ = to.focus();
}

/// Closes the picker, unticks the rows, and leaves what has the focus: whichever of them there is.
fn let_go(document: &Document, active: Option<Element>) {
    if let Ok(Some(open)) = document.query_selector("details.pick[open]") {
        let _ = open.remove_attribute("open");
        return focus("details.pick > summary");
    }
    pick::none();
    if let Some(active) = active.and_then(|active| active.dyn_into::<HtmlElement>().ok()) {
        let _ = active.blur();
    }
}

/// Presses what the page offers for a key, if it does.
fn press(document: &Document, selector: &str) {
    let found = document.query_selector(selector).ok().flatten();
    if let Some(element) = found.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        element.click();
    }
}

/// Moves the focus to the first link of the next or the previous row: its name.
fn walk(document: &Document, step: i32) {
    let Ok(rows) = document.query_selector_all(ROWS) else {
        return;
    };
    let rows = (0..rows.length()).filter_map(|i| rows.get(i)?.dyn_into::<Element>().ok());
    let links: Vec<(Element, Element)> = rows
        .filter_map(|row| {
            let link = row.query_selector("a[href]").ok().flatten()?;
            Some((row, link))
        })
        .collect();
    let active = document.active_element();
    let here = links
        .iter()
        .position(|(row, _)| row.contains(active.as_deref()));
    let next = match (here, step > 0) {
        (None, _) => 0,
        (Some(here), true) => here + 1,
        (Some(here), false) => here.saturating_sub(1),
    };
    if let Some((_, link)) = links.into_iter().nth(next)
        && let Ok(link) = link.dyn_into::<HtmlElement>()
    {
        let _ = link.focus();
    }
}
