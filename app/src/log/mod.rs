//! Log lines made ready to be drawn: colours and what is searched for. Pure.

mod pieces;

pub use pieces::{cut, pieces};
