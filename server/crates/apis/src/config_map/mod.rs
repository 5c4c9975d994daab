//! ConfigMaps.

mod kind;
#[cfg(test)]
mod tests;

pub(crate) use kind::{MAX_BYTES, frozen, validate_key};
