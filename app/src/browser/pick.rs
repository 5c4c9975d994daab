//! Ticking rows: with the shift key all between two, and all of the page by the box in the heading. What is ticked is
//! kept in the bar's form, for rows come and go under the reader.

use std::cell::RefCell;

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlInputElement};

use super::palette::found;
use super::window::document;
use crate::paint::Esc;

/// What an object allows.
const MAY: &str = "data-may";

thread_local! {
    /// The object that was ticked last.
    static LAST: RefCell<String> = const { RefCell::new(String::new()) };
}

/// A box was clicked; it has its new state already.
pub fn ticked(tick: &Element, shift: bool) {
    let tick: &HtmlInputElement = tick.unchecked_ref();
    let (on, rows) = (tick.checked(), boxes("[data-pick]"));
    let rows: Vec<String> = rows.iter().map(HtmlInputElement::value).collect();
    if tick.has_attribute("data-all") {
        rows.iter().for_each(|row| keep(row, on));
        return again();
    }
    let value = tick.value();
    let last = LAST.replace(value.clone());
    let place = |value: &str| rows.iter().position(|row| row == value);
    match (shift, place(&last), place(&value)) {
        (true, Some(a), Some(b)) => {
            for row in &rows[a.min(b)..=a.max(b)] {
                keep(row, on);
            }
        }
        _ => keep(&value, on),
    }
    again();
}

/// Ticks all from the row that was ticked last to the one that has the focus.
pub fn between() {
    if let Some(tick) = boxes("tr:focus-within [data-pick]").first() {
        tick.set_checked(true);
        ticked(tick, true);
    }
}

/// The box of what is kept: the browser looks for it, among a thousand for each row of a page.
fn kept(value: &str) -> Option<Element> {
    found(&format!(".kept input[value='{value}']"))
}

fn keep(value: &str, on: bool) {
    match (kept(value), on) {
        (Some(kept), false) => kept.remove(),
        (None, true) => {
            if let Some(kept) = found(".kept") {
                let value = Esc(value);
                let html = format!(
                    r#"<input type="checkbox" name="pick" class="vh" tabindex="-1" aria-hidden="true" checked value="{value}">"#
                );
                let _ = kept.insert_adjacent_html("beforeend", &html);
            }
        }
        _ => {}
    }
}

/// Ticks the rows on the page that are kept, and keeps what they allow: the style sheet offers it.
pub fn again() {
    for row in boxes("[data-pick]") {
        let kept = kept(&row.value());
        row.set_checked(kept.is_some());
        if let (Some(kept), Some(may)) = (kept, row.get_attribute(MAY)) {
            let _ = kept.set_attribute(MAY, &may);
        }
    }
}

/// The same where rows have come; new ones are not ticked.
pub fn renew() {
    if found(".kept input").is_some() {
        again();
    }
}

/// Ticks none.
pub fn none() {
    boxes(".kept input").iter().for_each(|kept| kept.remove());
    again();
}

pub(super) fn boxes(selector: &str) -> Vec<HtmlInputElement> {
    let Ok(found) = document().query_selector_all(selector) else {
        return Vec::new();
    };
    let found = (0..found.length()).filter_map(|i| found.get(i));
    found.filter_map(|each| each.dyn_into().ok()).collect()
}
