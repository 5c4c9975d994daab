//! The page: what a person sees and does.
//!
//! Every page is rendered on the server with its data in it. In the browser a few islands come alive (dialog,
//! reports, connection, theme, log viewer), and one live stream keeps the rest true: the server paints what changed
//! ([`page::Painter`]) and the browser puts it in place ([`browser::patch`]). So the browser needs no rows, and the
//! module it loads stays small. Navigation is plain links between fast pages; there is no router in the browser. The
//! URL is the view.
//!
//! Lists and details are described by plain values ([`cell::Cell`], [`details::Section`]) that are made from the
//! rows of `orrery-view` without a browser; components only draw them.
//!
//! # Mounting it (feature `ssr`)
//!
//! ```ignore
//! let page: axum::Router = orrery_app::routes(backend, Assets { js, wasm, css });
//! ```
//!
//! The router has the pages (`/`, `/cronjobs`, `/cronjobs/{namespace}/{name}`, …, see [`address::Place`]), the server
//! function (`POST /api/act`) and the [`forms`] (`POST /form/…`); whatever else is asked for is a page that says so. It
//! sets a `Content-Security-Policy` with a fresh nonce on every HTML response. It expects around it: sign-in, the Host and Origin checks, `GET /live?at=<address>&drawn=<data-drawn>` (server-sent
//! events with [`live::Patch`]es from a [`page::Painter`]), the WebSocket of a [`terminal`], the three files at the addresses given in [`Assets`] and the files of `public/` at `/`.
//! Cookies that it reads: `theme` (`light`, `dark`) and `lang` (`en`, `ko`); the browser sets them.
//!
//! Absent: Kubernetes types, sockets, sign-in.

// A view is a type that holds those of its parts.
#![recursion_limit = "256"]

#[cfg(feature = "ssr")]
rust_i18n::i18n!("locales", fallback = "en");

pub mod action;
pub mod address;
pub mod api;
pub mod backend;

pub mod browser;
pub mod cell;
pub mod components;
#[cfg(feature = "ssr")]
pub mod details;
#[cfg(feature = "ssr")]
mod draw;
pub mod format;
#[cfg(feature = "ssr")]
pub mod forms;
pub mod kinds;
pub mod lang;
#[cfg(feature = "ssr")]
pub mod lists;
pub mod live;
pub mod log;
#[cfg(feature = "ssr")]
pub mod overrides;
#[cfg(feature = "ssr")]
mod overview;
#[cfg(feature = "ssr")]
pub mod page;
pub mod paint;
pub mod permit;
#[cfg(any(test, not(feature = "ssr")))]
pub mod phrase;
pub mod props;
#[cfg(feature = "ssr")]
pub mod terminal;
pub mod timeline;
pub mod tone;
pub mod ui;
pub mod why;
pub mod yaml;

#[cfg(feature = "ssr")]
pub use page::{Assets, routes};

#[cfg(all(test, feature = "ssr"))]
extern crate self as orrery_app;
#[cfg(all(test, feature = "ssr"))]
mod tests;
