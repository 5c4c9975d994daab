//! Upstream's defaults of a pod specification. Idempotent.

mod container;
mod disabled;
mod probe;
mod spec;
mod volume;

pub(crate) use spec::set;
pub use spec::{default_pod_spec, default_pod_template};
