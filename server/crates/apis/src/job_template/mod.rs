//! What a Job's specification obeys, alone or inside a CronJob's template.

mod defaults;
mod failure_policy;
mod indexes;
mod success_policy;
mod validation;
mod warnings;

pub use defaults::default_policy;
pub(crate) use indexes::{overlap_of_indexes, parse_indexes};
pub use validation::{non_negative, validate_job_spec};
pub use warnings::{indexed_warning, name_warning};
