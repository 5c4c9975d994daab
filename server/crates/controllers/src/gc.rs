//! Garbage collection: what becomes of dependents when their owner goes (GC-01 to GC-05).
//!
//! A graph of owners and dependents is kept from the watches; [`decide()`] says what to do about one
//! object from the graph's picture and one live read; the rest is writes. Kinds that are not watched
//! here are owners nobody can speak for: their dependents are left alone, as upstream leaves those of
//! kinds it cannot find. Events are nobody's dependents.

mod controller;
mod decide;
mod graph;
mod item;
mod kinds;
mod sources;
#[cfg(test)]
mod tests;
mod writes;

pub use controller::prepare;
