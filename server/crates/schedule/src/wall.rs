//! The wall times of a schedule, by the `cron` crate: no zones, no changes of clocks.
//!
//! Kubernetes' fields are written out as the `cron` crate wants them (seconds first, Sunday = 1,
//! sets as lists). A schedule whose day-of-month and day-of-week are alternatives becomes two, since
//! `cron` wants both to match (`CRON-12`). A set that is empty, which `cron` cannot say, becomes none.

use std::fmt::Write;

use chrono::{DateTime, Utc};

use crate::field::{Bounds, DAYS, Field, HOURS, MINUTES, MONTHS, WEEKDAYS};
use crate::fields::Fields;

/// Zoneless wall times are `DateTime<Utc>` here only because `cron` asks for a zone.
#[derive(Debug)]
pub(crate) struct Wall {
    schedules: Vec<cron::Schedule>,
}

impl Wall {
    pub(crate) fn new(fields: &Fields) -> Self {
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
