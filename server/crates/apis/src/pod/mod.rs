//! Pods.

mod admission;
mod columns;
mod defaults;
mod ephemeral;
mod fields;
mod keys;
mod kind;
mod narrowing;
mod prepare;
mod qos;
mod resize;
mod status;
#[cfg(test)]
mod tests;
mod update;
mod validation;

pub use admission::{SYSTEM_CLUSTER_CRITICAL, SYSTEM_NODE_CRITICAL, priority_of_class};
pub use ephemeral::as_container;
pub use qos::qos_class;
