//! Ticking rows: with the shift key all between two, and all of the page by the box in the heading.

use std::cell::RefCell;

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlInputElement};

use super::window::document;

thread_local! {
    /// The object that was ticked last.
    static LAST: RefCell<String> = const { RefCell::new(String::new()) };
}

/// A box was clicked; it has its new state already.
pub fn ticked(tick: &Element, shift: bool) {
    let tick: &HtmlInputElement = tick.unchecked_ref();
    let boxes = boxes();
    if tick.has_attribute("data-all") {
        boxes
            .iter()
            .for_each(|each| each.set_checked(tick.checked()));
        return;
    }
    let value = tick.value();
    let last = LAST.replace(value.clone());
    let place = |value: &str| boxes.iter().position(|each| each.value() == value);
    if let (true, Some(a), Some(b)) = (shift, place(&last), place(&value)) {
        for each in &boxes[a.min(b)..=a.max(b)] {
            each.set_checked(tick.checked());
        }
    }
}

fn boxes() -> Vec<HtmlInputElement> {
    let Ok(found) = document().query_selector_all("[name=pick]") else {
        return Vec::new();
    };
    let found = (0..found.length()).filter_map(|i| found.get(i));
    found.filter_map(|each| each.dyn_into().ok()).collect()
}
