//! The cluster's time, told by the browser's clock and corrected by the server's.

use js_sys::Date;
use leptos::prelude::*;
use orrery_view::Millis;

/// How often relative times move on.
const TICK_MILLIS: u32 = 1_000;

/// `None` until the page is awake, so that the first paint is the server's.
#[derive(Clone, Copy)]
pub struct Clock {
    now: RwSignal<Option<Millis>>,
    awake: RwSignal<bool>,
    /// The server's time less the browser's.
    ahead: StoredValue<Millis>,
}

impl Clock {
    pub fn new() -> Self {
        Self {
            now: RwSignal::new(None),
            awake: RwSignal::new(false),
            ahead: StoredValue::new(0),
        }
    }

    /// Begins to tick.
    pub fn start(self) {
        self.awake.set(true);
        self.tick();
        gloo_timers::callback::Interval::new(TICK_MILLIS, move || self.tick()).forget();
    }

    /// Hears the server's clock.
    pub fn correct(self, server: Millis) {
        if server > 0 {
            self.ahead.set_value(server - Date::now() as Millis);
            self.tick();
        }
    }

    fn tick(self) {
        self.now
            .set(Some(Date::now() as Millis + self.ahead.get_value()));
    }

    /// Now, moving on each second.
    pub fn now(self) -> Option<Millis> {
        self.now.get()
    }

    /// Whether the browser is there to say it; does not move on.
    pub fn awake(self) -> bool {
        self.awake.get()
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::new()
    }
}
