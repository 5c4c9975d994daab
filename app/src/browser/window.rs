//! The window and its document.

use std::cell::{OnceCell, RefCell};

use gloo_timers::callback::Timeout;
use js_sys::Intl::DateTimeFormat;
use js_sys::{Array, Date, Function, Math, Object, Reflect};
use orrery_view::Millis;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Document, Element, HtmlDocument, HtmlElement, Request, RequestInit, Response, Url, Window,
};

use super::hold::REST_MILLIS;
use super::scroll;
use crate::lang::Lang;
use crate::props::Theme;

thread_local! {
    /// What this page's address will be once its reader rests; the page is there already. Empty: what it is.
    static NEXT: RefCell<String> = const { RefCell::new(String::new()) };
}

/// A year: a choice of language or theme is kept that long.
const COOKIE_SECS: u32 = 31_536_000;

pub(crate) fn window() -> Window {
    web_sys::window().expect("a browser has a window")
}

pub(crate) fn document() -> Document {
    window().document().expect("a window has a document")
}

/// Remembers a choice; it goes to the server with the next page.
pub fn cookie(name: &str, value: &str) {
    let text = format!("{name}={value}; Path=/; Max-Age={COOKIE_SECS}; SameSite=Strict");
    // A browser that refuses cookies forgets the choice; nothing else is lost.
    let _ = document()
        .unchecked_into::<HtmlDocument>()
        .set_cookie(&text);
}

/// Shows a theme at once; `system` leaves it to the system.
pub fn theme(code: &str) {
    if let Some(root) = document().document_element() {
        let _ = match code {
            "system" => root.remove_attribute("data-theme"),
            code => root.set_attribute("data-theme", code),
        };
    }
}

/// Moves the focus to what a selector finds first.
pub fn focus(selector: &str) {
    let found = document().query_selector(selector).ok().flatten();
    if let Some(element) = found.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        let _ = element.focus();
    }
}

pub fn reload() {
    let _ = window().location().reload();
}

pub fn go(href: &str) {
    let _ = window().location().set_href(href);
}

/// What the first HTML says about the reader.
pub fn reader() -> (Lang, Theme) {
    let root = document().document_element();
    let said = |name| {
        root.as_ref()
            .and_then(|root| root.get_attribute(name))
            .unwrap_or_default()
    };
    let lang = Lang::of_code(&said("lang")).unwrap_or_default();
    (lang, Theme::of_code(&said("data-theme")))
}

/// Where the page comes from, as its addresses begin.
pub fn origin() -> String {
    window().location().origin().unwrap_or_default()
}

/// Where the stream of this page is, by the name that it has.
pub fn stream_address(tab: &str) -> String {
    format!("/live?at={}&tab={tab}", here())
}

/// What the first HTML says that it has drawn, as a part of its stream's address. It is said once: later streams find
/// a page that has moved on.
pub fn drawn() -> String {
    let Some(body) = document().query_selector("[data-drawn]").ok().flatten() else {
        return String::new();
    };
    let drawn = body.get_attribute("data-drawn").unwrap_or_default();
    let _ = body.remove_attribute("data-drawn");
    format!("&drawn={drawn}")
}

/// This page's address, as a value in another.
pub(super) fn here() -> String {
    let location = window().location();
    let mut at = NEXT.with_borrow(String::clone);
    if at.is_empty() {
        at = location.pathname().unwrap_or_default() + &location.search().unwrap_or_default();
    }
    js_sys::encode_uri_component(&at).into()
}

/// Changes a value in the query string without leaving the page, so that it can be shared; the list begins anew.
pub fn ask(key: &str, value: &str) {
    if let Some(href) = asked(key, value) {
        replace_address(&href);
    }
}

/// The same where a list is scrolled to: the page is there at once, and its address says so once the reader rests. A
/// browser takes as long for a new address as for a frame.
pub fn ask_at_rest(key: &str, value: &str) {
    let Some(href) = asked(key, value) else {
        return;
    };
    NEXT.replace(href);
    Timeout::new(REST_MILLIS as u32, rest_there).forget();
}

/// The address says where the page is, unless that is scrolled: then it will once that rests.
pub(super) fn rest_there() {
    let next = NEXT.with_borrow(String::clone);
    if !next.is_empty() && !scroll::is_moving() {
        replace_address(&next);
    }
}

/// The path and query of this page with one value in it changed.
fn asked(key: &str, value: &str) -> Option<String> {
    let href = window().location().href().ok()?;
    let url = Url::new(&href).ok()?;
    let query = url.search_params();
    for window in ["page", "from"] {
        query.delete(window);
    }
    match value {
        "" => query.delete(key),
        value => query.set(key, value),
    }
    Some(url.pathname() + &url.search())
}

/// Changes the address without leaving the page.
pub(super) fn replace_address(href: &str) {
    arrived();
    if let Ok(history) = window().history() {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(href));
    }
}

/// The same as a step that the browser's own key takes back.
pub(super) fn push_address(href: &str) {
    arrived();
    if let Ok(history) = window().history() {
        let _ = history.push_state_with_url(&JsValue::NULL, "", Some(href));
    }
}

/// The page is where its address says.
pub(super) fn arrived() {
    NEXT.take();
}

/// How far the page is scrolled, and how much of it is seen, in pixels.
pub(super) fn scrolled_to() -> (i64, i64) {
    let window = window();
    let height = window
        .inner_height()
        .ok()
        .and_then(|height| height.as_f64());
    let at = window.scroll_y().unwrap_or(0.0);
    (at as i64, height.unwrap_or(0.0) as i64)
}

pub fn copy(text: &str) {
    // The answer comes later and says nothing that a person could act on.
    let _ = window().navigator().clipboard().write_text(text);
}

/// Puts HTML at the end of what a selector finds, of which the first of more than `most` go; answers the new element.
pub fn append(selector: &str, html: &str, most: u32) -> Option<Element> {
    let place = document().query_selector(selector).ok()??;
    place.insert_adjacent_html("beforeend", html).ok()?;
    while place.child_element_count() > most {
        place.first_element_child()?.remove();
    }
    place.last_element_child()
}

/// Takes what a selector finds off the page.
pub fn remove(selector: &str) {
    while let Ok(Some(found)) = document().query_selector(selector) {
        found.remove();
    }
}

/// The status of an answer without a body.
const NO_CONTENT: u16 = 204;

/// What a body is.
pub const JSON: &str = "application/json";

/// Sends a body of that kind; answers the body, as an error when the status says so or nothing was heard.
pub async fn post(address: &str, kind: &str, body: &str) -> Result<String, Option<String>> {
    let answer = async {
        let options = RequestInit::new();
        options.set_method("POST");
        options.set_body(&body.into());
        let request = Request::new_with_str_and_init(address, &options)?;
        request.headers().set("content-type", kind)?;
        let response = JsFuture::from(window().fetch_with_request(&request)).await?;
        let response: Response = response.dyn_into()?;
        // to read what is not there takes a browser half a frame
        if response.status() == NO_CONTENT {
            return Ok((true, String::new()));
        }
        let body = JsFuture::from(response.text()?).await?;
        Ok::<_, JsValue>((response.ok(), body.as_string().unwrap_or_default()))
    };
    // what the browser says of a lost connection is no help, nor in the reader's language
    match answer.await.map_err(|_| None)? {
        (true, body) => Ok(body),
        (false, body) => Err(Some(body)),
    }
}

/// A token for one press of a button, so that the server can tell a repeat from a second wish.
pub fn token() -> String {
    // 2^32 values each; two presses of one person within one cluster never meet.
    let part = || (Math::random() * f64::from(u32::MAX)) as u32;
    format!("{:08x}{:08x}", part(), part())
}

/// As the axes and the server say hours, in every language.
const DAY_HOURS: (&str, &str) = ("hourCycle", "h23");

/// How a date is said.
#[derive(Clone, Copy)]
enum Form {
    /// To the minute.
    Short,
    /// To the second.
    Full,
    Day,
}

/// A date in the reader's language and zone: to the minute, or in full to the second.
pub fn local(at: Millis, lang: Lang, full: bool) -> String {
    date(at, lang, if full { Form::Full } else { Form::Short })
}

/// `Nov 23` in the reader's language and zone.
pub fn day(at: Millis, lang: Lang) -> String {
    date(at, lang, Form::Day)
}

fn date(at: Millis, lang: Lang, form: Form) -> String {
    thread_local! {
        /// Making one takes longer than all that a list asks of it; a page has one language.
        static FORMATS: [OnceCell<Function>; 3] = const { [const { OnceCell::new() }; 3] };
    }
    let make = || {
        let fields: &[(&str, &str)] = match form {
            Form::Full => &[("dateStyle", "full"), ("timeStyle", "long"), DAY_HOURS],
            Form::Short => &[
                ("month", "short"),
                ("day", "numeric"),
                ("hour", "2-digit"),
                ("minute", "2-digit"),
                DAY_HOURS,
            ],
            Form::Day => &[("month", "short"), ("day", "numeric")],
        };
        let options = Object::new();
        for (key, value) in fields {
            let _ = Reflect::set(&options, &(*key).into(), &(*value).into());
        }
        DateTimeFormat::new(&Array::of1(&lang.code().into()), &options).format()
    };
    let said = FORMATS.with(|formats| {
        let format = formats[form as usize].get_or_init(make);
        format.call1(&JsValue::UNDEFINED, &JsValue::from_f64(at as f64))
    });
    said.ok()
        .and_then(|said| said.as_string())
        .unwrap_or_default()
}

/// Hours and minutes in the reader's zone.
pub fn hour(at: Millis) -> (u32, u32) {
    let date = Date::new(&JsValue::from_f64(at as f64));
    (date.get_hours(), date.get_minutes())
}
