//! English.

use super::shape::{Alternate, Clock, Days, Hours, Minutes, Shape, Span, time, window};

const WEEKDAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub(super) fn every(delay_secs: i64) -> String {
    let parts = [
        (delay_secs / 3600, "hour"),
        (delay_secs / 60 % 60, "minute"),
        (delay_secs % 60, "second"),
    ];
    let said: Vec<String> = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| counted(count, unit))
        .collect();
    let said = match &said[..] {
        [only] => only.strip_prefix("1 ").unwrap_or(only).to_owned(),
        _ => said.join(" "),
    };
    format!("Every {said}, counted from the previous run")
}

fn counted(count: i64, unit: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural}")
}

pub(super) fn sentence(shape: &Shape) -> String {
    let clock = clock(&shape.clock);
    let sentence = match (days(shape), &shape.clock) {
        (None, Clock::Times(_)) => format!("every day{} {clock}", in_months(&shape.months)),
        (None, _) => format!("{clock}{}", in_months(&shape.months)),
        (Some(days), _) => format!("{clock} {days}"),
    };
    let mut chars = sentence.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}

fn clock(clock: &Clock) -> String {
    match clock {
        Clock::Times(times) => format!("at {}", and(times.iter().map(|at| time(*at)))),
        Clock::EveryHours { step, minute: 0 } => format!("every {step} hours"),
        Clock::EveryHours { step, minute } => format!(
            "every {step} hours at {} past the hour",
            minutes_word(*minute)
        ),
        Clock::During { hours, minutes } => match hours {
            Hours::All => all_day(minutes),
            Hours::Step { step, first } => format!(
                "{} of every {} hour from {}",
                within_hour(minutes),
                ordinal(*step),
                time((*first, 0))
            ),
            Hours::Spans(spans) => during(spans, minutes),
        },
    }
}

fn all_day(minutes: &Minutes) -> String {
    match minutes {
        Minutes::All => "every minute".into(),
        Minutes::One(0) => "every hour".into(),
        Minutes::One(minute) => format!("at {} past every hour", minutes_word(*minute)),
        Minutes::Step { step, first: 0 } => format!("every {step} minutes"),
        Minutes::Step { step, first } => {
            format!(
                "every {step} minutes, starting at {} past the hour",
                minutes_word(*first)
            )
        }
        Minutes::Spans(_) => format!("{} of every hour", within_hour(minutes)),
    }
}

fn within_hour(minutes: &Minutes) -> String {
    match minutes {
        Minutes::All => "every minute".into(),
        Minutes::One(minute) => format!("minute {minute}"),
        Minutes::Step { step, first: 0 } => format!("every {step} minutes"),
        Minutes::Step { step, first } => format!("every {step} minutes from minute {first} on"),
        Minutes::Spans(spans) => {
            format!("at minutes {}", and(spans.iter().map(|span| range(*span))))
        }
    }
}

fn during(hours: &[Span], minutes: &Minutes) -> String {
    let windows = || {
        and(hours.iter().map(|span| {
            let (from, to) = window(*span, minutes);
            format!("from {from} to {to}")
        }))
    };
    match minutes {
        Minutes::All => format!("every minute {}", windows()),
        Minutes::One(_) => format!("every hour {}", windows()),
        Minutes::Step { step, .. } => format!("every {step} minutes {}", windows()),
        Minutes::Spans(_) => {
            let plural = if matches!(hours, [(first, last)] if first == last) {
                ""
            } else {
                "s"
            };
            let hours = and(hours.iter().map(|span| range(*span)));
            format!("{} of hour{plural} {hours}", within_hour(minutes))
        }
    }
}

fn days(shape: &Shape) -> Option<String> {
    Some(match &shape.days {
        Days::All => return None,
        Days::OfWeek(weekdays) => format!("{}{}", on_weekdays(weekdays), in_months(&shape.months)),
        Days::OfMonth(days) => on_dates(days, &shape.months_with(days)),
        Days::Either { of_month, of_week } => format!(
            "{}, and also {}{}",
            on_dates(of_month, &shape.months_with(of_month)),
            on_weekdays(of_week),
            in_months(&shape.months)
        ),
    })
}

fn on_weekdays(weekdays: &[u32]) -> String {
    let name = |weekday: u32| WEEKDAYS[weekday as usize];
    match weekdays {
        [1, 2, 3, 4, 5] => "on weekdays".into(),
        [0, 6] => "on weekends".into(),
        [first, .., last] if is_run(weekdays) => {
            format!("from {} to {}", name(*first), name(*last))
        }
        _ => format!(
            "on {}",
            and(weekdays.iter().map(|day| format!("{}s", name(*day))))
        ),
    }
}

fn on_dates(days: &[u32], months: &[u32]) -> String {
    let dates = match (days, Alternate::of(days, months)) {
        (_, Some(Alternate::Odd)) => "on the odd days".into(),
        (_, Some(Alternate::Even)) => "on the even days".into(),
        ([first, .., last], None) if is_run(days) => {
            format!("from the {} to the {}", ordinal(*first), ordinal(*last))
        }
        _ => format!("on the {}", and(days.iter().map(|day| ordinal(*day)))),
    };
    let not_in_all = days.first().is_some_and(|first| *first > 28);
    match (months, not_in_all) {
        ([], false) => format!("{dates} of every month"),
        ([], true) => format!("{dates} of every month that has it"),
        _ if is_run(months) => format!("{dates} of every month{}", in_months(months)),
        _ => format!("{dates} of {}", month_names(months)),
    }
}

fn in_months(months: &[u32]) -> String {
    let name = |month: u32| MONTHS[month as usize - 1];
    match months {
        [] => String::new(),
        [first, .., last] if is_run(months) => {
            format!(" from {} to {}", name(*first), name(*last))
        }
        _ => format!(" in {}", month_names(months)),
    }
}

fn month_names(months: &[u32]) -> String {
    and(months
        .iter()
        .map(|month| MONTHS[*month as usize - 1].to_owned()))
}

/// Three or more in a row.
fn is_run(values: &[u32]) -> bool {
    values.len() >= 3 && values.windows(2).all(|pair| pair[1] == pair[0] + 1)
}

fn minutes_word(count: u32) -> String {
    counted(count.into(), "minute")
}

fn range((first, last): Span) -> String {
    if first == last {
        first.to_string()
    } else {
        format!("{first}–{last}")
    }
}

fn ordinal(number: u32) -> String {
    let suffix = match (number % 10, number % 100) {
        (1, tail) if tail != 11 => "st",
        (2, tail) if tail != 12 => "nd",
        (3, tail) if tail != 13 => "rd",
        _ => "th",
    };
    format!("{number}{suffix}")
}

fn and(items: impl Iterator<Item = String>) -> String {
    let mut items: Vec<String> = items.collect();
    match items.pop() {
        None => String::new(),
        Some(only) if items.is_empty() => only,
        Some(last) => format!("{} and {last}", items.join(", ")),
    }
}
