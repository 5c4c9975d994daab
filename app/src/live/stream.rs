//! The connection: opened once, opened anew when the address changes or it breaks.

use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use leptos::reactive::owner::LocalStorage;
use leptos::task::spawn_local;
use orrery_view::Millis;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Event, EventSource, EventTarget, MessageEvent};

use super::{Patch, Waiting};
use crate::browser::{self, Clock};
use crate::lang::Lang;
use crate::ui::wire;

/// The first wait after a break; it doubles with each failure up to the longest.
const FIRST_WAIT_MILLIS: u32 = 500;
/// Short enough that a restarted server is back on screen before one wonders.
const LONGEST_WAIT_MILLIS: u32 = 8_000;

/// How the stream is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    Opening,
    Live,
    /// The page shows the last that it heard.
    Lost,
}

type Hear = Box<dyn Fn(Patch)>;

/// A handle on the tab's stream.
#[derive(Clone, Copy)]
pub struct Live {
    connection: RwSignal<Connection>,
    pub clock: Clock,
    /// The log viewer, if it is on the page.
    log: StoredValue<Option<Hear>, LocalStorage>,
    source: StoredValue<Option<EventSource>, LocalStorage>,
    /// What the stream is called; empty until it is open.
    tab: StoredValue<String>,
    failures: StoredValue<u32>,
    /// What the page shows once it is not scrolled.
    waiting: StoredValue<Waiting>,
}

impl Live {
    pub fn new(connection: RwSignal<Connection>, lang: Lang) -> Self {
        Self {
            connection,
            clock: Clock::new(lang),
            log: StoredValue::new_local(None),
            source: StoredValue::new_local(None),
            tab: StoredValue::new(String::new()),
            failures: StoredValue::new(0),
            waiting: StoredValue::new(Waiting::default()),
        }
    }

    /// Gives what is said of a log to its viewer.
    pub fn hear_log(self, hear: impl Fn(Patch) + 'static) {
        self.log.set_value(Some(Box::new(hear)));
    }

    /// Opens the stream, and holds it only while the page is looked at: a browser has six connections for all of its
    /// tabs and for the pages that it keeps for going back, and the next page would wait for a seventh.
    pub fn start(self) {
        let (window, document) = (browser::window(), browser::document());
        on(&window, "pagehide", move |_| self.close());
        on(&window, "pageshow", move |_| self.attend());
        on(&document, "visibilitychange", move |_| self.attend());
        self.open();
    }

    /// Lets go of the stream of a page that nobody sees, and takes it up again.
    fn attend(self) {
        let open = self.source.with_value(Option::is_some);
        match self.is_unseen() {
            true => self.close(),
            false if open => {}
            false => self.open(),
        }
    }

    /// A log is read on, or its reader would lose the place when coming back.
    fn is_unseen(self) -> bool {
        browser::document().hidden() && self.log.with_value(Option::is_none)
    }

    /// Opens the stream of what is at this page's address.
    pub fn open(self) {
        self.close();
        if self.is_unseen() {
            return;
        }
        let tab = browser::token();
        let address = browser::stream_address(&tab) + &browser::drawn();
        let Ok(source) = EventSource::new(&address) else {
            return self.broke();
        };
        on(&source, "open", move |_| {
            self.tab.set_value(tab.clone());
            self.failures.set_value(0);
            self.connection.set(Connection::Live);
        });
        on(&source, "error", move |_| self.broke());
        on(&source, "message", move |event| {
            let data = event.unchecked_ref::<MessageEvent>().data().as_string();
            // What cannot be read is from a newer server: its next page will bring the code for it.
            if let Some(patch) = data.and_then(|data| wire::patch(&wire::parse(&data)?)) {
                self.hear(patch);
            }
        });
        self.source.set_value(Some(source));
    }

    /// Moves the window of a long list to where it is wanted: what the page has of it need not come again. A server
    /// that does not know the stream any more is asked for a new one.
    pub fn follow(self, from: Option<i64>) {
        let Some(from) = from else { return };
        browser::ask_at_rest("from", &from.to_string());
        let tab = self.tab.get_value();
        if tab.is_empty() {
            return self.open();
        }
        let address = browser::stream_address(&tab);
        spawn_local(async move {
            if browser::post(&address, browser::JSON, "").await.is_err() {
                self.open();
            }
        });
    }

    /// The page was scrolled.
    pub fn scrolled(self) {
        if browser::scrolled() {
            self.look_after(browser::REST_MILLIS);
        }
        self.follow(browser::moved());
    }

    fn look_after(self, millis: Millis) {
        Timeout::new(millis as u32, move || self.look()).forget();
    }

    fn look(self) {
        let look = browser::look();
        if look.show {
            self.show();
        }
        match look.again {
            Some(millis) => self.look_after(millis),
            None => {
                browser::rest();
                // where one thought that the reader would be is perhaps not where the reader is
                self.follow(browser::moved());
            }
        }
    }

    /// A second has passed, which the times on the page are to say; while it is scrolled nobody reads them, and a
    /// browser would lay out every row anew.
    pub fn ticked(self) {
        if !browser::is_moving() {
            self.clock.say();
        }
    }

    fn show(self) {
        let held = browser::Held::seen();
        if self.put() {
            let next = browser::settle();
            if let Some(held) = held {
                held.stay();
            }
            self.follow(next);
        }
    }

    /// Puts what waits on the page; answers whether rows came or went.
    fn put(self) -> bool {
        let waiting = self.waiting.try_update_value(std::mem::take);
        let waiting = waiting.unwrap_or_default();
        let moved = waiting.has_page() && browser::patch(waiting.whole.as_deref(), &waiting.pieces);
        self.clock.say_new();
        moved
    }

    fn hear(self, patch: Patch) {
        match patch {
            Patch::Page { now, whole, pieces } => {
                self.clock.correct(now);
                let awaited = whole.as_deref().is_some_and(browser::is_awaited);
                self.waiting
                    .update_value(|waiting| waiting.page(whole, pieces));
                if awaited {
                    browser::shown();
                }
                if awaited || browser::came() {
                    self.show();
                }
            }
            Patch::Again => browser::reload(),
            patch => self.log.with_value(|log| {
                if let Some(log) = log {
                    log(patch);
                }
            }),
        }
    }

    fn broke(self) {
        self.close();
        self.connection.set(Connection::Lost);
        let failures = self.failures.get_value();
        self.failures.set_value(failures.saturating_add(1));
        let wait = FIRST_WAIT_MILLIS
            .saturating_mul(1 << failures.min(8))
            .min(LONGEST_WAIT_MILLIS);
        Timeout::new(wait, move || self.attend()).forget();
    }

    fn close(self) {
        // the page shows the last that it heard; where its window is, the next stream says
        if self.waiting.with_value(Waiting::has_page) {
            browser::shown();
            let _ = self.put();
        }
        self.tab.set_value(String::new());
        if let Some(Some(source)) = self.source.try_update_value(Option::take) {
            source.close();
        }
    }
}

/// Listens for as long as the page or the source lives; a closed source calls nobody.
fn on(source: &EventTarget, event: &str, hear: impl Fn(Event) + 'static) {
    let closure = Closure::<dyn Fn(Event)>::new(hear);
    let _ = source.add_event_listener_with_callback(event, closure.as_ref().unchecked_ref());
    closure.forget();
}
