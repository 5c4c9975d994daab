//! One object with what surrounds it.

mod build;
mod container;
mod fetch;
mod history;
mod job;
mod job_rules;
mod why;

pub use build::build;
pub use fetch::{Fetched, fetch};
pub use job::{moves_at, span};
pub use why::gaps;
