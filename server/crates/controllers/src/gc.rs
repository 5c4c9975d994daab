//! Garbage collection: what becomes of dependents when their owner goes (GC-01 to GC-05).
//!
//! A graph of owners and dependents is kept from the watches; [`decide()`] says what to do about one
//! object from the graph's picture and one live read; the rest is writes. The embedded cluster serves a few
//! kinds, which caches follow; of any other cluster discovery tells the kinds, as upstream. Owners of a kind
//! that is not served are owners nobody can speak for: their dependents are left alone until it is. Events
//! are nobody's dependents.

mod absent;
mod controller;
mod decide;
mod discovery;
mod graph;
mod item;
mod kinds;
mod monitors;
mod sources;
mod standing;
#[cfg(test)]
mod tests;
mod writes;

pub use controller::prepare;
