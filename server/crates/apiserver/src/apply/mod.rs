//! Server-side apply and the ownership of fields (K-18), after structured-merge-diff.
//!
//! Pure: values, shapes and managers in, values, managers and conflicts out. Times come from the caller.

mod config;
mod element;
mod managers;
mod merge;
mod ownership;
mod set;
#[cfg(test)]
mod tests;
mod walk;

pub use config::check;
pub use element::shown_item;
pub use managers::{Manager, Operation, Sent, read, read_sent, write};
pub use ownership::{Applied, Conflict, agreed, applied, created, taken, updated};
