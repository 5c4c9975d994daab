//! The next occurrence in a zone: `cron`'s wall time where the clocks are quiet, and upstream's own
//! steps, one for one, where they change (`CRON-12`–`CRON-16`, `DST-01`–`DST-10`).

use crate::calendar::{Civil, DAY_SECS, civil, days_from_civil};
use crate::field::Field;
use crate::fields::Fields;
use crate::wall::Wall;
use crate::zone::{Period, Zone};

/// Years after the start's in which the search still looks (`CRON-15`).
const SEARCH_YEARS: i64 = 5;

/// Around the start and the end of a walk, hours and minutes are stepped through; no change of
/// clocks may be this near if `cron`'s answer is to stand. A walk steps at most through the rest of
/// one day, and offsets reach 15 hours, so two days are enough.
const QUIET_SECS: i64 = 2 * DAY_SECS;

/// A walk that needs another month goes back to the first of its own. No month is longer.
const MONTH_SECS: i64 = 31 * DAY_SECS;

/// The first occurrence after `after_secs`.
pub(crate) fn next(fields: &Fields, wall: &Wall, zone: &Zone, after_secs: i64) -> Option<i64> {
    if !fields.can_match() {
        return None;
    }
    // `cron` cannot say "either" of days: it would be asked twice, which takes longer than the walk
    if !fields.days_are_ored()
        && let Quiet::Answer(answer) = quiet_next(fields, wall, zone, after_secs)
    {
        return answer;
    }
    Walk::new(fields, zone, after_secs.checked_add(1)?).run()
}

/// Whether `cron`'s answer stands for the walk that starts here.
pub(crate) fn is_quiet(fields: &Fields, wall: &Wall, zone: &Zone, after_secs: i64) -> bool {
    matches!(
        quiet_next(fields, wall, zone, after_secs),
        Quiet::Answer(Some(_))
    )
}

enum Quiet {
    Answer(Option<i64>),
    Unsure,
}

/// `cron`'s answer, if no change of clocks can have disturbed upstream's walk to it.
fn quiet_next(fields: &Fields, wall: &Wall, zone: &Zone, after_secs: i64) -> Quiet {
    let period = zone.period(after_secs);
    if !is_quiet_at(period, after_secs) {
        return Quiet::Unsure;
    }
    let wall_after = after_secs.saturating_add(period.offset_secs);
    let Some(wall_next) = wall.next(wall_after) else {
        return Quiet::Unsure;
    };
    // on the far side of a change the offset is another one: look it up where the answer lies
    let there = zone.period(wall_next - period.offset_secs);
    let next_secs = wall_next - there.offset_secs;
    let far_back = after_secs - MONTH_SECS - QUIET_SECS;
    let passed = zone.midnight_gaps(far_back, next_secs + QUIET_SECS);
    if !is_quiet_at(there, next_secs) || passed.iter().any(|gap| fields.walks_days_at(gap)) {
        return Quiet::Unsure;
    }
    let start_year = civil(wall_after + 1).year;
    let found = civil(wall_next).year <= start_year + SEARCH_YEARS;
    Quiet::Answer(found.then_some(next_secs))
}

fn is_quiet_at(period: Period, at_secs: i64) -> bool {
    period.start_secs.saturating_add(QUIET_SECS) < at_secs
        && at_secs < period.end_secs.saturating_sub(QUIET_SECS)
}

/// Upstream's walk: month, day, hour, minute, second, each stepped until it matches. Where no change
/// of clocks lies ahead, steps that cannot match are taken at once.
struct Walk<'a> {
    fields: &'a Fields,
    zone: &'a Zone,
    /// The span of one offset looked up last, which mostly is the next one asked for.
    period: Period,
    at_secs: i64,
    /// What the clocks show then.
    at: Civil,
    /// The smaller parts have been set to zero.
    stepped: bool,
}

impl<'a> Walk<'a> {
    fn new(fields: &'a Fields, zone: &'a Zone, at_secs: i64) -> Self {
        let period = zone.period(at_secs);
        Self {
            fields,
            zone,
            period,
            at_secs,
            at: civil(at_secs.saturating_add(period.offset_secs)),
            stepped: false,
        }
    }

    fn run(mut self) -> Option<i64> {
        let last_year = self.at.year + SEARCH_YEARS;
        loop {
            if self.at.year > last_year {
                return None;
            }
            let arrived = self.reach_month()
                && self.reach_day()
                && self.reach_hour()
                && self.reach_minute()
                && self.reach_second();
            if arrived {
                return Some(self.at_secs);
            }
        }
    }

    fn go_to(&mut self, at_secs: i64) {
        self.at_secs = at_secs;
        self.at = civil(at_secs.saturating_add(self.offset_secs(at_secs)));
    }

    /// Goes to where the clocks show that.
    fn go_to_wall(&mut self, wall: Civil) {
        let at_secs = self.instant(wall);
        self.go_to(at_secs);
    }

    /// `false` here and below: a larger part wrapped around and has to be matched again.
    fn reach_month(&mut self) -> bool {
        while !self.fields.months.contains(self.at.month) {
            if !self.stepped {
                self.stepped = true;
                self.go_to_wall(Civil {
                    day: 1,
                    hour: 0,
                    minute: 0,
                    second: 0,
                    ..self.at
                });
            }
            self.go_to_wall(Civil {
                month: self.at.month + self.months_ahead(),
                ..self.at
            });
            if self.at.month == 1 {
                return false;
            }
        }
        true
    }

    /// How many months lead to the next one of the schedule, to January or to the one before a gap that leads
    /// astray; one when the way does not begin where a month does.
    fn months_ahead(&self) -> i64 {
        let begin = Civil {
            day: 1,
            hour: 0,
            minute: 0,
            second: 0,
            ..self.at
        };
        if self.at != begin {
            return 1;
        }
        let gap = self.zone.month_gaps(self.at_secs, i64::MAX).first();
        let quiet_months = gap.map_or(i64::MAX, |at| (at - self.at_secs - DAY_SECS) / MONTH_SECS);
        ahead(self.fields.months, self.at.month, 13)
            .min(quiet_months)
            .max(1)
    }

    fn reach_day(&mut self) -> bool {
        loop {
            if self.fields.day_matches(&self.at) {
                return true;
            }
            if !self.stepped {
                self.stepped = true;
                self.go_to_wall(Civil {
                    hour: 0,
                    minute: 0,
                    second: 0,
                    ..self.at
                });
            }
            self.step_days(self.days_ahead());
            if self.at.day == 1 {
                return false;
            }
        }
    }

    /// How many days lead to the next one that matches, to the first of a month or to the day before a change of
    /// clocks; one when the way does not begin at a midnight.
    fn days_ahead(&self) -> i64 {
        let here = self.at_secs >= self.period.start_secs;
        if !here || self.at.hour != 0 {
            return 1;
        }
        let quiet_days = self.period.end_secs.saturating_sub(self.at_secs) / DAY_SECS - 1;
        let Civil {
            year, month, day, ..
        } = self.at;
        let left = days_from_civil(year, month + 1, 1) - days_from_civil(year, month, day);
        let until_match = (self.fields.days_from(&self.at) >> 1).trailing_zeros() + 1;
        left.min(until_match.into()).min(quiet_days).max(1)
    }

    /// The same wall time so many days later, put back on midnight if that is where it came from
    /// (`DST-09`).
    fn step_days(&mut self, days: i64) {
        let from_secs = self.at_secs;
        self.go_to_wall(Civil {
            day: self.at.day + days,
            ..self.at
        });
        match self.at.hour {
            0 => {}
            hour if hour > 12 => self.go_to(self.at_secs + (24 - hour) * 3600),
            hour => self.go_to(self.at_secs - hour * 3600),
        }
        if self.at_secs <= from_secs {
            // the next day does not exist: upstream would ask for it for ever
            let change = self.zone.next_change(from_secs);
            self.go_to(change.expect("only a change of clocks leaves out a day"));
        }
    }

    fn reach_hour(&mut self) -> bool {
        loop {
            if self.fields.hours.contains(self.at.hour) {
                return true;
            }
            if !self.stepped {
                self.stepped = true;
                self.go_to_wall(Civil {
                    minute: 0,
                    second: 0,
                    ..self.at
                });
            }
            let hours = self.steps(self.fields.hours, self.at.hour, 24, 3600);
            self.go_to(self.at_secs + 3600 * hours);
            if self.at.hour == 0 {
                return false;
            }
        }
    }

    fn reach_minute(&mut self) -> bool {
        while !self.fields.minutes.contains(self.at.minute) {
            if !self.stepped {
                self.stepped = true;
                self.go_to(self.at_secs - self.at_secs.rem_euclid(60));
            }
            let minutes = self.steps(self.fields.minutes, self.at.minute, 60, 60);
            self.go_to(self.at_secs + 60 * minutes);
            if self.at.minute == 0 {
                return false;
            }
        }
        true
    }

    fn reach_second(&mut self) -> bool {
        while self.at.second != 0 {
            self.stepped = true;
            let seconds = self.steps(Field::only(0), self.at.second, 60, 1);
            self.go_to(self.at_secs + seconds);
            if self.at.second == 0 {
                return false;
            }
        }
        true
    }

    /// How many steps lead to the next value of the field or to where the part wraps around; one
    /// when a change of clocks lies on that way.
    fn steps(&self, field: Field, value: i64, wrap: i64, step_secs: i64) -> i64 {
        let here = self.at_secs >= self.period.start_secs;
        if !here || self.period.end_secs.saturating_sub(self.at_secs) <= wrap * step_secs {
            return 1;
        }
        ahead(field, value, wrap)
    }

    fn offset_secs(&mut self, at_secs: i64) -> i64 {
        if !(self.period.start_secs..self.period.end_secs).contains(&at_secs) {
            self.period = self.zone.period(at_secs);
        }
        self.period.offset_secs
    }

    /// Go's `time.Date`: parts may overflow, and a wall time that does not exist or comes twice is
    /// resolved by the offset that is in force about then.
    fn instant(&mut self, wall: Civil) -> i64 {
        let wall_secs = days_from_civil(wall.year, wall.month, wall.day) * DAY_SECS
            + wall.hour * 3600
            + wall.minute * 60
            + wall.second;
        let guess = wall_secs - self.offset_secs(wall_secs);
        wall_secs - self.offset_secs(guess)
    }
}

/// How far it is to the next value of the field or to where the part wraps around.
fn ahead(field: Field, value: i64, wrap: i64) -> i64 {
    // the shift reaches 60, which is still inside 64 bits
    match field.bits >> (value + 1) {
        0 => wrap - value,
        above => i64::from(above.trailing_zeros()) + 1,
    }
}
