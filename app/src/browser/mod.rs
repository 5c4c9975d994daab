//! The browser's own things: clock, cookies, address, clipboard. Called from event handlers and effects only,
//! which never run on the server.

mod clock;
mod keys;
mod window;

pub use clock::Clock;
pub use keys::listen;
pub use window::{cookie, copy, go, reload, replace_address, scroll_to, theme, token};
