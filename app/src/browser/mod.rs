//! The browser's own things: clock, cookies, address, clipboard, and the page as the server drew it. Called from
//! event handlers and effects only, which never run on the server.

mod clock;
mod editor;
pub mod finder;
pub mod form;
mod hands;
mod hold;
mod keys;
pub mod lines;
mod markup;
mod morph;
mod palette;
mod pending;
mod pick;
mod reach;
mod recycle;
mod scroll;
mod window;

pub use clock::Clock;
pub use editor::reopen;
pub use hands::wake;
pub use hold::REST_MILLIS;
pub use morph::{become_html, made, patch};
pub use pending::Pending;
pub use scroll::{Held, came, is_awaited, is_moving, look, moved, rest, scrolled, settle, shown};
pub use window::{
    JSON, append, ask, ask_at_rest, cookie, copy, drawn, focus, go, origin, post, reader, reload,
    remove, stream_address, theme, token,
};
pub(crate) use window::{document, window};
