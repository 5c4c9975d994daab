//! What a page is made from: rows, details, queries and deltas.
//!
//! Flat values only, serde only, as the browser has a part of them: Kubernetes types would cost it 150 kB. Times are Unix
//! milliseconds ([`Millis`]), so that they mean the same in every language and zone. No `usize`.
//! Words for people are absent: a status is an enum here and a word in `app`.

pub mod detail;
pub mod history;
pub mod live;
pub mod load;
pub mod pulse;
pub mod query;
pub mod row;
pub mod why;

pub use detail::*;
pub use history::*;
pub use live::*;
pub use load::*;
pub use pulse::*;
pub use query::*;
pub use row::*;
pub use why::*;

/// Unix time in milliseconds.
pub type Millis = i64;
