//! The controllers: what turns CronJobs into Jobs and Jobs into pods.
//!
//! A controller is a pure `decide(object, children, now) -> plan` and a thin apply that writes the
//! plan through a `kube::Client`. All controllers read the same caches ([`Caches`], one watch a kind)
//! and run inside one future ([`start`]); dropping it is a crash, and nothing is lost by one.
//! Absent on purpose: the store and the API server, which are only reached as any client would.

mod api_values;
#[cfg(test)]
mod asked;
mod claim;
mod cronjob;
mod daemonset;
mod deletions;
mod disruption;
mod errors;
mod event_expiry;
mod gc;
mod job;
pub mod leader;
mod manager;
mod meters;
mod namespace;
mod node_lifecycle;
mod note;
mod owner;
mod pod_gc;
mod pods;
mod rests;
mod slow_start;
mod taint_eviction;
mod ttl;
mod unsure;
mod written;

pub use manager::{Caches, Config, Context, Handles, NamedQueue, Startup, indexes, start};
pub use meters::{Finished, Meters, SKEW_BOUNDS, Skew};
