//! The live stream of a tab: one connection, by which the server sends what changed of the page.

mod patch;
mod stream;
mod waiting;

pub use patch::Patch;
pub use stream::{Connection, Live};
use waiting::Waiting;
