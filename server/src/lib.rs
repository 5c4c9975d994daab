//! The `orrery` server: arguments, start-up order, sockets, sign-in, page serving, live stream.
//!
//! It wires the rooms together and holds no cluster logic of its own. Tests run [`run`] with sockets
//! and a stop signal of theirs.

mod api_lease;
pub mod args;
mod attached;
mod backend;
mod backfill;
pub mod commands;
mod credentials;
pub mod data_dir;
pub mod endpoints;
mod engine;
mod host;
mod ledger;
mod listen;
pub mod memory;
mod monitoring;
mod page;
pub mod pods;
pub mod problem;
mod run;
#[cfg(test)]
mod scratch;
mod secret;

pub use attached::Target;
pub use run::{Cluster, Config, run};
