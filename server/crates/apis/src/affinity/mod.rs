//! Node selectors and node affinity: which nodes a pod may and would rather run on.

mod node;
mod term;
#[cfg(test)]
mod tests;

pub use node::{node_matches, preference, spec_matches};
pub use term::{required_matches, term_matches};
