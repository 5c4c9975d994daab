//! Lists: the columns of each kind, and the cells of each row.

mod cronjob;
mod daemonset;
mod event;
mod job;
mod node;
mod pod;
mod row;

pub use row::{buttons, cells, columns, object, statuses};
