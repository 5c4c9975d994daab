//! The lines of a log, as they lie in the page.

use std::cell::Cell;

use js_sys::Date;
use orrery_view::MOST_LOG_LINES;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, EventTarget};

use super::finder;
use super::window::{document, window};
use crate::lang::Lang;
use crate::paint::{CHUNK, Esc};

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

/// The lines, a chunk each.
pub fn chunks() -> Vec<Element> {
    each(".lines .chunk")
}

/// Whether no more of them will come, as the page knew when it was drawn.
pub fn are_all() -> bool {
    one(".lines[data-all]").is_some()
}

/// Adds lines; the first ones of a stream replace what was there.
pub fn add(lines: &[String], first: bool) {
    let Some(all) = one(".lines > .all") else {
        return;
    };
    if first {
        all.set_inner_html("");
    }
    let mut rest = lines;
    while !rest.is_empty() {
        rest = &rest[fill(&all, rest)..];
    }
    if !first {
        settle(lines.len());
    }
    while all.child_element_count() > MOST_LOG_LINES / CHUNK
        && let Some(oldest) = all.first_element_child()
    {
        oldest.remove();
    }
    if all.child_element_count() > 0 {
        end("");
    }
}

/// Moves those of the last `added` lines up that are older than what stands before them: of several pods one may be
/// slower to tell what it said. They come from this close to the end, or not at all.
fn settle(added: usize) {
    let chunks = chunks();
    let near = &chunks[chunks.len().saturating_sub(2)..];
    let lines = near.iter().flat_map(|chunk| {
        let children = chunk.children();
        (0..children.length()).filter_map(move |at| children.item(at))
    });
    let mut lines: Vec<_> = lines
        .filter_map(|line| Some((line.get_attribute("data-t")?, line)))
        .collect();
    for at in lines.len().saturating_sub(added)..lines.len() {
        let time = &lines[at].0;
        let later = lines[..at]
            .iter()
            .rev()
            .take_while(|(other, _)| other > time);
        let place = at - later.count();
        if let Some(parent) = lines[place].1.parent_node().filter(|_| place < at) {
            let _ = parent.insert_before(&lines[at].1, Some(&lines[place].1));
            lines[place..=at].rotate_right(1);
        }
    }
}

/// Fills the last chunk, or begins another; answers how many of the lines it took.
fn fill(all: &Element, lines: &[String]) -> usize {
    let last = all.last_element_child();
    let room = |chunk: &Element| CHUNK.saturating_sub(chunk.child_element_count()) as usize;
    let last = last.filter(|chunk| room(chunk) > 0);
    let taken = last.as_ref().map_or(CHUNK as usize, room).min(lines.len());
    let html = lines[..taken].concat();
    let _ = match last {
        Some(chunk) => {
            finder::changed(&chunk);
            chunk.insert_adjacent_html("beforeend", &html)
        }
        None => {
            all.insert_adjacent_html("beforeend", &format!(r#"<div class="chunk">{html}</div>"#))
        }
    };
    taken
}

/// Leaves a mark where the log is now, for the reader alone.
pub fn drop_marker(lang: Lang) {
    let now = Date::new_0().to_locale_time_string(lang.code());
    let marker = format!(
        "<div class=\"line marker\">— {} —\n</div>",
        Esc(&String::from(now))
    );
    add(&[marker], false);
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
        // what is done here is none of the reader's scrolling
        PLACE.set((lines.scroll_top(), lines.scroll_height()));
    }
}

/// Where a scroll has led.
pub struct Scrolled {
    pub at_end: bool,
    /// By the reader; not because there was less above than had been thought before it was laid out.
    pub up: bool,
}

thread_local! {
    /// Where the log stood when it was last looked at, and how high it was.
    static PLACE: Cell<(i32, i32)> = const { Cell::new((0, 0)) };
}

/// Where a scroll has led since the last look.
pub fn look() -> Option<Scrolled> {
    let frame = one(".lines")?;
    let (top, height) = (frame.scroll_top(), frame.scroll_height());
    let (last_top, last_height) = PLACE.replace((top, height));
    Some(Scrolled {
        at_end: height - top - frame.client_height() < AT_END,
        up: last_top - top > (last_height - height).max(0),
    })
}

/// Tells when the log was scrolled, for as long as the page lives.
pub fn on_scroll(hear: impl Fn() + 'static) {
    if let Some(frame) = one(".lines") {
        on(&frame, "scroll", hear);
    }
}

/// Tells when the window has another size: lines then break elsewhere, and the end is no longer where it was. It is told
/// before what that scrolls.
pub fn on_resize(hear: impl Fn() + 'static) {
    on(&window(), "resize", hear);
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

/// The lines, each after its pod where there are several, and after its time where those are shown.
pub fn text() -> String {
    let stamped = one(".lines.stamps").is_some();
    let text = |each: Element| each.text_content().unwrap_or_default();
    if !stamped {
        return chunks().into_iter().map(text).collect();
    }
    let line = |line: Element| match line.get_attribute("data-t") {
        Some(at) => format!("{at} {}", text(line)),
        None => text(line),
    };
    each(".lines .line").into_iter().map(line).collect()
}
