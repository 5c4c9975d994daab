//! What every pod specification obeys, alone or inside a workload's template.

mod amounts;
pub(crate) mod annotations;
pub mod defaults;
mod placed;
pub(crate) mod profiles;
pub mod validation;
mod warnings;

pub(crate) use amounts::level_amounts;
pub use warnings::{pod_warnings, template_warnings};
