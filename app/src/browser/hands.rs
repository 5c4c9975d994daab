//! What the reader does with what the server drew: one listener for each kind of event, on the whole document.

use leptos::ev;
use leptos::prelude::*;
use orrery_view::Cascade;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlInputElement, HtmlTextAreaElement, MouseEvent};

use super::window::{arrived, push_address, replace_address};
use super::{ask, cookie, copy, editor, form, keys, palette, pick, reload, scroll};
use crate::action::Action;
use crate::lang::Lang;
use crate::tr;
use crate::ui::{Asking, Ui, wire};

/// Makes the page live, for as long as it is open.
pub fn wake() {
    let ui = Ui::here();
    keys::listen(ui);
    let handles = [
        window_event_listener(ev::click, move |event| {
            if let Some(tick) = target(&event, "[data-pick], [data-all]") {
                pick::ticked(&tick, event.shift_key());
            }
            moved(ui, &event);
            clicked(ui, &event);
        }),
        window_event_listener(ev::change, move |event| changed(ui, &event)),
        window_event_listener(ev::scroll, move |_| ui.live.scrolled()),
        window_event_listener(ev::popstate, move |_| stepped(ui)),
        window_event_listener(ev::input, move |event| typed(ui, &event)),
        window_event_listener(ev::keyup, move |event| moved(ui, &event)),
        window_event_listener(ev::dragover, move |event| editor::held(&event)),
        window_event_listener(ev::drop, move |event| editor::dropped(ui, &event)),
        window_event_listener(ev::beforeunload, move |event| {
            if editor::is_unsaved() {
                event.prevent_default();
            }
        }),
        window_event_listener(ev::submit, move |event| {
            if let Some(sent) = target(&event, "form[data-form]") {
                event.prevent_default();
                form::submitted(ui, &sent, &event);
            } else if target(&event, "form[data-find]").is_some() {
                event.prevent_default();
                let typed = pick::boxes("#search").first().map(HtmlInputElement::value);
                palette::open(ui, typed.unwrap_or_default().trim());
            }
        }),
    ];
    // The page is left by a navigation, which drops everything.
    std::mem::forget(handles);
    ui.live.clock.start(move || ui.live.ticked());
    scroll::begin();
    ui.live.start();
}

fn target(event: &Event, selector: &str) -> Option<Element> {
    let target: Element = event.target()?.dyn_into().ok()?;
    target.closest(selector).ok().flatten()
}

fn clicked(ui: Ui, event: &MouseEvent) {
    if let Some(link) = target(event, "a[data-swap], a[data-step]") {
        return swap(ui, &link, event);
    }
    if let Some(field) = target(event, ".offers [role=option]") {
        editor::put_in(&field);
        return;
    }
    let chosen = target(event, "[role=option]").is_some();
    if chosen {
        ui.asking.set(None);
    }
    if let Some(button) = target(event, "[data-deed]") {
        let deed = button.get_attribute("data-deed").unwrap_or_default();
        // The page and this module come from one build; a page of another one is only read.
        if let Some(deed) = wire::parse(&deed).as_ref().and_then(wire::deed) {
            ui.press(deed, (!chosen).then_some(button), "");
        }
        return;
    }
    if let Some(item) = target(event, "[data-item]") {
        let item = item
            .get_attribute("data-item")
            .and_then(|item| item.parse().ok());
        let (asking, why) = (ui.asking.get_untracked(), reason());
        ui.asking.set(None);
        if let (Some(Asking::Menu(_, buttons)), Some(item)) = (asking, item)
            && let Some(button) = buttons.into_iter().nth(item)
        {
            ui.press(button.deed, None, &why);
        }
        return;
    }
    if let Some(button) = target(event, "[data-line]") {
        return editor::go_to(&button.get_attribute("data-line").unwrap_or_default());
    }
    let Some(button) = target(event, "[data-do]") else {
        return;
    };
    match button.get_attribute("data-do").as_deref() {
        Some("close") => ui.asking.set(None),
        Some("delete") => {
            let (action, why) = (asked(ui), reason());
            ui.asking.set(None);
            if let Some(action) = action {
                ui.perform(action, None, &why);
            }
        }
        Some("unpick") => pick::none(),
        Some("dismiss") => {
            if let Ok(Some(toast)) = button.closest(".toast") {
                toast.remove();
            }
        }
        Some("copy") => {
            let command = button.previous_element_sibling();
            copy(
                &command
                    .and_then(|command| command.text_content())
                    .unwrap_or_default(),
            );
            button.set_text_content(Some(&tr!(ui.lang, "act.copied")));
        }
        Some("palette") => palette::toggle(ui),
        Some("help") => ui.asking.set(Some(Asking::Help)),
        Some("speak") => {
            let other = if ui.lang == Lang::En {
                Lang::Ko
            } else {
                Lang::En
            };
            cookie("lang", other.code());
            reload();
        }
        Some("copy-yaml") => {
            let text = palette::found("pre.yaml");
            copy(
                &text
                    .and_then(|text| text.text_content())
                    .unwrap_or_default(),
            );
        }
        Some("all-namespaces") => choose_namespace(ui, 0),
        _ => {}
    }
}

/// Goes where a link leads without leaving the page: what it shows there is the stream's. A step is one that the
/// browser's Back takes back. With a key held, the browser does what it does with links.
fn swap(ui: Ui, link: &Element, event: &MouseEvent) {
    if event.ctrl_key() || event.meta_key() || event.shift_key() {
        return;
    }
    event.prevent_default();
    let href = link.get_attribute("href").unwrap_or_default();
    if link.has_attribute("data-step") {
        pick::none();
        push_address(&href);
    } else {
        replace_address(&href);
    }
    ui.live.open();
}

/// The browser went back or on among the steps of this page.
fn stepped(ui: Ui) {
    arrived();
    pick::none();
    ui.live.open();
}

/// Why, as far as the open dialog was told.
fn reason() -> String {
    let inputs = pick::boxes("dialog[open] [name=reason]");
    inputs
        .first()
        .map(HtmlInputElement::value)
        .unwrap_or_default()
}

/// The deletion that the dialog asks about, as it is chosen.
fn asked(ui: Ui) -> Option<Action> {
    let Some(Asking::Delete(object)) = ui.asking.get_untracked() else {
        return None;
    };
    let chosen = palette::found("[name=cascade]:checked");
    let chosen = chosen.and_then(|chosen| chosen.get_attribute("value"));
    let cascade = chosen.as_deref().map(Cascade::of_code).unwrap_or_default();
    Some(Action::Delete { object, cascade })
}

/// Chooses namespaces for this list and for every link to another.
fn changed(ui: Ui, event: &Event) {
    if target(event, "[name=cascade]").is_some() {
        let command = palette::found("dialog .command code");
        if let (Some(command), Some(action)) = (command, asked(ui)) {
            command.set_text_content(Some(&action.kubectl(None)));
        }
    }
    if let Some(input) =
        target(event, "[data-file]").and_then(|input| input.dyn_into::<HtmlInputElement>().ok())
    {
        editor::chosen(ui, &input);
    }
    if target(event, "[data-ns]").is_some() {
        choose_ticked(ui, &namespaces());
    }
}

/// Chooses the namespace of a digit: the picker's first ones have one each, and 0 is all of them.
pub fn choose_namespace(ui: Ui, digit: usize) {
    let boxes = namespaces();
    if digit <= boxes.len() {
        for (n, each) in (1..).zip(&boxes) {
            each.set_checked(n == digit);
        }
        choose_ticked(ui, &boxes);
    }
}

fn choose_ticked(ui: Ui, boxes: &[HtmlInputElement]) {
    let ticked = boxes.iter().filter(|each| each.checked());
    let names: Vec<String> = ticked
        .filter_map(|each| each.get_attribute("data-ns"))
        .collect();
    again(ui, "ns", &names.join(","));
}

fn namespaces() -> Vec<HtmlInputElement> {
    pick::boxes("[data-ns]")
}

/// The cursor may be elsewhere in what is explained as one types.
fn moved(ui: Ui, event: &Event) {
    if let Some(form) =
        target(event, "[data-cursor]").and_then(|input| input.closest("form").ok()?)
    {
        form::moved_in(ui, form);
    }
}

/// Filters the list as one types.
fn typed(ui: Ui, event: &Event) {
    if let Some(text) = target(event, ".editor textarea") {
        editor::typed(text.unchecked_ref::<HtmlTextAreaElement>());
    }
    if let Some(filled) = target(event, "dialog form[data-form]") {
        form::typed_in(ui, filled);
    }
    let input =
        target(event, "[data-live]").and_then(|input| input.dyn_into::<HtmlInputElement>().ok());
    if let Some(input) = input {
        again(ui, "q", input.value().trim());
    }
}

/// What is ticked is let go of: among other rows it would be acted on unseen.
fn again(ui: Ui, key: &str, value: &str) {
    pick::none();
    ask(key, value);
    ui.live.open();
}
