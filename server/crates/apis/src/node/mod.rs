//! Nodes.

mod columns;
mod kind;
#[cfg(test)]
mod tests;
mod validation;
