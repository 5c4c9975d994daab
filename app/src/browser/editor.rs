//! The text of an editor. The server paints it anew once what is typed rests; until then its colours follow here.

use std::cell::Cell;

use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    DragEvent, Element, File, FileList, HtmlDialogElement, HtmlDocument, HtmlInputElement,
    HtmlTextAreaElement, KeyboardEvent,
};

use super::form;
use super::palette::{self, found, nearest};
use super::window::{document, focus};
use crate::cell::Deed;
use crate::tone::Tone;
use crate::ui::{Ui, wire};
use crate::{tr, yaml};

/// Where it is typed.
pub const TEXT: &str = "dialog[open] .editor textarea";
/// What closing it would lose.
const UNSAVED: &str = "dialog[open] form[data-unsaved]";
/// The fields that may be typed at the cursor.
const OFFERS: &str = "dialog[open] .offers";
/// A larger file is no manifest, nor would the server take it.
const MOST_BYTES: f64 = 1_048_576.0;
/// A level of indentation.
const INDENT: &str = "  ";

thread_local! {
    /// Esc was pressed: the next Tab leaves the text.
    static LEAVING: Cell<bool> = const { Cell::new(false) };
}

/// Colours the lines that are others now. What is said beside them stays until the cluster has read them.
pub fn typed(text: &HtmlTextAreaElement) {
    if let Ok(Some(form)) = text.closest("form") {
        // the server says so too, once it has seen it
        let _ = form.set_attribute("data-unsaved", "");
    }
    let Some(paint) = text.previous_element_sibling() else {
        return;
    };
    let value = text.value();
    let lines = yaml::lines(&value);
    let mut old = paint.first_element_child();
    for (n, (plain, coloured)) in value.split('\n').zip(&lines).enumerate() {
        let end = if n + 1 < lines.len() { "\n" } else { "" };
        let there = old.take();
        old = there.as_ref().and_then(Element::next_element_sibling);
        let said = there.as_ref().and_then(|line| line.text_content());
        if said.is_some_and(|said| said.strip_suffix(end) == Some(plain)) {
            continue;
        }
        if let Some(line) = there.or_else(|| new_line(&paint)) {
            line.set_inner_html(&format!("{coloured}{end}"));
        }
    }
    while let Some(extra) = old {
        old = extra.next_element_sibling();
        extra.remove();
    }
}

fn new_line(paint: &Element) -> Option<Element> {
    let line = document().create_element("span").ok()?;
    line.set_class_name("l");
    paint.append_child(&line).ok()?;
    Some(line)
}

/// A key in the text; answers whether nobody else is to hear it.
pub fn pressed(ui: Ui, event: &KeyboardEvent) -> bool {
    let key = event.key();
    match key.as_str() {
        // a key that only ends a syllable is the input method's
        _ if event.is_composing() => true,
        " " if event.ctrl_key() => {
            event.prevent_default();
            if let Some(form) = found(form::OPEN) {
                form::submitted_as(ui, &form, form::OFFER);
            }
            true
        }
        key if !event.shift_key() && choose(key) => {
            event.prevent_default();
            true
        }
        "Tab" if LEAVING.take() || event.shift_key() => false,
        "Tab" => {
            event.prevent_default();
            insert(INDENT);
            true
        }
        "Escape" if !LEAVING.replace(true) => {
            event.prevent_default();
            true
        }
        "Shift" => false,
        _ => {
            LEAVING.set(false);
            false
        }
    }
}

/// Whether closing the dialog would lose what is typed.
pub fn is_unsaved() -> bool {
    found(UNSAVED).is_some()
}

/// Keeps what closing the dialog would lose, and says so; the way out is its button.
pub fn stay() {
    if let Some(said) = found("#unsaved") {
        let _ = said.remove_attribute("hidden");
    }
    focus("dialog[open] [data-do=close]");
}

/// The dialog was closed by no button of the page, as a phone's way back does; answers whether it has to stay.
pub fn reopen(dialog: &HtmlDialogElement) -> bool {
    let unsaved = dialog.query_selector("form[data-unsaved]");
    let stays = unsaved.is_ok_and(|form| form.is_some());
    if stays {
        let _ = dialog.show_modal();
        stay();
    }
    stays
}

/// A key while fields are offered; answers whether it was about them.
fn choose(key: &str) -> bool {
    if found(OFFERS).is_none() {
        return false;
    }
    match key {
        "ArrowDown" => palette::step(1),
        "ArrowUp" => palette::step(-1),
        "Escape" => withdraw(),
        "Enter" | "Tab" => return take(),
        _ => return false,
    }
    true
}

/// Takes the field that is chosen, or the next that goes on with what was typed since they came.
fn take() -> bool {
    let all = palette::options("dialog .offers [role=option]").into_iter();
    let mut all = all.skip_while(|option| !palette::is_chosen(option));
    let taken = all.any(|option| put_in(&option));
    withdraw();
    taken
}

fn withdraw() {
    if let (Some(offers), Some(text)) = (found(OFFERS), found(TEXT)) {
        offers.remove();
        let _ = text.remove_attribute("aria-controls");
        let _ = text.remove_attribute("aria-activedescendant");
    }
}

/// Puts a field in the place of what is begun of its name; answers whether it is one that goes on with that.
pub fn put_in(option: &Element) -> bool {
    let (Some(text), Some(field)) = (text(), option.get_attribute("data-put")) else {
        return false;
    };
    let end = text.selection_end().ok().flatten().unwrap_or(0);
    // the browser counts in UTF-16
    let before: Vec<u16> = text.value().encode_utf16().take(end as usize).collect();
    let is_name = |unit: &&u16| u8::try_from(**unit).is_ok_and(|unit| unit.is_ascii_alphanumeric());
    let begun = before.iter().rev().take_while(is_name).count();
    let (lead, begun) = before.split_at(before.len() - begun);
    let begun = String::from_utf16_lossy(begun);
    let is_lead = |unit: &u16| *unit == u16::from(b' ') || *unit == u16::from(b'-');
    let line = lead.rsplit(|unit| *unit == u16::from(b'\n')).next();
    let goes_on = field
        .get(..begun.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(&begun))
        && line.is_some_and(|line| line.iter().all(is_lead));
    if goes_on {
        let _ = text.focus();
        let begin = u32::try_from(lead.len()).unwrap_or(end);
        let _ = text.set_selection_range(begin, end);
        insert(&field);
        withdraw();
    }
    goes_on
}

/// As a person types it, so that it can be taken back as such.
fn insert(text: &str) {
    let document: HtmlDocument = document().unchecked_into();
    let _ = document.exec_command_with_show_ui_and_value("insertText", false, text);
}

/// Goes to a line.
pub fn go_to(line: &str) {
    let (Some(text), Ok(line)) = (text(), line.parse::<usize>()) else {
        return;
    };
    // the browser counts in UTF-16
    let length = |line: &str| line.encode_utf16().count();
    let value = text.value();
    let before = value.split('\n').take(line.saturating_sub(1));
    let start: usize = before.map(|line| length(line) + 1).sum();
    let end = start
        + value
            .split('\n')
            .nth(line.saturating_sub(1))
            .map_or(0, length);
    let at = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let _ = text.focus();
    let _ = text.set_selection_range(at(start), at(end));
    if let Some(line) = found(&format!("dialog[open] .editor .l:nth-child({line})")) {
        nearest(&line);
    }
}

/// The server painted it: a field in the place of the one that had the focus has it now.
pub fn painted() {
    let active = document().active_element();
    if active.is_none_or(|active| matches!(active.tag_name().as_str(), "BODY" | "DIALOG")) {
        focus(TEXT);
    }
    if let Some(offers) = found("#offers") {
        nearest(&offers);
    }
}

/// Something is held over the page: files may be let go where they can be read.
pub fn held(event: &DragEvent) {
    let files = event
        .data_transfer()
        .is_some_and(|held| held.types().includes(&"Files".into(), 0));
    if files && (text().is_some() || create().is_some()) {
        event.prevent_default();
    }
}

pub fn dropped(ui: Ui, event: &DragEvent) {
    let files = event.data_transfer().and_then(|held| held.files());
    let files = files.filter(|files| files.length() > 0);
    if let Some(files) = files.filter(|_| text().is_some() || create().is_some()) {
        event.prevent_default();
        read(ui, &files);
    }
}

/// Files were chosen in the form.
pub fn chosen(ui: Ui, input: &HtmlInputElement) {
    if let Some(files) = input.files() {
        read(ui, &files);
    }
    // the same file may be chosen again
    input.set_value("");
}

fn read(ui: Ui, files: &FileList) {
    let files = (0..files.length()).filter_map(|i| files.get(i));
    let (files, large): (Vec<File>, Vec<File>) = files.partition(|file| file.size() <= MOST_BYTES);
    for file in large {
        let text = tr!(ui.lang, "create.large", name = file.name());
        ui.report(Tone::Bad, &text, "", &[], None);
    }
    if files.is_empty() {
        return;
    }
    spawn_local(async move {
        let mut all = Vec::new();
        for file in files {
            let text = JsFuture::from(file.text()).await;
            all.extend(text.ok().and_then(|text| text.as_string()));
        }
        let all: Vec<&str> = all.iter().map(|text| text.trim_end()).collect();
        put(ui, &(all.join("\n---\n") + "\n"));
    });
}

/// Into the text that is open, after what is not saved of it, or into a new one.
fn put(ui: Ui, read: &str) {
    if let Some(text) = text() {
        // the browser counts in UTF-16
        let end = u32::try_from(text.value().encode_utf16().count()).unwrap_or(u32::MAX);
        let (begin, read) = match is_unsaved() {
            true => (end, format!("\n---\n{read}")),
            false => (0, read.to_owned()),
        };
        let _ = text.set_selection_range(begin, end);
        let _ = text.set_range_text(&read);
        typed(&text);
        if let Ok(Some(sheet)) = text.closest("form") {
            form::typed_in(ui, sheet);
        }
    } else if let Some(address) = create() {
        let read = String::from(js_sys::encode_uri_component(read));
        form::open_with(ui, address, format!("text={read}"));
    }
}

fn text() -> Option<HtmlTextAreaElement> {
    found(TEXT)?.dyn_into().ok()
}

/// Where objects are made, as the page offers it; not while something else is asked.
fn create() -> Option<String> {
    if found("dialog[open]").is_some() {
        return None;
    }
    let button = found(".bar .create [data-deed]")?;
    let deed = wire::parse(&button.get_attribute("data-deed")?)?;
    match wire::deed(&deed)? {
        Deed::Form(address) => Some(address),
        _ => None,
    }
}
