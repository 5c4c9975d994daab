//! The parsed schedule and its public questions.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use jiff::Timestamp;

use crate::error::{ParseError, ScheduleError};
use crate::fields::Fields;
use crate::wall::Wall;
use crate::zone::Zone;
use crate::{instant, parse, previous, walk};

/// A schedule of a CronJob, in its zone.
#[derive(Clone, Debug)]
pub struct Schedule {
    pub(crate) source: String,
    pub(crate) zone: Arc<Zone>,
    /// The zone came as a `TZ=` prefix of the expression.
    pub(crate) inline_zone: bool,
    pub(crate) timing: Timing,
}

#[derive(Clone, Debug)]
pub(crate) enum Timing {
    /// `@every`: a fixed distance from the previous run (`CRON-10`).
    Every {
        delay_secs: i64,
        /// An occurrence; without one the instant that is asked about is taken for one.
        through_secs: Option<i64>,
    },
    Fields {
        fields: Fields,
        wall: Arc<Wall>,
    },
}

impl Timing {
    pub(crate) fn fields(fields: Fields) -> Self {
        let wall = Wall::of(&fields);
        Self::Fields { fields, wall }
    }
}

impl Schedule {
    /// Reads an expression as the library does, `TZ=` and `CRON_TZ=` included; without a zone in UTC.
    pub fn parse(source: &str) -> Result<Self, ParseError> {
        parse::parse(source)
    }

    /// Reads `spec.schedule` with `spec.timeZone` as the CronJob controller does (`CJ-31`–`CJ-34`).
    pub fn parse_in(schedule: &str, time_zone: Option<&str>) -> Result<Self, ScheduleError> {
        parse::parse_in(schedule, time_zone)
    }

    /// The same, where `@every` occurs at `slot`: at the last run, or else at the creation (`CRON-10`), and
    /// so in even steps before and after it.
    pub fn through(mut self, slot: Timestamp) -> Self {
        if let Timing::Every { through_secs, .. } = &mut self.timing {
            *through_secs = Some(instant::from_jiff(slot).timestamp());
        }
        self
    }

    /// The distance of `@every`.
    pub fn every_secs(&self) -> Option<i64> {
        match self.timing {
            Timing::Every { delay_secs, .. } => Some(delay_secs),
            Timing::Fields { .. } => None,
        }
    }

    /// The expression as it was written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The name of the zone it is read in.
    pub fn time_zone(&self) -> &str {
        self.zone.name()
    }

    /// The first occurrence strictly after an instant, whose parts of a second are dropped
    /// (`CRON-14`); `None` when the search gives up five years on (`CRON-15`).
    pub fn next(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let next_secs = self.next_secs(after.timestamp())?;
        DateTime::from_timestamp(next_secs, 0)
    }

    /// [`Schedule::next`] in the workspace's own time type.
    pub fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        instant::to_jiff(self.next(instant::from_jiff(after))?)
    }

    /// The last occurrence strictly before an instant, such that `next` leads from it to what
    /// follows. `None` for `@every`, which is anchored at no instant of its own, before 1970, and
    /// when the search gives up.
    pub fn previous(&self, before: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let Timing::Fields { fields, wall } = &self.timing else {
            return None;
        };
        // an occurrence is a whole second, so 10:00:00.5 has one at 10:00:00 before it
        let before_secs = before.timestamp() + i64::from(before.timestamp_subsec_nanos() > 0);
        let secs = previous::previous(fields, wall, &self.zone, before_secs)?;
        DateTime::from_timestamp(secs, 0)
    }

    /// [`Schedule::previous`] in the workspace's own time type.
    pub fn previous_before(&self, before: Timestamp) -> Option<Timestamp> {
        instant::to_jiff(self.previous(instant::from_jiff(before))?)
    }

    /// The occurrences after an instant, in order.
    pub fn upcoming(&self, after: DateTime<Utc>) -> Upcoming<'_> {
        Upcoming {
            schedule: self,
            at: Some(after),
        }
    }

    /// [`Schedule::upcoming`] in the workspace's own time type.
    pub fn upcoming_after(&self, after: Timestamp) -> impl Iterator<Item = Timestamp> + '_ {
        self.upcoming(instant::from_jiff(after))
            .map_while(instant::to_jiff)
    }

    /// Day-of-month and day-of-week are both restricted, so that either is enough (`CRON-12`): worth
    /// a warning, since most writers mean both.
    pub fn days_are_ored(&self) -> bool {
        match &self.timing {
            Timing::Every { .. } => false,
            Timing::Fields { fields, .. } => fields.days_are_ored(),
        }
    }

    /// The values that each field allows: minutes, hours, days, months, and weekdays from Sunday as 0; `None` for
    /// `@every`.
    pub fn values(&self) -> Option<[Vec<u32>; 5]> {
        let Timing::Fields { fields, .. } = &self.timing else {
            return None;
        };
        let all = [
            fields.minutes,
            fields.hours,
            fields.days,
            fields.months,
            fields.weekdays,
        ];
        Some(all.map(|field| field.values().collect()))
    }

    /// No date can ever match, e.g. 30 February or an empty field.
    pub fn never_fires(&self) -> bool {
        match &self.timing {
            Timing::Every { .. } => false,
            Timing::Fields { fields, .. } => !fields.can_match(),
        }
    }

    /// The first occurrence within a year that stands on a wall time which comes twice because the
    /// clocks go back, and whether the schedule then runs in both passes (`DST-06`).
    pub fn repeated_hour(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let Timing::Fields { .. } = &self.timing else {
            return None;
        };
        // two changes a year, Morocco has four: a handful covers a year
        self.zone
            .clock_set_back_after(after.timestamp())
            .take(4)
            .take_while(|back| back.at_secs - after.timestamp() < 366 * crate::calendar::DAY_SECS)
            .find_map(|back| {
                let first_pass = self.next_secs(back.at_secs - back.by_secs - 1)?;
                let second_pass = self.next_secs(back.at_secs - 1)?;
                let twice = first_pass < back.at_secs && second_pass < back.at_secs + back.by_secs;
                twice.then(|| DateTime::from_timestamp(first_pass, 0))?
            })
    }

    pub(crate) fn next_secs(&self, after_secs: i64) -> Option<i64> {
        match &self.timing {
            Timing::Every {
                delay_secs,
                through_secs,
            } => {
                let slot = through_secs.unwrap_or(after_secs);
                let past_secs = after_secs.checked_sub(slot)?.rem_euclid(*delay_secs);
                after_secs.checked_add(delay_secs - past_secs)
            }
            Timing::Fields { fields, wall } => walk::next(fields, wall, &self.zone, after_secs),
        }
    }
}

/// Iterator of [`Schedule::upcoming`].
#[derive(Clone, Debug)]
pub struct Upcoming<'a> {
    schedule: &'a Schedule,
    at: Option<DateTime<Utc>>,
}

impl Iterator for Upcoming<'_> {
    type Item = DateTime<Utc>;

    fn next(&mut self) -> Option<Self::Item> {
        self.at = self.schedule.next(self.at?);
        self.at
    }
}

impl std::iter::FusedIterator for Upcoming<'_> {}
