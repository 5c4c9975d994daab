//! Endpoints, as plain objects: no controller fills them.

mod kind;
mod validation;
