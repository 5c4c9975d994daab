//! Nodes.

mod columns;
mod config;
mod kind;
#[cfg(test)]
mod tests;
mod validation;
