//! What every pod specification obeys, alone or inside a workload's template.

pub mod defaults;
