//! `next` against [`upstream`](crate::upstream) around every change of clocks from 2000 to 2040, in
//! every zone of the database.

use std::collections::BTreeMap;

use chrono::DateTime;
use chrono_tz::{TZ_VARIANTS, Tz};
use orrery_schedule::Schedule;

use crate::upstream::{self, Offsets, Spec};

/// 2000 and 2041.
const FROM_SECS: i64 = 946_684_800;
const TO_SECS: i64 = 2_240_524_800;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// What can be disturbed: each unit by itself, both sorts of days, days at the ends of months, sparse
/// months, steps that cross hours, and the hours at which clocks are changed.
const EXPRESSIONS: &[&str] = &[
    "* * * * *",
    "*/15 * * * *",
    "7-59/13 * * * *",
    "0 * * * *",
    "30 * * * *",
    "0 0 * * *",
    "59 23 * * *",
    "30 0 * * *",
    "0 1 * * *",
    "30 1 * * *",
    "0 2 * * *",
    "30 2 * * *",
    "0 3 * * *",
    "15 4 * * *",
    "0 5 * * *",
    "0 12 * * *",
    "0 */2 * * *",
    "*/20 1-3 * * *",
    "0 22-23,0-4 * * *",
    "0 0 * * 0",
    "30 2 * * 0",
    "0 9 * * 1-5",
    "30 23 * * 6",
    "0 0 1 * *",
    "30 2 1 * *",
    "0 6 31 * *",
    "45 23 28-31 * *",
    "0 0 10,20,30 * *",
    "0 0 13 * 5",
    "0 1 */10 * 0",
    "0 0 * 4 *",
    "0 12 1 10 *",
    "30 1 * 3,11 0",
    "0 3 29 2 *",
    "0 12 30 12 *",
    "*/30 0,1 1 4,10 *",
    "0 0 1 1 *",
    "10 0 15 6 1",
];

/// Seconds from the change to where the search begins.
const STARTS: &[i64] = &[
    -33 * DAY,
    -2 * DAY - 5 * HOUR,
    -DAY,
    -5 * HOUR - 17,
    -HOUR,
    -1,
    0,
    30 * 60,
    2 * HOUR + 61,
    20 * HOUR,
];

/// The zones that differ between the years, each under its first name.
fn distinct_zones() -> BTreeMap<Vec<(i64, i64)>, (Tz, Offsets)> {
    let mut zones = BTreeMap::new();
    for tz in TZ_VARIANTS {
        let offsets = Offsets::of(tz, FROM_SECS, TO_SECS + 10 * 366 * DAY);
        zones
            .entry(offsets.changes().collect())
            .or_insert((tz, offsets));
    }
    zones
}

/// One of this many expressions is tried at each start, another one each time; with `ORRERY_ALL_CHANGES`
/// set, each is (minutes rather than seconds).
fn stride() -> usize {
    match std::env::var_os("ORRERY_ALL_CHANGES") {
        Some(_) => 1,
        None => 41,
    }
}

#[test]
fn next_is_upstreams_around_every_change_of_clocks_in_every_zone() {
    let zones: Vec<_> = distinct_zones().into_values().collect();
    assert!(zones.len() > 150, "the whole database: {}", zones.len());
    let lanes = std::thread::available_parallelism().map_or(1, |lanes| lanes.get());
    let compared: usize = std::thread::scope(|scope| {
        let lanes: Vec<_> = (0..lanes)
            .map(|lane| {
                let zones = zones.iter().skip(lane).step_by(lanes);
                scope.spawn(move || {
                    zones
                        .map(|(tz, offsets)| compare(*tz, offsets))
                        .sum::<usize>()
                })
            })
            .collect();
        let done = lanes.into_iter().map(|lane| lane.join());
        done.map(|lane| lane.expect("no difference")).sum()
    });
    assert!(compared > 50_000, "{compared} searches compared");
}

fn compare(tz: Tz, offsets: &Offsets) -> usize {
    let schedules: Vec<_> = EXPRESSIONS
        .iter()
        .map(|text| {
            let schedule = Schedule::parse_in(text, Some(tz.name())).expect("accepted");
            (*text, Spec::read(text), schedule)
        })
        .collect();
    let changes = offsets
        .changes()
        .map(|(at, _)| at)
        .filter(|at| (FROM_SECS..TO_SECS).contains(at));
    let starts = changes.flat_map(|at| STARTS.iter().map(move |start| at + start));
    let tried = starts.flat_map(|start| schedules.iter().map(move |row| (start, row)));
    let mut compared = 0;
    for (start, (text, spec, schedule)) in tried.skip(tz.name().len() % 41).step_by(stride()) {
        let Ok(want) = upstream::next(spec, offsets, start) else {
            assert_searches_on(tz, text, schedule, start);
            continue;
        };
        let got = schedule.next(at(start)).map(|next| next.timestamp());
        let shown = |secs: Option<i64>| secs.map(|secs| at(secs).with_timezone(&tz));
        assert_eq!(
            shown(got),
            shown(want),
            "{text} in {tz} after {:?}",
            shown(Some(start))
        );
        compared += 1;
    }
    compared
}

/// Where upstream hangs on a day that was left out, the answer lies beyond it.
fn assert_searches_on(tz: Tz, text: &str, schedule: &Schedule, start: i64) {
    let next = schedule.next(at(start)).expect("there is a next year");
    let skipping = ["Pacific/Apia", "Pacific/Fakaofo", "Pacific/Kwajalein"];
    assert!(skipping.contains(&tz.name()), "{text} hangs in {tz}");
    assert!(next > at(start));
}

fn at(secs: i64) -> DateTime<chrono::Utc> {
    DateTime::from_timestamp(secs, 0).expect("a year of four digits")
}
