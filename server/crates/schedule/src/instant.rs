//! Between `chrono` (inside this crate) and `jiff` (everywhere else).

use chrono::{DateTime, Utc};
use jiff::Timestamp;

/// The same instant in chrono; every jiff timestamp fits.
pub fn from_jiff(at: Timestamp) -> DateTime<Utc> {
    let nanos = at.as_nanosecond();
    let secs = nanos.div_euclid(1_000_000_000) as i64;
    let subsec = nanos.rem_euclid(1_000_000_000) as u32;
    DateTime::from_timestamp(secs, subsec).expect("jiff's years ±9999 lie inside chrono's ±262000")
}

/// The same instant in jiff, or `None` beyond the year 9999.
pub fn to_jiff(at: DateTime<Utc>) -> Option<Timestamp> {
    let nanos =
        i128::from(at.timestamp()) * 1_000_000_000 + i128::from(at.timestamp_subsec_nanos());
    Timestamp::from_nanosecond(nanos).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_over_the_whole_range() {
        for at in [Timestamp::MIN, Timestamp::UNIX_EPOCH, Timestamp::MAX] {
            assert_eq!(to_jiff(from_jiff(at)), Some(at));
        }
        assert_eq!(to_jiff(DateTime::<Utc>::MAX_UTC), None);
    }
}
