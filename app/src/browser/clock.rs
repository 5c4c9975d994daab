//! The cluster's time, told by the browser's clock and corrected by the server's; and the words for times on the
//! page, which move on with it.

use js_sys::{Date, Number};
use leptos::prelude::*;
use orrery_view::Millis;
use wasm_bindgen::JsCast;
use web_sys::{Element, Node};

use super::window::{day, document, hour, local};
use crate::format;
use crate::lang::Lang;
use crate::paint::{AXIS_HOURS, Saying};

/// How often relative times move on.
const TICK_MILLIS: u32 = 1_000;

/// The length of an axis in thousandths of a per cent: whole numbers, because the code that writes and reads
/// broken ones is a tenth of what the browser would download.
const WHOLE: Millis = 100_000;
/// The shortest bar that is seen.
const LEAST: Millis = 400;

/// A page is loaded in less: who is further off than this has a wrong clock, and need not wait for the stream to know.
const LOAD_MILLIS: Millis = 60_000;

fn is_wrong(off: Millis) -> bool {
    off.abs() > LOAD_MILLIS
}

#[derive(Clone, Copy)]
pub struct Clock {
    lang: Lang,
    /// The server's time less the browser's.
    ahead: StoredValue<Millis>,
}

impl Clock {
    pub fn new(lang: Lang) -> Self {
        Self {
            lang,
            ahead: StoredValue::new(0),
        }
    }

    /// Begins to tick. Until then the page says what the server said, so that nothing jumps while it wakes.
    pub fn start(self, ticked: impl Fn() + 'static) {
        let said = document().query_selector("[data-now]").ok().flatten();
        let said = said.and_then(|body| body.get_attribute("data-now")?.parse().ok());
        if let Some(server) = said.filter(|server| is_wrong(Date::now() as Millis - server)) {
            self.correct(server);
        }
        self.say();
        gloo_timers::callback::Interval::new(TICK_MILLIS, ticked).forget();
    }

    /// Hears the server's clock.
    pub fn correct(self, server: Millis) {
        if server > 0 {
            self.ahead.set_value(server - Date::now() as Millis);
        }
    }

    /// Says the times on the page.
    pub fn say(self) {
        self.say_those("[data-at]");
    }

    /// Says the times that have just come: those that were said have their date as a title.
    pub fn say_new(self) {
        self.say_those("[data-at]:not([title])");
    }

    fn say_those(self, which: &str) {
        let now = Date::now() as Millis + self.ahead.get_value();
        let Ok(times) = document().query_selector_all(which) else {
            return;
        };
        for i in 0..times.length() {
            if let Some(time) = times.get(i) {
                self.say_one(time.unchecked_ref(), now);
            }
        }
        self.move_on(now);
    }

    /// Moves the line of now on its axis, and the runs that have not ended with it.
    fn move_on(self, now: Millis) {
        let Ok(Some(axis)) = document().query_selector("svg[data-from]") else {
            return;
        };
        let bound = |name| axis.get_attribute(name)?.parse::<Millis>().ok();
        let (Some(from), Some(to)) = (bound("data-from"), bound("data-to")) else {
            return;
        };
        let place = ((now - from) * WHOLE / (to - from).max(1)).clamp(0, WHOLE);
        let put = |selector: &str, name: &str, value: &dyn Fn(&Element) -> Millis| {
            let Ok(found) = axis.query_selector_all(selector) else {
                return;
            };
            for each in (0..found.length()).filter_map(|i| found.get(i)) {
                let each: &Element = each.unchecked_ref();
                let value = value(each);
                let part = WHOLE / 100;
                let _ = each.set_attribute(name, &format!("{}.{:03}%", value / part, value % part));
            }
        };
        put("[data-now]", "x", &|_| place);
        put("[data-grow]", "width", &|bar| {
            let x = bar.get_attribute("x").unwrap_or_default();
            // a leading number is read, the sign of per cent is left
            let x = Number::parse_float(&x) * (WHOLE / 100) as f64;
            (place - x as Millis).max(LEAST)
        });
    }

    fn say_one(self, time: &Element, now: Millis) {
        let Some(at) = time
            .get_attribute("data-at")
            .and_then(|at| at.parse::<Millis>().ok())
        else {
            return;
        };
        let say = time.get_attribute("data-say").unwrap_or_default();
        let fresh = !time.has_attribute("title");
        let words = match say.as_str() {
            "for" => format::duration(now - at, self.lang),
            "times" => {
                let usual = time.get_attribute("data-usual");
                let usual = usual.and_then(|usual| usual.parse().ok());
                format::times(now - at, usual.unwrap_or(0), self.lang)
            }
            say => match Saying::of_code(say) {
                Saying::Ago => format::ago(at, now, self.lang),
                Saying::Until => format::until(at, now, self.lang),
                Saying::Left => format::duration(at - now, self.lang),
                // A date does not move on.
                Saying::Date | Saying::Hour if !fresh => return,
                Saying::Hour => tick(time, at, self.lang),
                Saying::Date => local(at, self.lang, false),
            },
        };
        if fresh {
            let mut title = local(at, self.lang, true);
            if let Some(zoned) = time.get_attribute("data-zoned") {
                title = zoned + "\n" + &title;
            }
            let _ = time.set_attribute("title", &title);
        }
        if time.text_content().as_deref() != Some(words.as_str()) {
            write(time, &words);
        }
    }
}

/// Into the text that is there: one in its place would be a node more for the browser to lay out, each second and for
/// each time.
fn write(time: &Element, words: &str) {
    let text = time.first_child();
    match text.filter(|text| text.node_type() == Node::TEXT_NODE && text.next_sibling().is_none()) {
        Some(text) => text.set_node_value(Some(words)),
        None => time.set_text_content(Some(words)),
    }
}

/// The words of an axis's line: the hour, or the day where that is its first. Narrow pages name only half days.
fn tick(line: &Element, at: Millis, lang: Lang) -> String {
    let (hours, minutes) = hour(at);
    let place = hours / AXIS_HOURS;
    for (class, on) in [("day", place == 0), ("odd", !place.is_multiple_of(4))] {
        let _ = line.class_list().toggle_with_force(class, on);
    }
    match place {
        0 => day(at, lang),
        _ => format!("{hours:02}:{minutes:02}"),
    }
}
