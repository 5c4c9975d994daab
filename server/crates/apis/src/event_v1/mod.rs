//! The newer face of events, `events.k8s.io/v1`: the same objects under other names of some fields.

mod fields;
mod kind;

pub use crate::event::{validate_strict, validate_strict_update};
pub use fields::{field_label, from_core, is_of_core, newer_label, to_core};
