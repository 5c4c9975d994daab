//! Go's structs of the served kinds and of what they are made of: in which order their fields are written as JSON,
//! and by which numbers protobuf knows them.

mod order;
mod table;
#[cfg(test)]
mod tests;

pub use order::{ordered, ordered_as, string_len};
pub use table::{EMBEDDED, Field, Message, MessageId, Shape, Type, of_kind};
