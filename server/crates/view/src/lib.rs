//! What travels between the server and the browser: rows, details, queries and deltas.
//!
//! Flat values only, serde only: Kubernetes types would cost the browser 150 kB. Times are Unix
//! milliseconds ([`Millis`]), so that they mean the same in every language and zone. No `usize`.
//! Words for people are absent: a status is an enum here and a word in `app`.

pub mod detail;
pub mod history;
pub mod live;
pub mod load;
pub mod query;
pub mod row;
pub mod why;

pub use detail::*;
pub use history::*;
pub use live::*;
pub use load::*;
pub use query::*;
pub use row::*;
pub use why::*;

/// Unix time in milliseconds.
pub type Millis = i64;
