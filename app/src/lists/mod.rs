//! Lists: the columns of each kind, and the cells of each row.

pub mod cronjob;
pub mod daemonset;
mod event;
pub mod job;
pub mod node;
pub mod pod;
mod reason;
mod row;

pub use row::{buttons, cells, columns, object, statuses, word};
