//! The wall times of a schedule, by the `cron` crate: no zones, no changes of clocks.
//!
//! Kubernetes' fields are written out as the `cron` crate wants them (seconds first, Sunday = 1,
//! sets as lists). A schedule whose day-of-month and day-of-week are alternatives becomes two, since
//! `cron` wants both to match (`CRON-12`). A set that is empty, which `cron` cannot say, becomes none.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};

use crate::field::{Bounds, DAYS, Field, HOURS, MINUTES, MONTHS, WEEKDAYS};
use crate::fields::Fields;

/// So many are kept, of some kilobytes each. A cluster has far fewer expressions than CronJobs; one that
/// has more begins anew.
const KEPT: usize = 1024;

/// `cron` takes longer to read what is written out for it than to answer, and a controller reads each
/// schedule at each look.
static WALLS: Mutex<Walls> = Mutex::new(Walls(BTreeMap::new()));

struct Walls(BTreeMap<Fields, Arc<Wall>>);

impl Walls {
    fn of(&mut self, fields: &Fields) -> Arc<Wall> {
        if let Some(wall) = self.0.get(fields) {
            return wall.clone();
        }
        if self.0.len() >= KEPT {
            self.0.clear();
        }
        let wall = Arc::new(Wall::new(fields));
        self.0.insert(*fields, wall.clone());
        wall
    }
}

/// Zoneless wall times are `DateTime<Utc>` here only because `cron` asks for a zone.
#[derive(Debug)]
pub(crate) struct Wall {
    schedules: Vec<cron::Schedule>,
}

impl Wall {
    /// The same for equal fields.
    pub(crate) fn of(fields: &Fields) -> Arc<Self> {
        let mut walls = WALLS.lock().unwrap_or_else(PoisonError::into_inner);
        walls.of(fields)
    }

    fn new(fields: &Fields) -> Self {
        if !fields.can_match() {
            return Self {
                schedules: Vec::new(),
            };
        }
        let any_day = Field::every(&DAYS);
        let any_weekday = Field::every(&WEEKDAYS);
        let day_pairs = if fields.days_are_alternatives() {
            vec![(fields.days, any_weekday), (any_day, fields.weekdays)]
        } else {
            vec![(fields.days, fields.weekdays)]
        };
        let schedules = day_pairs
            .into_iter()
            .filter(|(days, weekdays)| !days.is_empty() && !weekdays.is_empty())
            .map(|(days, weekdays)| normalised(fields, days, weekdays))
            .collect();
        Self { schedules }
    }

    /// The first wall time after this one, both in seconds; `None` also beyond the years 1970–2100.
    pub(crate) fn next(&self, after_secs: i64) -> Option<i64> {
        let after =
            DateTime::<Utc>::from_timestamp(after_secs, 0).filter(|_| in_range(after_secs))?;
        self.schedules
            .iter()
            .filter_map(|schedule| schedule.after(&after).next())
            .map(|wall| wall.timestamp())
            .min()
    }

    /// The last wall time before this one, with the same limits.
    pub(crate) fn previous(&self, before_secs: i64) -> Option<i64> {
        let before =
            DateTime::<Utc>::from_timestamp(before_secs, 0).filter(|_| in_range(before_secs))?;
        self.schedules
            .iter()
            .filter_map(|schedule| schedule.after(&before).next_back())
            .map(|wall| wall.timestamp())
            .max()
    }
}

/// The years 1970–2099, inside which every answer of `cron` is complete.
fn in_range(wall_secs: i64) -> bool {
    (0..4_102_444_800).contains(&wall_secs)
}

fn normalised(fields: &Fields, days: Field, weekdays: Field) -> cron::Schedule {
    let expression = format!(
        "0 {} {} {} {} {}",
        list(fields.minutes, &MINUTES, 0),
        list(fields.hours, &HOURS, 0),
        list(days, &DAYS, 0),
        list(fields.months, &MONTHS, 0),
        list(weekdays, &WEEKDAYS, 1),
    );
    expression
        .parse()
        .expect("lists of numbers within their bounds are what cron reads")
}

fn list(field: Field, bounds: &Bounds, shift: u32) -> String {
    if field.is_full(bounds) {
        return "*".into();
    }
    let mut out = String::new();
    for value in field.values() {
        let comma = if out.is_empty() { "" } else { "," };
        write!(out, "{comma}{}", value + shift).expect("writing to a String cannot fail");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn daily_at(hour: u32, minute: u32) -> Fields {
        Fields {
            minutes: Field::only(minute),
            hours: Field::only(hour),
            days: Field::every(&DAYS),
            months: Field::every(&MONTHS),
            weekdays: Field::every(&WEEKDAYS),
        }
    }

    #[test]
    fn equal_fields_are_read_once_and_no_more_is_kept_than_said() {
        let mut walls = Walls(BTreeMap::new());
        let first = walls.of(&daily_at(0, 0));
        assert!(Arc::ptr_eq(&first, &walls.of(&daily_at(0, 0))));
        for minute in 0..24 * 60 {
            let wall = walls.of(&daily_at(minute / 60, minute % 60));
            assert_eq!(wall.next(86_399), Some(86_400 + i64::from(minute) * 60));
            assert!(walls.0.len() <= KEPT);
        }
    }
}
