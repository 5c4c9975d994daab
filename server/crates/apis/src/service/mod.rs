//! Services, as plain objects: they are given addresses and ports, and nothing is routed to those.

mod addresses;
mod allocation;
mod defaults;
mod families;
mod kind;
mod ports;
mod prepare;
#[cfg(test)]
mod tests;
mod traffic;
mod validation;
mod warnings;

pub use allocation::{Draw, Refusal, Taken};
