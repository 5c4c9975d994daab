//! How many occurrences a second one core finds: `cargo run --release --example occurrences_per_second`.
#![allow(clippy::disallowed_methods)] // measures real time

use std::time::Instant;

use orrery_schedule::Schedule;

fn main() {
    let start = "2026-01-01T00:00:00Z".parse().expect("a timestamp");
    for (expression, zone) in [
        ("* * * * *", None),
        ("*/5 * * * *", None),
        ("*/5 * * * *", Some("America/New_York")),
        ("0 2 * * *", Some("Asia/Seoul")),
        ("0 2 * * *", Some("America/New_York")),
        ("30 4 * * 1-5", Some("Europe/Berlin")),
        ("0 0 1,15 * 5", Some("Australia/Lord_Howe")),
        ("0 9 1 1 *", Some("America/New_York")),
        ("0 9 1 1 *", Some("Africa/Cairo")),
        ("59 23 31 12 *", None),
        ("0 0 29 2 *", None),
        ("0 0 29 2 *", Some("Africa/Cairo")),
        ("0 0 29 2 *", Some("America/Asuncion")),
        ("30 1 * 3,11 0", Some("America/Havana")),
        ("@every 90s", None),
    ] {
        let schedule = Schedule::parse_in(expression, zone).expect("a valid schedule");
        let begin = Instant::now();
        let (mut at, mut found) = (start, 0u32);
        while found < 1_000_000 {
            // a rare schedule reaches the far end of the zone tables: begin again
            at = schedule
                .next_after(at)
                .filter(|at| at.as_second() < 4_000_000_000)
                .unwrap_or(start);
            found += 1;
        }
        let per_second = f64::from(found) / begin.elapsed().as_secs_f64();
        println!(
            "{per_second:>12.0}/s  {expression:<14} {}",
            zone.unwrap_or("UTC")
        );
    }
}
