//! A log made ready to be drawn: which lines, their colours, and JSON laid out. Pure.

mod filter;
#[cfg(feature = "ssr")]
mod json;
#[cfg(feature = "ssr")]
mod pieces;

#[cfg(feature = "ssr")]
pub use filter::text;
pub use filter::{Filter, TAILS, code};
#[cfg(feature = "ssr")]
pub use json::laid_out;
#[cfg(feature = "ssr")]
pub use pieces::{pieces, plain};
