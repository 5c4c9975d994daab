//! The live stream of a tab: one connection, as many topics as the page wants.

mod lines;
mod stream;

pub use lines::{Line, Lines};
pub use stream::{Connection, Live};
