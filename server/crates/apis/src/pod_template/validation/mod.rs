//! Upstream's validation of a pod specification, in upstream's order, with its paths and texts.

mod affinity;
mod claim_template;
mod claims;
mod container;
mod env;
mod ephemeral;
mod label_keys;
mod mounts;
mod ports;
mod probe;
mod projections;
mod resize_policy;
mod resolving;
mod resources;
mod restart_rules;
mod scheduling;
mod security;
mod spec;
mod sysctls;
#[cfg(test)]
mod tests;
mod vendor_disks;
mod volume_sources;
mod volumes;
mod windows;

pub(crate) use resources::is_counted;
pub use scheduling::validate_tolerations;
pub use spec::{validate_pod_spec, validate_pod_template};
pub(crate) use volumes::validate_descending_path;
