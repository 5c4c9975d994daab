//! The patch types that a PATCH body can be.

mod merge_keys;
mod strategic;
#[cfg(test)]
mod tests;

pub use merge_keys::merge_key;
pub use strategic::strategic_merge;
