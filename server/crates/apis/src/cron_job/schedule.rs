//! Adaptor to the schedule crate.
