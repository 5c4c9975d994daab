//! Two expressions have one sentence only if they run at the same times.

use std::collections::HashMap;

use crate::calendar::{Civil, longest_month_days};
use crate::schedule::Timing;
use crate::{Lang, Schedule};

/// Each kind of set a field can hold: one, few, runs, even steps from several starts, uneven steps,
/// a step within a range, all.
const MINUTES: &[&str] = &[
    "*",
    "*/2",
    "1/2",
    "*/3",
    "*/5",
    "3/5",
    "*/7",
    "*/10",
    "*/15",
    "5/15",
    "14/15",
    "*/20",
    "*/25",
    "*/30",
    "15/30",
    "*/45",
    "*/59",
    "0",
    "1",
    "5",
    "10",
    "30",
    "59",
    "0,1",
    "0,30",
    "0,59",
    "1-2",
    "0-9",
    "5-9",
    "0-29",
    "30-59",
    "10-20/5",
    "20-35/15",
    "0-9,30",
    "0-4,10-14",
    "1,2,3,5,8",
    ",",
];
const HOURS: &[&str] = &[
    "*",
    "*/2",
    "1/2",
    "*/3",
    "2/3",
    "*/4",
    "*/5",
    "*/6",
    "5/6",
    "*/8",
    "*/10",
    "*/12",
    "3/12",
    "*/23",
    "0",
    "1",
    "2",
    "9",
    "23",
    "0,1",
    "0,12",
    "2,14",
    "9-10",
    "9-17",
    "0-22",
    "1-23",
    "22-23,0-1",
    "8-18/2",
    "9-17/4",
    "1,2,3,5,8,13,21",
    ",",
];
const DAYS: &[&str] = &[
    "*", "*/1", "1-31", "*/2", "2/2", "*/10", "*/16", "1", "2", "15", "28", "29", "30", "31",
    "1,15", "1-2", "1-7", "8-14", "1-28", "1-29", "1-30", "2-31", "29-31", "30,31", "1,31", ",",
];
const MONTHS: &[&str] = &[
    "*",
    "1-12",
    "1",
    "2",
    "6",
    "12",
    "1,7",
    "2,4",
    "*/2",
    "2/2",
    "*/3",
    "*/6",
    "1-2",
    "1-11",
    "2-12",
    "6-8",
    "4,6,9,11",
    "11-12,1-2",
    ",",
];
const WEEKDAYS: &[&str] = &[
    "*", "0-6", "*/2", "1/2", "*/3", "0", "1", "5", "6", "0,6", "1-5", "1-4", "0-5", "1-6", "2-6",
    "1,3,5", "2,4", "5,6", "0-2", ",",
];

/// When an expression runs: what the sentence must tell.
type Times = (u64, u64, Vec<u64>);

fn times(expression: &str) -> (Schedule, Times) {
    let schedule = Schedule::parse(expression).expect(expression);
    let Timing::Fields { fields, .. } = &schedule.timing else {
        panic!("{expression} has fields");
    };
    // a word of bits a month: its days on each day of the week
    let days = (1..=12).flat_map(|month| (0..7).map(move |weekday| (month, weekday)));
    let days: Vec<u64> = days
        .map(|(month, weekday)| {
            let at = |day| Civil {
                year: 2024,
                month,
                day,
                hour: 0,
                minute: 0,
                second: 0,
                weekday,
            };
            let last = i64::from(longest_month_days(month as u32));
            let days = (1..=last).filter(|day| fields.day_matches(&at(*day)));
            match fields.months.contains(month) {
                true => days.fold(0, |bits, day| bits | 1 << day),
                false => 0,
            }
        })
        .collect();
    let never =
        fields.minutes.is_empty() || fields.hours.is_empty() || days.iter().all(|d| *d == 0);
    let times = match never {
        true => (0, 0, Vec::new()),
        false => (fields.minutes.bits, fields.hours.bits, days),
    };
    (schedule, times)
}

fn expressions() -> impl Iterator<Item = String> {
    let clocks = MINUTES
        .iter()
        .flat_map(|minute| HOURS.iter().map(move |hour| format!("{minute} {hour}")));
    let dates = DAYS.iter().flat_map(|day| {
        MONTHS.iter().flat_map(move |month| {
            WEEKDAYS
                .iter()
                .map(move |weekday| format!("{day} {month} {weekday}"))
        })
    });
    let any_clock =
        clocks.flat_map(|clock| ["* * *", "* 6-8 1-5"].map(|date| format!("{clock} {date}")));
    // 7 has no common divisor with the lengths of the lists, so every pair of sets is met
    let any_date = dates.step_by(7).map(|date| format!("0 2 {date}"));
    any_clock.chain(any_date)
}

#[test]
fn different_times_have_different_sentences_in_both_languages() {
    for lang in [Lang::En, Lang::Ko] {
        let mut told: HashMap<String, (String, Times)> = HashMap::new();
        for expression in expressions() {
            let (schedule, times) = times(&expression);
            let sentence = schedule.describe(lang);
            let (other, same) = told
                .entry(sentence.clone())
                .or_insert_with(|| (expression.clone(), times.clone()));
            assert_eq!(*same, times, "{expression} and {other}: {sentence}");
        }
        assert!(told.len() > 2_500, "{} sentences", told.len());
    }
}
