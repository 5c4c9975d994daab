//! The patch types that a PATCH body can be.

mod json;
mod strategic;
#[cfg(test)]
mod tests;

pub use json::{json_patch, read_json_patch};
pub use strategic::strategic_merge;
