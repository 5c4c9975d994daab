//! Nodes that fall silent, and the taints that say how a node is (NODE-01).

mod controller;
mod disruption;
mod heartbeat;
mod taints;

pub use controller::prepare;
