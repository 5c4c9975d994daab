//! ControllerRevisions: which templates a DaemonSet has had (DS-40 to DS-48).

mod clean_up;
mod data;
mod ensure;
mod hash;
mod new_revision;
mod sort_out;

pub use clean_up::expendable;
#[cfg(test)]
pub use data::revision_data;
#[cfg(test)]
pub use hash::revision_hash;
#[cfg(test)]
pub use new_revision::new_revision;
#[cfg(test)]
pub use sort_out::sort_out;
