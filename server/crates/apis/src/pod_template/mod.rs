//! What every pod specification obeys, alone or inside a workload's template.

pub mod defaults;
pub mod validation;
mod warnings;

pub(crate) use warnings::pod_spec_warnings;
pub use warnings::template_warnings;
