//! Label and field selectors: reading, matching, printing and checking them.

mod field;
mod label;
mod label_selector;
mod parse;
#[cfg(test)]
mod tests;

pub use field::{FieldSelector, FieldTerm};
pub use label::{Operator, Requirement, Selector};
pub use label_selector::{matches_labels, misses_labels, validate_label_selector};
