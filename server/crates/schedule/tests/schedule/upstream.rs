//! The walk of upstream's library, step for step and without any shortcut, over offsets asked of
//! `chrono-tz` directly: slow, and sharing no code with the crate it judges.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Duration, NaiveDate, NaiveDateTime, Offset, TimeZone, Timelike};
use chrono_tz::Tz;

/// The changes of one zone: from each instant on, the offset east of UTC.
pub struct Offsets(BTreeMap<i64, i64>);

impl Offsets {
    /// Probed every twelve hours and narrowed by halving.
    pub fn of(tz: Tz, from_secs: i64, to_secs: i64) -> Self {
        let at = |secs| {
            let at = DateTime::from_timestamp(secs, 0).expect("a year of four digits");
            let offset = tz.offset_from_utc_datetime(&at.naive_utc()).fix();
            i64::from(offset.local_minus_utc())
        };
        let mut changes = BTreeMap::from([(i64::MIN, at(from_secs))]);
        for start in (from_secs..to_secs).step_by(43_200) {
            let (mut low, mut high) = (start, start + 43_200);
            if at(low) == at(high) {
                continue;
            }
            let new = at(high);
            while high - low > 1 {
                let middle = low.midpoint(high);
                *if at(middle) == new {
                    &mut high
                } else {
                    &mut low
                } = middle;
            }
            changes.insert(high, new);
        }
        Self(changes)
    }

    /// The instants of change, and what tells two zones apart.
    pub fn changes(&self) -> impl Iterator<Item = (i64, i64)> + '_ {
        self.0.iter().map(|(at, offset)| (*at, *offset))
    }

    fn at(&self, secs: i64) -> i64 {
        *self.0.range(..=secs).next_back().expect("begins at MIN").1
    }
}

/// `SpecSchedule`: sets of values, and the star bit of both day fields.
#[derive(Clone, Debug)]
pub struct Spec {
    pub minutes: Vec<u32>,
    pub hours: Vec<u32>,
    pub days: Vec<u32>,
    pub months: Vec<u32>,
    pub weekdays: Vec<u32>,
    pub either_day: bool,
}

impl Spec {
    /// A plain reader for what the tests write: stars, numbers, ranges, steps and lists of them.
    pub fn read(expression: &str) -> Self {
        let texts: Vec<&str> = expression.split(' ').collect();
        let read = |index: usize, min, max| field(texts[index], min, max);
        Self {
            minutes: read(0, 0, 59).0,
            hours: read(1, 0, 23).0,
            days: read(2, 1, 31).0,
            months: read(3, 1, 12).0,
            weekdays: read(4, 0, 6).0,
            either_day: !read(2, 1, 31).1 && !read(4, 0, 6).1,
        }
    }

    fn day_matches(&self, t: &NaiveDateTime) -> bool {
        let by_day = self.days.contains(&t.day());
        let by_weekday = self.weekdays.contains(&t.weekday().num_days_from_sunday());
        if self.either_day {
            by_day || by_weekday
        } else {
            by_day && by_weekday
        }
    }
}

fn field(text: &str, min: u32, max: u32) -> (Vec<u32>, bool) {
    let number = |text: &str| text.parse::<u32>().expect("the tests write numbers");
    let (mut values, mut star) = (Vec::new(), false);
    for member in text.split(',') {
        let (range, step) = member.split_once('/').unwrap_or((member, ""));
        let (low, high) = match range.split_once('-') {
            _ if range == "*" || range == "?" => (min, max),
            Some((low, high)) => (number(low), number(high)),
            None if step.is_empty() => (number(range), number(range)),
            None => (number(range), max),
        };
        let step = if step.is_empty() { 1 } else { number(step) };
        star |= (range == "*" || range == "?") && step == 1;
        values.extend((low..=high).step_by(step as usize));
    }
    (values, star)
}

/// An instant read in a zone, as Go's `time.Time`.
struct Time<'a> {
    secs: i64,
    zone: &'a Offsets,
}

impl Time<'_> {
    fn wall(&self) -> NaiveDateTime {
        wall(self.secs + self.zone.at(self.secs))
    }

    fn year(&self) -> i32 {
        self.wall().year()
    }

    fn hour(&self) -> u32 {
        self.wall().hour()
    }

    /// `time.Date`: the offset in force at the wall time read as UTC, unless that leads elsewhere.
    fn set(&mut self, wall: NaiveDateTime) {
        let unix = wall.and_utc().timestamp();
        let offset = self.zone.at(unix);
        self.secs = unix - self.zone.at(unix - offset);
    }

    /// `time.Date(year, month + months, day + days, …)`, which carries days over.
    fn add_date(&mut self, months: i32, days: i64) {
        let t = self.wall();
        let month0 = t.month0() as i32 + months;
        let (year, month0) = (t.year() + month0 / 12, month0 % 12);
        let first = NaiveDate::from_ymd_opt(year, month0 as u32 + 1, 1).expect("a month");
        let date = first + Duration::days(i64::from(t.day0()) + days);
        self.set(date.and_time(t.time()));
    }
}

fn wall(secs: i64) -> NaiveDateTime {
    let at = DateTime::from_timestamp(secs, 0).expect("a year of four digits");
    at.naive_utc()
}

/// `SpecSchedule.Next`. `Err` where upstream would search for ever.
pub fn next(spec: &Spec, zone: &Offsets, after_secs: i64) -> Result<Option<i64>, ()> {
    let mut t = Time {
        secs: after_secs + 1,
        zone,
    };
    let (mut added, last_year) = (false, t.year() + 5);
    // six years have 2,200 days; a walk that takes more turns than this stands still
    for _ in 0..20_000 {
        if t.year() > last_year {
            return Ok(None);
        }
        match pass(spec, &mut t, &mut added) {
            Pass::Arrived => return Ok(Some(t.secs)),
            Pass::Wrapped => {}
            Pass::Stuck => return Err(()),
        }
    }
    Err(())
}

enum Pass {
    Arrived,
    Wrapped,
    Stuck,
}

/// From the label `WRAP` to the next jump there or to the end.
fn pass(spec: &Spec, t: &mut Time, added: &mut bool) -> Pass {
    let midnight = |date: NaiveDate| date.and_hms_opt(0, 0, 0).expect("midnight");
    while !spec.months.contains(&t.wall().month()) {
        if !*added {
            *added = true;
            let first = t.wall().date().with_day(1).expect("a first");
            t.set(midnight(first));
        }
        t.add_date(1, 0);
        if t.wall().month() == 1 {
            return Pass::Wrapped;
        }
    }
    while !spec.day_matches(&t.wall()) {
        if !*added {
            *added = true;
            t.set(midnight(t.wall().date()));
        }
        let from = t.secs;
        t.add_date(0, 1);
        match i64::from(t.hour()) {
            0 => {}
            hour @ 13.. => t.secs += (24 - hour) * 3600,
            hour => t.secs -= hour * 3600,
        }
        if t.secs <= from {
            return Pass::Stuck;
        }
        if t.wall().day() == 1 {
            return Pass::Wrapped;
        }
    }
    while !spec.hours.contains(&t.hour()) {
        if !*added {
            *added = true;
            let wall = t.wall();
            t.set(midnight(wall.date()) + Duration::hours(wall.hour().into()));
        }
        t.secs += 3600;
        if t.hour() == 0 {
            return Pass::Wrapped;
        }
    }
    while !spec.minutes.contains(&t.wall().minute()) {
        if !*added {
            *added = true;
            t.secs -= t.secs.rem_euclid(60);
        }
        t.secs += 60;
        if t.wall().minute() == 0 {
            return Pass::Wrapped;
        }
    }
    while t.wall().second() != 0 {
        *added = true;
        t.secs += 1;
        if t.wall().second() == 0 {
            return Pass::Wrapped;
        }
    }
    Pass::Arrived
}
