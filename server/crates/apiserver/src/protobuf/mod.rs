//! Protobuf request bodies (K-05): typed clients send them, and have no other words.
//!
//! A body is turned into the JSON that the same client would have sent, by a table of field numbers;
//! everything behind it knows JSON only. Absent on purpose: objects as protobuf answers, which every client lets
//! the server decline.

mod decode;
pub mod message;
mod table;
#[cfg(test)]
mod tests;
mod wire;

pub use decode::{NotProtobuf, to_json};

/// The media type of Kubernetes' protobuf envelope.
pub const MEDIA_TYPE: &str = "application/vnd.kubernetes.protobuf";
