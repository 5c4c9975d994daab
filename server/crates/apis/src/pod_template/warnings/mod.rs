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
