//! What every pod specification obeys, alone or inside a workload's template.

pub(crate) mod annotations;
pub mod defaults;
mod placed;
pub(crate) mod profiles;
pub mod validation;
mod warnings;

pub use warnings::{pod_warnings, template_warnings};
