//! From a name to a zone, refused as Go and the API server refuse it (`CJ-31`, `CJV-04`).
//!
//! Offsets are taken from `chrono-tz` (the IANA database compiled in, so nothing is read from
//! disk); it knows changes of clocks up to the year 2100, after which they go on by their rules.

use std::sync::Arc;

use jiff::Timestamp;

use super::table::Zone;
use crate::calendar::civil;
use crate::error::UnknownTimeZone;

/// What the API server says of `spec.timeZone` (`CJV-04`); empty when it is accepted.
pub fn time_zone_errors(name: &str) -> Vec<String> {
    if name.is_empty() {
        return vec!["timeZone must be nil or non-empty string".into()];
    }
    if !name.split('/').all(is_valid_part) {
        return vec![format!("unknown time zone {name}")];
    }
    let mut errors = Vec::new();
    if name.eq_ignore_ascii_case("local") {
        errors.push(
            "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones"
                .into(),
        );
    }
    errors.extend(load_zone(name).err().map(|error| error.to_string()));
    errors
}

fn is_valid_part(part: &str) -> bool {
    let valid_chars = part
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b".-_+".contains(&b));
    // the tz database itself promises names of at most 14 characters
    (1..=14).contains(&part.len())
        && valid_chars
        && part != "."
        && part != ".."
        && !part.starts_with('-')
}

/// An instant as the annotation of a CronJob's Job carries it (`CJ-51`): RFC 3339 in the zone.
pub fn rfc3339_in(at: Timestamp, time_zone: &str) -> Result<String, UnknownTimeZone> {
    let zone = load_zone(time_zone)?;
    let offset_secs = zone.offset_secs(at.as_second());
    let wall = civil(crate::instant::from_jiff(at).timestamp() + offset_secs);
    let suffix = match offset_secs / 60 {
        0 => "Z".to_owned(),
        minutes => {
            let sign = if minutes < 0 { '-' } else { '+' };
            format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
        }
    };
    Ok(format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{suffix}",
        wall.year, wall.month, wall.day, wall.hour, wall.minute, wall.second
    ))
}

/// Go's `time.LoadLocation`: `""` and `UTC` are UTC, `Local` the local zone (UTC here).
pub(crate) fn load_zone(name: &str) -> Result<Arc<Zone>, UnknownTimeZone> {
    if matches!(name, "" | "UTC" | "Local") {
        return Ok(Zone::utc());
    }
    if name.contains("..") || name.starts_with(['/', '\\']) {
        return Err(UnknownTimeZone("time: invalid location name".into()));
    }
    if name.contains('\0') {
        return Err(UnknownTimeZone("invalid argument".into()));
    }
    database::load(name).ok_or_else(|| UnknownTimeZone(format!("unknown time zone {name}")))
}

pub use database::load_time_zone;

#[cfg(feature = "zones")]
mod database {
    use std::collections::BTreeMap;
    use std::ops::Range;
    use std::sync::{Arc, LazyLock, Mutex, PoisonError};

    use chrono::{DateTime, Offset, TimeZone};
    use chrono_tz::Tz;

    use super::Zone;
    use crate::calendar::{DAY_SECS, days_from_civil};
    use crate::error::UnknownTimeZone;

    /// 1900: before there is only local mean time in nearly every zone.
    const FIRST_SECS: i64 = -2_208_988_800;
    /// The years, counted from March so that a leap day is the last of its year, in which every zone
    /// changes its clocks by rule and no longer by decree (the last, Morocco's, is of 2087). A rule
    /// names a weekday, so a year's changes follow from the weekday that it begins with, and these
    /// years begin with each of them.
    const RULED: Range<i64> = 2088..2098;
    /// Rules are followed so far.
    const FOLLOWED_TO: i64 = 2500;

    /// Building a table takes a few milliseconds; there are about 600 names, so nothing is evicted.
    static TABLES: LazyLock<Mutex<BTreeMap<String, Arc<Zone>>>> = LazyLock::new(Mutex::default);

    /// The zone of a name as `chrono` uses it.
    pub fn load_time_zone(name: &str) -> Result<Tz, UnknownTimeZone> {
        super::load_zone(name)?;
        Ok(find(name).unwrap_or(Tz::UTC))
    }

    pub(super) fn load(name: &str) -> Option<Arc<Zone>> {
        let tables = || TABLES.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(zone) = tables().get(name) {
            return Some(Arc::clone(zone));
        }
        let zone = Arc::new(tabulate(name, find(name)?));
        tables().insert(name.to_owned(), Arc::clone(&zone));
        Some(zone)
    }

    fn find(name: &str) -> Option<Tz> {
        match name {
            // a name of the database that means "no zone set", with UTC's offset
            "Factory" => Some(Tz::UTC),
            _ => name.parse().ok(),
        }
    }

    /// chrono-tz answers single instants only. No zone changes twice within a day after 1900, so
    /// one probe a day finds every change and halving finds its second.
    fn tabulate(name: &str, tz: Tz) -> Zone {
        let (mut changes_secs, mut offsets_secs) = (Vec::new(), vec![offset_secs(tz, FIRST_SECS)]);
        let mut before = FIRST_SECS;
        while before < first_of_march(RULED.end) {
            let after = before + DAY_SECS;
            let (old, new) = (offset_secs(tz, before), offset_secs(tz, after));
            if old != new {
                changes_secs.push(find_change(tz, before, after, old));
                offsets_secs.push(new);
            }
            before = after;
        }
        for year in RULED.end..FOLLOWED_TO {
            follow_rules(&mut changes_secs, &mut offsets_secs, year);
        }
        Zone::new(name.to_owned(), changes_secs, offsets_secs)
    }

    /// Adds the changes of a year: those of the ruled one that begins with the same weekday.
    fn follow_rules(changes_secs: &mut Vec<i64>, offsets_secs: &mut Vec<i64>, year: i64) {
        let begins = first_of_march(year);
        let is_alike = |alike: &i64| (begins - first_of_march(*alike)) % (7 * DAY_SECS) == 0;
        let alike = RULED.clone().find(is_alike);
        let alike = alike.expect("they begin with every weekday");
        let at = |secs: i64| changes_secs.partition_point(|&change| change < secs);
        for index in at(first_of_march(alike))..at(first_of_march(alike + 1)) {
            changes_secs.push(changes_secs[index] + begins - first_of_march(alike));
            offsets_secs.push(offsets_secs[index + 1]);
        }
    }

    fn first_of_march(year: i64) -> i64 {
        days_from_civil(year, 3, 1) * DAY_SECS
    }

    fn find_change(tz: Tz, mut before: i64, mut after: i64, old: i64) -> i64 {
        while after - before > 1 {
            let middle = before + (after - before) / 2;
            if offset_secs(tz, middle) == old {
                before = middle;
            } else {
                after = middle;
            }
        }
        after
    }

    fn offset_secs(tz: Tz, at_secs: i64) -> i64 {
        let at =
            DateTime::from_timestamp(at_secs, 0).expect("1900–2098 lies inside chrono's range");
        let offset = tz.offset_from_utc_datetime(&at.naive_utc()).fix();
        offset.local_minus_utc().into()
    }
}

#[cfg(not(feature = "zones"))]
mod database {
    use std::sync::Arc;

    use super::Zone;
    use crate::error::UnknownTimeZone;

    /// Without the database only UTC is known.
    pub fn load_time_zone(name: &str) -> Result<chrono::Utc, UnknownTimeZone> {
        super::load_zone(name).map(|_| chrono::Utc)
    }

    pub(super) fn load(_name: &str) -> Option<Arc<Zone>> {
        None
    }
}

#[cfg(all(test, feature = "zones"))]
mod tests {
    use super::*;
    use crate::calendar::{DAY_SECS, days_from_civil};

    #[test]
    fn cjv_04_names_are_refused_in_the_api_servers_words() {
        let local =
            "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones";
        for (name, want) in [
            ("", &["timeZone must be nil or non-empty string"][..]),
            ("Asia/Seoul", &[]),
            ("Etc/GMT+12", &[]),
            ("US/Pacific", &[]),
            ("UTC", &[]),
            ("Local", &[local]),
            ("LOCAL", &[local, "unknown time zone LOCAL"]),
            ("Asia/Nowhere", &["unknown time zone Asia/Nowhere"]),
            ("asia/seoul", &["unknown time zone asia/seoul"]),
            ("../etc/passwd", &["unknown time zone ../etc/passwd"]),
            ("/UTC", &["unknown time zone /UTC"]),
            ("-UTC", &["unknown time zone -UTC"]),
            (
                "Asia/ABCDEFGHIJKLMNO",
                &["unknown time zone Asia/ABCDEFGHIJKLMNO"],
            ),
            ("Asia/Se oul", &["unknown time zone Asia/Se oul"]),
            ("a..b", &["time: invalid location name"]),
        ] {
            assert_eq!(time_zone_errors(name), want, "{name:?}");
        }
    }

    /// The days on which clocks are changed, by the rules that the database ends with: so many weeks
    /// into a month (5: the last), a weekday, hours of the local clock before the change.
    #[test]
    fn clocks_go_on_by_their_rules() {
        type Rule = (i64, i64, i64, i64);
        let rows: [(&str, [Rule; 2]); 6] = [
            ("America/New_York", [(3, 2, 0, 2), (11, 1, 0, 2)]),
            ("Europe/Berlin", [(3, 5, 0, 2), (10, 5, 0, 3)]),
            ("Africa/Cairo", [(4, 5, 5, 0), (10, 5, 4, 24)]),
            ("Asia/Gaza", [(3, 4, 4, 50), (10, 4, 4, 50)]),
            ("America/Santiago", [(4, 1, 6, 24), (9, 1, 6, 24)]),
            ("Australia/Lord_Howe", [(4, 1, 0, 2), (10, 1, 0, 2)]),
        ];
        for (name, rules) in rows {
            let zone = load_zone(name).expect("it is in the database");
            for year in [2099, 2100, 2101, 2200, 2300, 2400, 2499] {
                for (month, week, weekday, hours) in rules {
                    let first = days_from_civil(year, month, 1);
                    let to_weekday = (weekday - civil(first * DAY_SECS).weekday).rem_euclid(7);
                    let mut day = first + to_weekday + 7 * (week - 1);
                    if day >= days_from_civil(year, month + 1, 1) {
                        day -= 7;
                    }
                    let local = day * DAY_SECS + hours * 3600;
                    let before = zone.offset_secs(local - 20 * 3600);
                    let at = local - before;
                    assert_eq!(zone.next_change(at - 1), Some(at), "{name} {year}-{month}");
                    assert_eq!(zone.offset_secs(at - 1), before, "{name} {year}-{month}");
                    assert_ne!(zone.offset_secs(at), before, "{name} {year}-{month}");
                }
            }
        }
        for name in ["Africa/Casablanca", "Asia/Seoul"] {
            let zone = load_zone(name).expect("it is in the database");
            let of_rules = days_from_civil(2088, 3, 1) * DAY_SECS;
            assert_eq!(zone.next_change(of_rules), None, "{name} has no rule");
        }
    }

    #[test]
    fn cj_51_annotation_is_written_in_the_zone() {
        let at: Timestamp = "2026-01-15T12:00:00Z".parse().expect("a timestamp");
        for (zone, want) in [
            ("", "2026-01-15T12:00:00Z"),
            ("Asia/Seoul", "2026-01-15T21:00:00+09:00"),
            ("America/St_Johns", "2026-01-15T08:30:00-03:30"),
            ("Europe/London", "2026-01-15T12:00:00Z"),
        ] {
            assert_eq!(rfc3339_in(at, zone).as_deref(), Ok(want));
        }
    }
}
