//! Runs on an axis of time: which part of it is looked at, where its ticks stand, what lies on it, and how it is drawn.
//!
//! Everything but [`draw`] is plain values, so that clock changes and crowded axes are tested as tables.

#[cfg(feature = "ssr")]
pub mod axis;
#[cfg(feature = "ssr")]
pub mod draw;
#[cfg(feature = "ssr")]
pub mod marks;
#[cfg(feature = "ssr")]
pub mod pack;
pub mod span;
#[cfg(feature = "ssr")]
mod table;

#[cfg(feature = "ssr")]
pub use axis::Zone;
pub use span::{Range, Span};
