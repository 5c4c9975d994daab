//! The lines of a log, as they lie in the page.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, EventTarget};

use super::window::document;
use crate::log::cut;
use crate::paint::Esc;

/// Lines kept on the page: more than anyone scrolls, few enough to stay smooth. The oldest go first.
const MOST: u32 = 5_000;
/// This close to the end counts as the end, in pixels: about a line.
const AT_END: i32 = 24;

fn one(selector: &str) -> Option<Element> {
    document().query_selector(selector).ok().flatten()
}

fn each(selector: &str) -> Vec<Element> {
    let found = document().query_selector_all(selector).ok();
    let found = found
        .iter()
        .flat_map(|found| (0..found.length()).filter_map(|i| found.get(i)));
    found.filter_map(|node| node.dyn_into().ok()).collect()
}

/// Adds lines; the first ones of a stream replace what was there.
pub fn add(html: &str, first: bool) {
    let Some(all) = one(".lines > .all") else {
        return;
    };
    if first {
        all.set_inner_html(html);
    } else {
        let _ = all.insert_adjacent_html("beforeend", html);
    }
    while all.child_element_count() > MOST
        && let Some(oldest) = all.first_element_child()
    {
        oldest.remove();
    }
    if all.child_element_count() > 0 {
        end("");
    }
}

/// What is said after the last line.
pub fn end(text: &str) {
    if let Some(nil) = one(".lines > .nil") {
        nil.set_text_content(Some(text));
    }
}

pub fn to_end() {
    if let Some(lines) = one(".lines") {
        lines.set_scroll_top(lines.scroll_height());
    }
}

/// Tells with each scroll whether the end is in sight, for as long as the page lives.
pub fn on_scroll(hear: impl Fn(bool) + 'static) {
    let Some(frame) = one(".lines") else { return };
    on(&frame.clone(), "scroll", move || {
        let left = frame.scroll_height() - frame.scroll_top() - frame.client_height();
        hear(left < AT_END);
    });
}

/// Tells when the window has another size: lines then break elsewhere, and the end is no longer where it was. It is told
/// before what that scrolls.
pub fn on_resize(hear: impl Fn() + 'static) {
    on(&super::window(), "resize", hear);
}

fn on(target: &EventTarget, event: &str, hear: impl Fn() + 'static) {
    let heard = Closure::<dyn Fn()>::new(hear);
    let _ = target.add_event_listener_with_callback(event, heard.as_ref().unchecked_ref());
    heard.forget();
}

/// Shows or hides: `stamps`, `wrap`.
pub fn toggle(class: &str) {
    if let Some(lines) = one(".lines") {
        let _ = lines.class_list().toggle(class);
    }
}

/// Marks what is searched for, in lower case; answers how often it is there.
pub fn mark(search: &str) -> u32 {
    let mut found = 0;
    for piece in each(".lines .all span") {
        let text = piece.text_content().unwrap_or_default();
        let parts = cut(&text, search);
        let marks = parts.iter().filter(|(_, found)| *found).count();
        if marks == 0 && piece.first_element_child().is_none() {
            continue;
        }
        let html: String = parts
            .iter()
            .map(|(part, found)| match found {
                true => format!("<mark>{}</mark>", Esc(part)),
                false => Esc(part).to_string(),
            })
            .collect();
        piece.set_inner_html(&html);
        found += u32::try_from(marks).unwrap_or(u32::MAX);
    }
    found
}

/// The lines without their times, each after its pod where there are several.
pub fn text() -> String {
    let line = |line: Element| {
        let pieces = line.query_selector_all("span, .pod").ok();
        let pieces = pieces
            .iter()
            .flat_map(|found| (0..found.length()).filter_map(|i| found.get(i)));
        pieces
            .filter_map(|piece| piece.text_content())
            .collect::<String>()
    };
    each(".lines .line")
        .into_iter()
        .map(line)
        .collect::<Vec<_>>()
        .join("\n")
}
