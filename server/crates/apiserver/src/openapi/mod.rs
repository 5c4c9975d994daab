//! OpenAPI documents, generated from the very types that are served (K-07).

mod alone;
mod document;
mod enum_words;
mod enums;
mod metrics;
mod paths;
mod schemas;
mod serve;
mod version_two;
mod version_two_protobuf;
mod watch_paths;

pub use serve::{Documents, serve};
