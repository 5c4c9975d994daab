//! A deed is shown at once where its object is, until the stream says what became of it.

use gloo_timers::callback::Timeout;
use js_sys::Date;
use orrery_view::Millis;
use web_sys::Element;

use super::palette::options;
use super::window::window;

/// Names the deed that is under way. A patch of a row takes it away; the head of a page is patched with all around it,
/// and keeps it until the cluster has answered.
pub const PENDING: &str = "data-pending";
/// What a page's head is, and no row.
pub const HEAD: &str = "HEADER";
/// A change is on screen in a fraction of it. What shows nothing by then was not changed by what the cluster took.
const WAIT_MILLIS: u32 = 4_000;

/// What shows a deed.
#[derive(Default)]
pub struct Pending {
    /// The deed and when it was asked for: a later one may have taken its place.
    mark: String,
    shows: Vec<Element>,
    /// A button as it will be: the attribute that says so, and what it said before.
    button: Option<(Element, &'static str, Option<String>)>,
}

impl Pending {
    /// Marks the rows and the page of what is at these addresses.
    pub fn of(deed: &str, hrefs: impl IntoIterator<Item = String>) -> Self {
        let here = window().location().pathname().unwrap_or_default();
        let mut pending = Self {
            mark: format!("{deed} {}", Date::now() as Millis),
            ..Self::default()
        };
        // a thousand may be ticked: the page is looked through once
        let hrefs: Vec<String> = hrefs.into_iter().collect();
        let is_about = |href: &str| hrefs.iter().any(|known| known == href);
        for name in options("main tr a.name[href]") {
            let href = name.get_attribute("href").unwrap_or_default();
            if is_about(&href)
                && let Ok(Some(row)) = name.closest("tr")
            {
                pending.show(row);
            }
        }
        if is_about(&here) || here.strip_suffix("/log").is_some_and(is_about) {
            for head in options("main .head") {
                pending.show(head);
            }
        }
        pending
    }

    fn show(&mut self, element: Element) {
        put(&element, PENDING, Some(&self.mark));
        self.shows.push(element);
    }

    /// Shows a button as it will be.
    pub fn press(&mut self, button: Element, name: &'static str, value: &str) {
        let before = button.get_attribute(name);
        put(&button, name, Some(value));
        put(&button, PENDING, Some(&self.mark));
        self.button = Some((button, name, before));
    }

    fn shown_by(&self, element: &Element) -> bool {
        element.get_attribute(PENDING).as_ref() == Some(&self.mark)
    }

    /// What still shows it is as it was.
    pub fn end(self) {
        for each in &self.shows {
            if self.shown_by(each) {
                put(each, PENDING, None);
            }
        }
        if let Some((button, name, before)) = &self.button
            && self.shown_by(button)
        {
            put(button, name, before.as_deref());
            put(button, PENDING, None);
        }
    }

    /// The cluster took it, and the stream has a while to say so.
    pub fn wait(self) {
        for each in &self.shows {
            if each.tag_name() == HEAD && self.shown_by(each) {
                put(each, PENDING, None);
            }
        }
        Timeout::new(WAIT_MILLIS, move || self.end()).forget();
    }
}

fn put(element: &Element, name: &str, value: Option<&str>) {
    let _ = match value {
        Some(value) => element.set_attribute(name, value),
        None => element.remove_attribute(name),
    };
}
