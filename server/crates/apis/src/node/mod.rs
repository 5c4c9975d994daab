//! Nodes.

mod columns;
mod config;
mod kind;
mod status;
#[cfg(test)]
mod tests;
mod validation;
