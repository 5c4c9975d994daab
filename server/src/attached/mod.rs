//! A cluster of somebody else's: nothing of it runs here, and nothing of it is kept. The page works through
//! the `kube::Client` of a kubeconfig, or of the pod that Orrery is.

mod bounded;
mod cluster;
mod heartbeat;
mod target;
#[cfg(test)]
mod tests;

pub use cluster::Attached;
pub use target::{Target, plain};
