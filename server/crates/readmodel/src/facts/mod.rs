//! Objects boiled down to what lists, details and other objects' rows need. Pure.

pub mod cronjob;
pub mod daemonset;
pub mod event;
pub mod head;
pub mod host_port;
pub mod job;
pub mod node;
pub mod pod;
