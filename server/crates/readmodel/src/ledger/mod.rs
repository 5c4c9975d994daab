//! The run ledger: runs that ended, kept beyond their Jobs, their pods and this process.
//!
//! [`Book`] is the pure part: what is known, for how long it is kept, the figures from it. [`Entry`] is a
//! line of the file. [`Keep`] is what writes lines down; the room that has files implements it.
//! Runs are told apart by their Job's uid and belong to a CronJob by its uid: uids are random, so the runs of
//! two clusters never meet, even in one file. Sums over the cluster still want a file per cluster.

mod book;
mod entry;
mod keeper;
mod stats;
#[cfg(test)]
mod tests;

pub use book::{Book, Spans, WantedLog};
pub use entry::{Entry, Record, Said, read_all, write};
pub use keeper::{Held, Keep, Kept, follow};
pub use stats::{last_day, stats, usual};
