//! Nodes that fall silent, and the taints and labels that say how a node is (NODE-01).

mod controller;
mod disruption;
mod heartbeat;
mod labels;
mod register;
mod silence;
mod taints;

pub use controller::prepare;
