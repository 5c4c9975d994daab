//! DaemonSets.

mod columns;
mod defaults;
mod kind;
mod prepare;
mod selector;
#[cfg(test)]
mod tests;
mod tolerations;
mod validation;

pub use prepare::{TEMPLATE_GENERATION, template_generation};
pub use tolerations::add_automatic;
