//! The patch types that a PATCH body can be.

mod strategic;
#[cfg(test)]
mod tests;

pub use strategic::strategic_merge;
