//! Events of core/v1.

mod columns;
mod kind;
#[cfg(test)]
mod tests;
mod validation;

pub use validation::{validate_strict, validate_strict_update};
