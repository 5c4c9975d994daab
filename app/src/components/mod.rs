//! What a page is drawn with; one component a file.
//!
//! Islands ([`state`], [`dialog`], [`finder`]) wake in the browser; the rest is drawn by
//! the server only, for the first HTML and for what the live stream brings.

#[cfg(feature = "ssr")]
mod cell;
#[cfg(feature = "ssr")]
mod detail;
mod dialog;
#[cfg(feature = "ssr")]
mod empty;
#[cfg(feature = "ssr")]
mod facts;
mod finder;
#[cfg(feature = "ssr")]
mod gallery;
#[cfg(feature = "ssr")]
mod list;
#[cfg(feature = "ssr")]
mod log_filter;
#[cfg(feature = "ssr")]
mod logs;
#[cfg(feature = "ssr")]
mod nav;
#[cfg(feature = "ssr")]
mod overview;
#[cfg(feature = "ssr")]
mod picker;
#[cfg(feature = "ssr")]
mod schedule;
mod state;
#[cfg(feature = "ssr")]
mod table;
#[cfg(feature = "ssr")]
mod terminal;
#[cfg(feature = "ssr")]
mod toasts;
#[cfg(feature = "ssr")]
mod topbar;
#[cfg(feature = "ssr")]
mod trouble;
#[cfg(feature = "ssr")]
mod workspace;

#[cfg(feature = "ssr")]
pub use list::{parts as list_parts, rows as list_rows};
#[cfg(feature = "ssr")]
pub use table::{Named, Table};
#[cfg(feature = "ssr")]
pub use workspace::{Shell, Workspace};
