//! The server's half: routes, the data each page needs, and the document around it.

mod data;
mod document;
mod painter;
mod pieces;
mod request;
mod router;

pub use painter::Painter;
pub use request::Asked;
pub use router::{Assets, routes};
