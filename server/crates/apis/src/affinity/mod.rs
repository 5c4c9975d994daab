//! Node selectors and node affinity: which nodes a pod may and would rather run on.

mod node;
mod term;
#[cfg(test)]
mod tests;

pub use node::{NODE_NAME_FIELD, node_matches, preference, required, spec_matches, target_node};
pub use term::{required_matches, term_matches};
