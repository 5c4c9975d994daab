//! One verb or subresource a file.

pub mod apply;
pub mod binding;
pub mod budget;
pub mod create;
pub mod delete;
pub mod deletecollection;
pub mod eviction;
pub mod finalize;
pub mod get;
pub mod list;
pub mod log;
pub mod patch;
pub mod token;
pub mod update;
pub mod watch;
