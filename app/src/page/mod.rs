//! The server's half: routes, the data each page needs, and the document around it.

mod data;
mod document;
mod request;
mod router;

pub use router::{Assets, PATHS, routes};
