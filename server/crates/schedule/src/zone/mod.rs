//! Time zones: names and their validation, and the offsets in force at each instant.

mod load;
mod table;

pub(crate) use load::load_zone;
pub use load::{load_time_zone, rfc3339_in, time_zone_errors};
pub(crate) use table::{MidnightGap, Period, Zone};
