//! The patch types that a PATCH body can be.

mod json;
mod order;
mod strategic;
#[cfg(test)]
mod tests;
mod told;
mod wrong;

pub use json::{json_patch, read_json_patch, strict_operations};
pub use strategic::strategic_merge;
pub use told::{told, touched};

/// The directive of a map or of an element of a list.
const PATCH: &str = "$patch";
