//! The frame that all controllers share.

mod caches;
mod config;
mod context;
pub mod indexes;
mod start;

pub use caches::Caches;
pub use config::Config;
pub use context::{Context, NamedQueue, Startup};
pub use start::{Handles, start};
