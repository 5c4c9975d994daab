//! Korean.

use super::shape::{Alternate, Clock, Days, Hours, Minutes, Shape, Span, time, window};

const WEEKDAYS: [&str; 7] = [
    "일요일",
    "월요일",
    "화요일",
    "수요일",
    "목요일",
    "금요일",
    "토요일",
];

pub(super) fn every(delay_secs: i64) -> String {
    let parts = [
        (delay_secs / 3600, "시간"),
        (delay_secs / 60 % 60, "분"),
        (delay_secs % 60, "초"),
    ];
    let said: Vec<String> = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| format!("{count}{unit}"))
        .collect();
    format!("이전 실행 시각부터 {}마다", said.join(" "))
}

pub(super) fn sentence(shape: &Shape) -> String {
    let clock = clock(&shape.clock);
    match (days(shape), &shape.clock) {
        (Some(days), _) => format!("{days} {clock}"),
        (None, Clock::Times(_)) => match months(&shape.months) {
            None => format!("매일 {clock}"),
            Some(months) => format!("{months} 매일 {clock}"),
        },
        (None, _) => match months(&shape.months) {
            None => clock,
            Some(months) if is_run(&shape.months) => format!("{months} {clock}"),
            Some(months) => format!("{months} 동안 {clock}"),
        },
    }
}

fn clock(clock: &Clock) -> String {
    match clock {
        Clock::Times(times) => list(times.iter().map(|at| time(*at))),
        Clock::EveryHours { step, minute: 0 } => format!("{step}시간마다"),
        Clock::EveryHours { step, minute } => format!("00시부터 {step}시간마다 {minute}분에"),
        Clock::During { hours, minutes } => match hours {
            Hours::All => all_day(minutes),
            Hours::Step { step, first } => {
                format!(
                    "{first:02}시부터 {step}시간 간격으로 해당 시간의 {}",
                    within_hour(minutes)
                )
            }
            Hours::Spans(spans) => during(spans, minutes),
        },
    }
}

fn all_day(minutes: &Minutes) -> String {
    match minutes {
        Minutes::All => "매분".into(),
        Minutes::One(0) => "매시 정각".into(),
        Minutes::Step { step, first: 0 } => format!("{step}분마다"),
        Minutes::Step { step, first } => format!("매시 {first}분부터 {step}분마다"),
        Minutes::One(_) | Minutes::Spans(_) => format!("매시 {}", within_hour(minutes)),
    }
}

fn within_hour(minutes: &Minutes) -> String {
    match minutes {
        Minutes::All => "매분".into(),
        Minutes::One(minute) => format!("{minute}분"),
        Minutes::Step { step, first: 0 } => format!("{step}분마다"),
        Minutes::Step { step, first } => format!("{first}분부터 {step}분마다"),
        Minutes::Spans(spans) => list(spans.iter().map(|span| format!("{}분", range(*span)))),
    }
}

fn during(hours: &[Span], minutes: &Minutes) -> String {
    let windows = || {
        list(hours.iter().map(|span| {
            let (from, to) = window(*span, minutes);
            format!("{from}부터 {to}까지")
        }))
    };
    match minutes {
        Minutes::All => format!("{} 매분", windows()),
        Minutes::One(_) => format!("{} 1시간마다", windows()),
        Minutes::Step { step, .. } => format!("{} {step}분마다", windows()),
        Minutes::Spans(_) => {
            let hours = list(hours.iter().map(|span| format!("{}시", range(*span))));
            format!("{hours}의 {}", within_hour(minutes))
        }
    }
}

fn days(shape: &Shape) -> Option<String> {
    Some(match &shape.days {
        Days::All => return None,
        Days::OfWeek(weekdays) => on_weekdays(weekdays, &shape.months),
        Days::OfMonth(days) => on_dates(days, &shape.months_with(days)),
        Days::Either { of_month, of_week } => format!(
            "{} 및 {}",
            on_dates(of_month, &shape.months_with(of_month)),
            on_weekdays(of_week, &shape.months)
        ),
    })
}

fn on_weekdays(weekdays: &[u32], in_months: &[u32]) -> String {
    let name = |weekday: u32| WEEKDAYS[weekday as usize];
    let (named, weekly) = match weekdays {
        [1, 2, 3, 4, 5] => ("평일".into(), false),
        [0, 6] => ("주말".into(), false),
        [first, .., last] if is_run(weekdays) => {
            (format!("{}부터 {}까지", name(*first), name(*last)), true)
        }
        _ => (list(weekdays.iter().map(|day| name(*day).to_owned())), true),
    };
    match months(in_months) {
        Some(months) => format!("{months}의 {named}"),
        None if weekly => format!("매주 {named}"),
        None => named,
    }
}

fn on_dates(days: &[u32], in_months: &[u32]) -> String {
    let dates = match (days, Alternate::of(days, in_months)) {
        (_, Some(Alternate::Odd)) => "홀수 날짜".into(),
        (_, Some(Alternate::Even)) => "짝수 날짜".into(),
        ([first, .., last], None) if is_run(days) => format!("{first}일부터 {last}일까지"),
        _ => list(days.iter().map(|day| format!("{day}일"))),
    };
    let not_in_all = days.first().is_some_and(|first| *first > 28);
    match (in_months, not_in_all) {
        ([], true) => format!("해당 날짜가 있는 달의 {dates}"),
        ([], false) => format!("매월 {dates}"),
        ([only], _) => format!("매년 {only}월 {dates}"),
        _ if is_run(in_months) => {
            format!("{} 매월 {dates}", months(in_months).unwrap_or_default())
        }
        _ => format!("{}의 {dates}", months(in_months).unwrap_or_default()),
    }
}

/// `매년 1월, 7월`; `None` for every month.
fn months(months: &[u32]) -> Option<String> {
    Some(match months {
        [] => return None,
        [first, .., last] if is_run(months) => format!("매년 {first}월부터 {last}월까지"),
        _ => format!(
            "매년 {}",
            list(months.iter().map(|month| format!("{month}월")))
        ),
    })
}

/// Three or more in a row.
fn is_run(values: &[u32]) -> bool {
    values.len() >= 3 && values.windows(2).all(|pair| pair[1] == pair[0] + 1)
}

fn range((first, last): Span) -> String {
    if first == last {
        first.to_string()
    } else {
        format!("{first}~{last}")
    }
}

fn list(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(", ")
}
