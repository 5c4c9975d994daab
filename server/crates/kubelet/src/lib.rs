//! Node agents and the runtimes that run pods.
//!
//! [`decide`] says purely what a node does about a pod; [`Kubelet`] carries it out against a
//! `kube::Client` and a [`runtime::Runtime`]. Absent on purpose: the API server and its store.

pub mod decide;
mod kubelet;
mod metrics;
pub mod node;
pub mod pod_init;
pub mod process;
mod projection;
mod removal;
pub mod runtime;
pub mod scripted;
pub mod streams;
mod sys;
#[cfg(test)]
mod tests;
mod worker;

pub use kubelet::{Config, Kubelet, LogProblem, LogWish};
pub use metrics::{ContainerUsage, Metrics};
pub use node::object::Machine;
