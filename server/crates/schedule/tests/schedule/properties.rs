//! Laws that hold for any schedule, zone and instant.

use chrono::{DateTime, TimeDelta, Utc};
use orrery_schedule::{Lang, Schedule};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

const ZONES: &[&str] = &[
    "UTC",
    "America/New_York",
    "Europe/Berlin",
    "Europe/London",
    "Asia/Seoul",
    "Asia/Kolkata",
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/Sao_Paulo",
    "America/Havana",
    "America/Santiago",
    "Asia/Beirut",
    "Asia/Tehran",
    "Pacific/Apia",
    "Antarctica/Troll",
    "America/Caracas",
    "Australia/Lord_Howe",
    "America/Asuncion",
];

/// Zones whose clocks were not changed since 2000.
const STILL_ZONES: &[&str] = &["UTC", "Asia/Seoul", "Asia/Kolkata"];

/// The years issue and corpus speak of.
const FROM_SECS: i64 = 946_684_800;
const TO_SECS: i64 = 2_208_988_800;

fn member(min: u32, max: u32) -> impl Strategy<Value = String> {
    prop_oneof![
        3 => Just("*".to_owned()),
        1 => Just("?".to_owned()),
        4 => (min..=max).prop_map(|value| value.to_string()),
        2 => (min..=max, min..=max).prop_map(|(a, b)| format!("{}-{}", a.min(b), a.max(b))),
        2 => (1u32..70).prop_map(|step| format!("*/{step}")),
        1 => (min..=max, 1u32..20).prop_map(|(from, step)| format!("{from}/{step}")),
    ]
}

fn field(min: u32, max: u32) -> impl Strategy<Value = String> {
    prop::collection::vec(member(min, max), 1..3).prop_map(|members| members.join(","))
}

fn expression() -> impl Strategy<Value = String> {
    (
        field(0, 59),
        field(0, 23),
        field(1, 31),
        field(1, 12),
        field(0, 6),
    )
        .prop_map(|(minute, hour, day, month, weekday)| {
            format!("{minute} {hour} {day} {month} {weekday}")
        })
}

fn instant(secs: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(secs, 0).expect("inside chrono's range")
}

fn schedule(expression: &str, zone: &str) -> Schedule {
    Schedule::parse_in(expression, Some(zone)).expect("generated expressions are accepted")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, rng_seed: RngSeed::Fixed(20260101), ..ProptestConfig::default() })]

    #[test]
    fn next_is_strictly_after_and_skips_nothing_it_would_return(
        expression in expression(), zone in prop::sample::select(ZONES), secs in FROM_SECS..TO_SECS,
    ) {
        let schedule = schedule(&expression, zone);
        if let Some(next) = schedule.next(instant(secs)) {
            prop_assert!(next > instant(secs));
            prop_assert_eq!(next.timestamp() % 60, 0);
            prop_assert_eq!(schedule.next(next - TimeDelta::seconds(1)), Some(next));
        }
    }

    #[test]
    fn previous_and_next_are_inverse(
        expression in expression(), zone in prop::sample::select(ZONES), secs in FROM_SECS..TO_SECS,
    ) {
        let schedule = schedule(&expression, zone);
        // from an occurrence on: a walk that starts beside a change of clocks may see others
        let Some(mut at) = schedule.previous(instant(secs)) else { return Ok(()) };
        prop_assert!(at < instant(secs));
        for next in schedule.upcoming(at).take(8) {
            prop_assert_eq!(schedule.previous(next), Some(at), "before {}", next);
            let just_after = at + TimeDelta::milliseconds(1);
            prop_assert_eq!(schedule.previous(just_after), Some(at), "just after {}", at);
            at = next;
        }
    }

    #[test]
    fn a_list_is_the_union_of_its_members(
        one in member(0, 59), other in member(0, 59), hour in field(0, 23),
        zone in prop::sample::select(ZONES), secs in FROM_SECS..TO_SECS,
    ) {
        let after = instant(secs);
        let next = |minutes: &str| schedule(&format!("{minutes} {hour} * * *"), zone).next(after);
        let earlier = [next(&one), next(&other)].into_iter().flatten().min();
        prop_assert_eq!(next(&format!("{one},{other}")), earlier);
    }

    #[test]
    fn alternatives_of_days_are_the_earlier_of_both(
        day in 1u32..=28, weekday in 0u32..=6, secs in FROM_SECS..TO_SECS,
    ) {
        let next = |days: String| schedule(&format!("0 9 {days}"), "Asia/Seoul").next(instant(secs));
        let by_day = next(format!("{day} * *"));
        let by_weekday = next(format!("* * {weekday}"));
        prop_assert_eq!(next(format!("{day} * {weekday}")), by_day.min(by_weekday));
    }

    /// Where no clocks are changed, a walk finds the same slots from wherever it begins.
    #[test]
    fn cj_35_36_37_what_is_missed_is_what_a_plain_walk_passes(
        expression in expression(), zone in prop::sample::select(STILL_ZONES),
        secs in FROM_SECS..TO_SECS, gap_secs in 0i64..200_000,
    ) {
        let schedule = schedule(&expression, zone);
        let (earliest, now) = (instant(secs), instant(secs + gap_secs));
        let passed: Vec<_> = schedule.upcoming(earliest).take_while(|slot| *slot <= now).collect();
        let Ok(found) = schedule.missed(earliest, now) else {
            prop_assert!(schedule.upcoming(earliest).take(2).count() < 2);
            return Ok(());
        };
        match passed[..] {
            [] => prop_assert_eq!((found.due, found.count), (None, 0)),
            [only] => prop_assert_eq!((found.due, found.count), (Some(only), 0)),
            [first, second, ..] => {
                let (distance, last) = (second - first, passed[passed.len() - 1]);
                prop_assert!(found.due.is_none_or(|due| due == last), "{:?}", found);
                // the look back reaches between one and two distances of the first two slots
                if last > now - distance {
                    prop_assert_eq!(found.due, Some(last));
                }
                if last <= now - distance * 2 {
                    prop_assert_eq!(found.due, None);
                }
                let even = passed.windows(2).all(|pair| pair[1] - pair[0] == distance);
                if even && now - last < distance {
                    prop_assert_eq!(found.count, passed.len() as i64);
                }
            }
        }
    }

    #[test]
    fn every_comes_in_even_steps_through_a_slot(
        every in 1i64..1_000_000, slot in FROM_SECS..TO_SECS, secs in FROM_SECS..TO_SECS,
    ) {
        let text = format!("@every {every}s");
        let schedule = Schedule::parse(&text).unwrap();
        let slot = jiff::Timestamp::from_second(slot).unwrap();
        let next = schedule.through(slot).next(instant(secs)).unwrap();
        prop_assert_eq!((next.timestamp() - slot.as_second()).rem_euclid(every), 0);
        prop_assert!((1..=every).contains(&(next.timestamp() - secs)));
    }

    #[test]
    fn no_text_and_no_year_panics(text in "\\PC{0,40}|[-0-9*?/,@ A-Za-z=µ.]{0,40}", secs in any::<i64>()) {
        if let Ok(schedule) = Schedule::parse(&text) {
            ask_everything(&schedule, secs);
        }
    }

    #[test]
    fn no_year_panics(
        expression in expression(), zone in prop::sample::select(ZONES), secs in -8_334_601_228_800i64..8_210_266_876_799,
    ) {
        ask_everything(&schedule(&expression, zone), secs);
    }
}

fn ask_everything(schedule: &Schedule, secs: i64) {
    let at = DateTime::from_timestamp(secs, 0).unwrap_or(DateTime::<Utc>::MAX_UTC);
    let _ = schedule.next(at);
    let _ = schedule.previous(at);
    let _ = schedule.repeated_hour(at);
    let _ = schedule.missed(at, at + TimeDelta::zero());
    assert!(!schedule.describe(Lang::En).is_empty());
    assert!(!schedule.describe(Lang::Ko).is_empty());
}

#[test]
fn the_ends_of_time_do_not_panic() {
    for expression in ["* * * * *", "0 0 29 2 *", "0 0 1 1 *", "@every 2562047h"] {
        for zone in ZONES {
            let schedule = schedule(expression, zone);
            for at in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
                let _ = schedule.next(at);
                let _ = schedule.previous(at);
                let _ = schedule.repeated_hour(at);
                let _ = schedule.missed(at, DateTime::<Utc>::MAX_UTC);
            }
            for at in [jiff::Timestamp::MIN, jiff::Timestamp::MAX] {
                let _ = schedule.next_after(at);
                let _ = schedule.previous_before(at);
            }
        }
    }
}
