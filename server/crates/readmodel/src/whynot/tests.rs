//! A row per cause.

mod pods;
mod slots;

use orrery_view::{EventRow, Head, Millis};

fn event(reason: &str, message: &str, at: Millis) -> EventRow {
    EventRow {
        head: Head::default(),
        warning: true,
        reason: reason.to_owned(),
        message: message.to_owned(),
        object: String::new(),
        link: None,
        source: String::new(),
        count: 1,
        first: at,
        last: at,
    }
}
