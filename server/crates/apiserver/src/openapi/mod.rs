//! OpenAPI documents, generated from the very types that are served (K-07).

mod document;
mod paths;
mod schemas;
mod serve;

pub use serve::{Documents, serve};
