//! What there is to say of an expression, free of any language.

use crate::calendar::longest_month_days;
use crate::field::{DAYS, Field, HOURS, MINUTES, MONTHS, WEEKDAYS};
use crate::fields::Fields;

/// Up to this many times of day are listed one by one.
const LISTED_TIMES: usize = 6;

/// A contiguous run of values, both ends included.
pub(super) type Span = (u32, u32);

pub(super) struct Shape {
    pub clock: Clock,
    pub days: Days,
    /// Empty: every month.
    pub months: Vec<u32>,
}

/// When within a day.
pub(super) enum Clock {
    /// Times of day as hour and minute.
    Times(Vec<(u32, u32)>),
    /// Every `step` hours from midnight on, at one minute.
    EveryHours {
        step: u32,
        minute: u32,
    },
    During {
        hours: Hours,
        minutes: Minutes,
    },
}

pub(super) enum Hours {
    All,
    /// `first`, `first + step`, … evenly around the day.
    Step {
        step: u32,
        first: u32,
    },
    Spans(Vec<Span>),
}

pub(super) enum Minutes {
    All,
    One(u32),
    /// `first`, `first + step`, … evenly around the hour.
    Step {
        step: u32,
        first: u32,
    },
    Spans(Vec<Span>),
}

/// On which days.
pub(super) enum Days {
    All,
    OfWeek(Vec<u32>),
    OfMonth(Vec<u32>),
    /// A day of the month or a day of the week, either is enough (`CRON-12`).
    Either {
        of_month: Vec<u32>,
        of_week: Vec<u32>,
    },
}

impl Shape {
    /// `None` when nothing ever matches.
    pub(super) fn of(fields: &Fields) -> Option<Self> {
        if !fields.can_match() {
            return None;
        }
        let months = if fields.months.is_full(&MONTHS) {
            Vec::new()
        } else {
            fields.months.values().collect()
        };
        Some(Self {
            clock: Clock::of(fields),
            days: Days::of(fields),
            months,
        })
    }
}

impl Shape {
    /// The months that have the first of these days: the others are not worth saying. Empty: every month.
    pub(super) fn months_with(&self, days: &[u32]) -> Vec<u32> {
        let first = days.first().copied().unwrap_or(1);
        let has_it = |month: &u32| longest_month_days(*month) >= first;
        self.months.iter().copied().filter(has_it).collect()
    }
}

/// Every second day of the month, to its end.
pub(super) enum Alternate {
    Odd,
    Even,
}

impl Alternate {
    pub(super) fn of(days: &[u32], months: &[u32]) -> Option<Self> {
        let longest = months.iter().copied().map(longest_month_days).max();
        let all = |first: u32| (first..=longest.unwrap_or(31)).step_by(2);
        if days.iter().copied().eq(all(1)) {
            Some(Self::Odd)
        } else if days.iter().copied().eq(all(2)) {
            Some(Self::Even)
        } else {
            None
        }
    }
}

impl Clock {
    fn of(fields: &Fields) -> Self {
        let (hours, minutes) = (Hours::of(fields.hours), Minutes::of(fields.minutes));
        if let (Hours::Step { step, first: 0 }, Minutes::One(minute)) = (&hours, &minutes)
            && (*minute == 0 || *step <= 4)
        {
            return Self::EveryHours {
                step: *step,
                minute: *minute,
            };
        }
        let times: Vec<_> = fields
            .hours
            .values()
            .flat_map(|hour| fields.minutes.values().map(move |minute| (hour, minute)))
            .collect();
        let few = times.len() <= LISTED_TIMES;
        let lists_better = match (&hours, &minutes) {
            (Hours::All, _) | (_, Minutes::All) => false,
            (Hours::Spans(spans), Minutes::One(_)) => !is_one_run(spans),
            (_, Minutes::One(_)) => true,
            (_, Minutes::Step { step, .. }) => few && *step == 30,
            (_, Minutes::Spans(_)) => few,
        };
        if lists_better {
            Self::Times(times)
        } else {
            // windows say more than "every 8th hour"
            let hours = match hours {
                Hours::Step { step, .. } if step > 4 => Hours::Spans(spans(fields.hours)),
                hours => hours,
            };
            Self::During { hours, minutes }
        }
    }
}

/// One span that is worth saying as "from … to …".
fn is_one_run(spans: &[Span]) -> bool {
    matches!(spans, [(first, last)] if last - first >= 2)
}

impl Hours {
    fn of(field: Field) -> Self {
        if field.is_full(&HOURS) {
            Self::All
        } else if let Some((step, first)) = even_step(field, 24) {
            Self::Step { step, first }
        } else {
            Self::Spans(spans(field))
        }
    }
}

impl Minutes {
    fn of(field: Field) -> Self {
        let mut values = field.values();
        match (values.next(), values.next()) {
            _ if field.is_full(&MINUTES) => Self::All,
            (Some(only), None) => Self::One(only),
            _ => match even_step(field, 60) {
                Some((step, first)) => Self::Step { step, first },
                None => Self::Spans(spans(field)),
            },
        }
    }
}

impl Days {
    fn of(fields: &Fields) -> Self {
        let all_days = fields.days.is_full(&DAYS);
        let all_weekdays = fields.weekdays.is_full(&WEEKDAYS);
        // days that the months do not have are not worth saying
        let longest = fields.months.values().map(longest_month_days).max();
        let of_month: Vec<u32> = fields
            .days
            .values()
            .filter(|day| Some(*day) <= longest)
            .collect();
        let of_week = || fields.weekdays.values().collect();
        if fields.days_are_alternatives() {
            match (
                all_days || all_weekdays,
                of_month.is_empty(),
                fields.weekdays.is_empty(),
            ) {
                (true, ..) => Self::All,
                (_, true, _) => Self::OfWeek(of_week()),
                (_, _, true) => Self::OfMonth(of_month),
                _ => Self::Either {
                    of_month,
                    of_week: of_week(),
                },
            }
        } else if !all_days {
            Self::OfMonth(of_month)
        } else if !all_weekdays {
            Self::OfWeek(of_week())
        } else {
            Self::All
        }
    }
}

/// The step and the first of values that lie evenly around a cycle.
fn even_step(field: Field, cycle: u32) -> Option<(u32, u32)> {
    let values: Vec<u32> = field.values().collect();
    let [first, second, ..] = values[..] else {
        return None;
    };
    let step = second - first;
    let even = step >= 2
        && cycle.is_multiple_of(step)
        && values.len() as u32 == cycle / step
        && values.windows(2).all(|pair| pair[1] - pair[0] == step);
    even.then_some((step, first))
}

fn spans(field: Field) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    for value in field.values() {
        match spans.last_mut() {
            Some((_, last)) if *last + 1 == value => *last = value,
            _ => spans.push((value, value)),
        }
    }
    spans
}

/// The wall times between which a step of minutes runs in a run of hours.
pub(super) fn window(hours: Span, minutes: &Minutes) -> (String, String) {
    let (first, last) = match minutes {
        Minutes::All | Minutes::Spans(_) => (0, 59),
        Minutes::One(minute) => (*minute, *minute),
        Minutes::Step { step, first } => (*first, 60 - step + first),
    };
    (time((hours.0, first)), time((hours.1, last)))
}

pub(super) fn time((hour, minute): (u32, u32)) -> String {
    format!("{hour:02}:{minute:02}")
}
