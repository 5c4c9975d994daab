//! Kubernetes' protobuf (K-05): what typed clients send, and what they would rather be answered.
//!
//! Everything behind this knows JSON only. A body is turned into the JSON that the same client would have sent, an
//! answer is made of the JSON that others are given, both by the table of [`crate::go_types`]. Absent on purpose:
//! Tables, which are answered as JSON to whoever takes that too.

mod answer;
mod decode;
mod encode;
mod go_name;
pub mod message;
mod node;
#[cfg(test)]
mod tests;
mod wire;

pub use answer::watch;
pub use decode::{NotProtobuf, to_json_of};
pub use encode::from_json;

/// The media type of Kubernetes' protobuf envelope.
pub const MEDIA_TYPE: &str = "application/vnd.kubernetes.protobuf";

/// Every body begins with this.
const MAGIC: &[u8] = b"k8s\0";
