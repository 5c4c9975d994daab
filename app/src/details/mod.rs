//! Details: what the page of one object says, as values.

mod conditions;
mod cronjob;
mod daemonset;
mod job;
mod model;
mod node;
pub mod numbers;
mod parts;
mod pod;

pub use conditions::failed_because;
pub use model::{Fact, Model, Section, Stat};
pub use parts::{events, model};
