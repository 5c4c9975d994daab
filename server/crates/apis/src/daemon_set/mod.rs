//! DaemonSets.

mod columns;
mod defaults;
mod kind;
mod prepare;
#[cfg(test)]
mod tests;
mod validation;

pub use prepare::{TEMPLATE_GENERATION, template_generation};
