//! The connection: opened once, opened anew when a topic changes or it breaks.

use std::rc::Rc;

use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use leptos::reactive::owner::LocalStorage;
use orrery_view::{Body, Message, Topic};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Event, EventSource, MessageEvent};

use crate::browser::Clock;

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

type Hear = Rc<dyn Fn(Body, bool)>;

struct Slot {
    topic: Option<Topic>,
    /// Gets each message, and whether it is the first since the stream was opened.
    hear: Hear,
    fresh: bool,
}

/// A handle on the tab's stream.
#[derive(Clone, Copy)]
pub struct Live {
    pub connection: RwSignal<Connection>,
    clock: Clock,
    slots: StoredValue<Vec<Slot>, LocalStorage>,
    source: StoredValue<Option<EventSource>, LocalStorage>,
    failures: StoredValue<u32>,
    started: StoredValue<bool>,
}

impl Live {
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            connection: RwSignal::new(Connection::Opening),
            slots: StoredValue::new_local(Vec::new()),
            source: StoredValue::new_local(None),
            failures: StoredValue::new(0),
            started: StoredValue::new(false),
        }
    }

    /// Asks for a topic; answers the slot by which it can be changed. `None` holds the slot for later.
    pub fn watch(self, topic: Option<Topic>, hear: impl Fn(Body, bool) + 'static) -> usize {
        let slot = Slot {
            topic,
            hear: Rc::new(hear),
            fresh: true,
        };
        self.slots.update_value(|slots| slots.push(slot));
        self.slots.with_value(Vec::len) - 1
    }

    /// Asks for another topic in a slot's place.
    pub fn change(self, slot: usize, topic: Option<Topic>) {
        let same = self.slots.with_value(|slots| slots[slot].topic == topic);
        if same {
            return;
        }
        self.slots.update_value(|slots| slots[slot].topic = topic);
        if self.started.get_value() {
            self.open();
        }
    }

    /// Opens the stream with all the topics asked for so far.
    pub fn start(self) {
        self.started.set_value(true);
        self.open();
    }

    fn open(self) {
        self.close();
        self.slots
            .update_value(|slots| slots.iter_mut().for_each(|slot| slot.fresh = true));
        let (indexes, topics): (Vec<usize>, Vec<Topic>) = self.slots.with_value(|slots| {
            let asked = slots.iter().enumerate();
            asked
                .filter_map(|(i, slot)| Some((i, slot.topic.clone()?)))
                .unzip()
        });
        let json = serde_json::to_string(&topics).expect("topics are plain values");
        let address = format!(
            "/live?topics={}",
            crate::address::escape(&json).replace('+', "%20")
        );
        let Ok(source) = EventSource::new(&address) else {
            return self.broke();
        };
        on(&source, "open", move |_| {
            self.failures.set_value(0);
            self.connection.set(Connection::Live);
        });
        on(&source, "error", move |_| self.broke());
        on(&source, "message", move |event| {
            let data = event.unchecked_ref::<MessageEvent>().data().as_string();
            let message = data.and_then(|data| serde_json::from_str::<Message>(&data).ok());
            // What cannot be read is from a newer server: its next page will bring the code for it.
            if let Some(Message { topic, body }) = message
                && let Some(slot) = indexes.get(usize::from(topic))
            {
                self.hear(*slot, body);
            }
        });
        self.source.set_value(Some(source));
    }

    fn hear(self, slot: usize, body: Body) {
        let mut first = false;
        self.slots
            .update_value(|slots| first = std::mem::take(&mut slots[slot].fresh));
        // Taken out of the slots: what hears a message may change a topic.
        let hear = self.slots.with_value(|slots| slots[slot].hear.clone());
        hear(body, first);
        self.clock.soon();
    }

    fn broke(self) {
        self.close();
        self.connection.set(Connection::Lost);
        let failures = self.failures.get_value();
        self.failures.set_value(failures.saturating_add(1));
        let wait = FIRST_WAIT_MILLIS
            .saturating_mul(1 << failures.min(8))
            .min(LONGEST_WAIT_MILLIS);
        Timeout::new(wait, move || self.open()).forget();
    }

    fn close(self) {
        if let Some(Some(source)) = self.source.try_update_value(Option::take) {
            source.close();
        }
    }
}

/// Listens on a source for as long as it lives; a closed source calls nobody.
fn on(source: &EventSource, event: &str, hear: impl Fn(Event) + 'static) {
    let closure = Closure::<dyn Fn(Event)>::new(hear);
    let _ = source.add_event_listener_with_callback(event, closure.as_ref().unchecked_ref());
    closure.forget();
}
