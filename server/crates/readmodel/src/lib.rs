//! Watches turned into rows, and rows into deltas.
//!
//! Every object is boiled down to facts on receipt and dropped; pages are answered from the facts,
//! details from one fresh read of the object with the facts around it. Knows a `kube::Client` and
//! nothing of which engine is behind it. Absent on purpose: logs, actions, words for people.

mod detail;
mod facts;
mod index;
mod ledger;
mod load;
#[cfg(test)]
mod memory;
mod model;
mod page;
mod pulse;
mod readmodel;
mod subscription;
mod table;
#[cfg(test)]
mod tests;
mod watch;
mod whynot;
mod window;
mod words;

pub use facts::node::{MACHINE, OFF, is_off};
pub use ledger::{Entry, Keep, Kept, Record, Said, write as ledger_line};
pub use load::Around;
pub use readmodel::{ClusterInfo, ReadModel};
pub use watch::Caches;
