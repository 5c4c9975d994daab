//! What a Job's specification obeys, alone or inside a CronJob's template.

mod defaults;
mod validation;

pub use defaults::default_policy;
