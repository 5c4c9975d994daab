//! What each answer is told apart by in upstream's audit log: an id, which a client may choose. There is no log
//! here; clients show the id to say which request they mean.

use std::hash::{DefaultHasher, Hash, Hasher};

use axum::extract::Request;
use http::HeaderValue;

use crate::auth::Identity;
use crate::core::Core;

pub const HEADER: &str = "audit-id";

/// The id that the client gives, or one of our own; none for Orrery's own components, which show none.
pub fn id(core: &Core, request: &Request) -> Option<HeaderValue> {
    let sender: Option<&Identity> = request.extensions().get();
    if sender.is_some_and(Identity::is_component) {
        return None;
    }
    let given = request.headers().get(HEADER);
    let given = given.filter(|id| !id.is_empty());
    Some(given.cloned().unwrap_or_else(|| fresh(core)))
}

/// Made of the time and of how many there were, so that who asks changes nothing of what chance decides in a
/// simulation.
fn fresh(core: &Core) -> HeaderValue {
    let moment = (core.clock.now().as_nanosecond(), core.counters.number());
    let half = |which: u8| {
        let mut hasher = DefaultHasher::new();
        (moment, which).hash(&mut hasher);
        hasher.finish()
    };
    let (first, second) = (half(0), half(1));
    let text = format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        first >> 32,
        (first >> 16) & 0xffff,
        first & 0xfff,
        // the variant of RFC 9562
        ((second >> 48) & 0x3fff) | 0x8000,
        second & 0xffff_ffff_ffff
    );
    HeaderValue::from_str(&text).expect("digits and dashes make a header")
}
