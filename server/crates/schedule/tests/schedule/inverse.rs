//! `previous` along whole chains of `next`, where leaps of months meet clocks that change at midnight
//! on the first of a month.

use chrono::{DateTime, Utc};
use orrery_schedule::Schedule;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// Zones with such changes, some in every year for years.
const ZONES: &[&str] = &[
    "America/Asuncion",
    "America/Havana",
    "Asia/Damascus",
    "Asia/Gaza",
    "America/Scoresbysund",
    "Asia/Amman",
    "Africa/Cairo",
    "America/Sao_Paulo",
    "Pacific/Apia",
    "Atlantic/Stanley",
];

fn values(min: u32, max: u32, most: usize) -> impl Strategy<Value = String> {
    prop::collection::btree_set(min..=max, 1..=most).prop_map(|values| {
        let texts: Vec<String> = values.iter().map(u32::to_string).collect();
        texts.join(",")
    })
}

fn days() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => values(1, 31, 3).prop_map(|days| format!("{days} % *")),
        1 => Just("* % *".to_owned()),
        2 => Just("1-3,29-31 % *".to_owned()),
        1 => values(0, 6, 2).prop_map(|weekdays| format!("* % {weekdays}")),
        1 => (1u32..=31, 0u32..=6).prop_map(|(day, weekday)| format!("{day} % {weekday}")),
    ]
}

fn sparse() -> impl Strategy<Value = String> {
    let clock = (values(0, 59, 2), values(0, 23, 2));
    (clock, days(), values(1, 12, 3)).prop_map(|((minutes, hours), days, months)| {
        format!("{minutes} {hours} {}", days.replace('%', &months))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, rng_seed: RngSeed::Fixed(20260102), ..ProptestConfig::default() })]

    #[test]
    fn previous_goes_back_along_the_very_chain_that_next_came_by(
        expression in sparse(), zone in prop::sample::select(ZONES), first in 0i64..400,
    ) {
        let schedule = Schedule::parse_in(&expression, Some(zone)).expect("accepted");
        // eight years to fall in step whatever the start, then forty years that are compared
        let start = instant(631_152_000 + first * 86_400);
        let (from, to) = (instant(915_148_800), instant(2_240_524_800));
        let chain: Vec<_> = schedule.upcoming(start).take_while(|at| *at < to).collect();
        let in_step = chain.windows(2).filter(|pair| pair[0] > from);
        for pair in in_step.step_by(1 + chain.len() / 25) {
            prop_assert_eq!(schedule.previous(pair[1]), Some(pair[0]), "{} {}", expression, zone);
        }
    }
}

/// Of the day that such a walk passes over (`DST-10`): one that begins on it does not.
#[test]
fn previous_of_what_only_a_walk_from_beside_a_change_finds_leads_there() {
    for (expression, zone, start) in [
        ("* 4 * * *", "Asia/Pyongyang", 1_525_446_000),
        ("7 * 7-21 * tue/25", "Asia/Karachi", 1_018_120_000),
    ] {
        let schedule = Schedule::parse_in(expression, Some(zone)).expect("accepted");
        let found: Vec<_> = schedule.upcoming(instant(start)).take(8).collect();
        for pair in found.windows(2) {
            assert_eq!(
                schedule.previous(pair[1]),
                Some(pair[0]),
                "{expression} {zone}"
            );
        }
    }
}

fn instant(secs: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(secs, 0).expect("inside chrono's range")
}
