//! Texts as Go's `%q` prints them; Rust's `{:?}` differs in what is no printable ASCII.

pub use orrery_schedule::strconv_quote as quoted;
