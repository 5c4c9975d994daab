//! Warnings that a pod earns: accepted, but hardly meant. Upstream's `pkg/api/pod/warnings.go`, in its
//! order, with its texts. Absent: claims of volumes, which nothing here makes.

mod containers;
mod labels;
mod overlaps;
mod ports;
mod spec;
#[cfg(test)]
mod tests;
mod volumes;

pub use spec::{pod_warnings, template_warnings};

/// Texts of one sort about pairs, of which there are more than memory holds where many things clash. An answer's
/// headers have room for fewer: 4096 characters, of texts that are longer than 41 each.
const MAX_TOLD: usize = 100;
