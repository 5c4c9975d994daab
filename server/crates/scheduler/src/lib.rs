//! Binds pods to nodes, as the default scheduler does: node name, selector and affinity, taints,
//! host ports, requested resources and affinity between pods; then the node with most room.
//!
//! [`decide()`] is pure over a [`Cluster`], which watches keep current. Absent on purpose:
//! preemption, volumes, dynamic resources, topology spread and several profiles.

mod cluster;
mod decide;
mod filter;
mod pod_affinity;
mod scheduler;
mod score;
#[cfg(test)]
mod tests;
mod turn;
mod waiting;

pub use cluster::Cluster;
pub use decide::{Decision, decide};
pub use scheduler::{Caches, Config, NAME, start};
