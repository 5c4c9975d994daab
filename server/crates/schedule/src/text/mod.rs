//! Go's texts: how upstream's errors quote, and how its numbers and durations are read.

mod duration;
mod integer;
mod quote;
mod unicode;

pub use duration::parse_duration_nanos;
pub(crate) use integer::parse_int;
pub use quote::{is_printable, strconv_quote};
