//! One object with what surrounds it.

mod build;
mod container;
mod fetch;

pub use build::build;
pub use fetch::{Fetched, fetch};
