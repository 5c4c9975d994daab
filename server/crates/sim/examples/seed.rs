//! Plays seeds, on as many threads as there are cores: `cargo run --release -p orrery-sim --example seed
//! -- FIRST [COUNT]`. Ends with 1 when one of them breaks an invariant, says how to see it again, and plays
//! the first of those again for the history of the minute before, as a single seed does; `LAST=secs` asks
//! for another span.
#![allow(clippy::disallowed_methods)] // measures real time

use std::process::ExitCode;
use std::time::Instant;

use orrery_sim::{Faults, Violation, check_many, replay};

/// As the server.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let args = std::env::args().skip(1);
    let mut numbers = args.filter_map(|arg| arg.parse::<u64>().ok());
    let first = numbers.next().unwrap_or(1);
    let all_is_well = match numbers.next() {
        Some(count) => many(first, count),
        None => one(first),
    };
    match all_is_well {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

fn many(first: u64, count: u64) -> bool {
    let began = Instant::now();
    let tally = check_many(first, count, |why| println!("{why}"));
    println!(
        "{count} seeds from {first}: {} broken; {} requests in {} simulated hours, in {:.1} s",
        tally.broken.len(),
        tally.requests,
        tally.simulated_secs / 3600,
        began.elapsed().as_secs_f64()
    );
    match tally.broken.keys().next() {
        Some(seed) => one(*seed),
        None => true,
    }
}

fn one(seed: u64) -> bool {
    let (verdict, history) = replay(seed, Faults::of(seed));
    let violation: Violation = match verdict {
        Ok(report) => {
            println!("{report:?}");
            return true;
        }
        Err(violation) => violation,
    };
    let span = std::env::var("LAST").ok();
    let span_millis = span.and_then(|secs| secs.parse().ok()).unwrap_or(60) * 1000;
    let until = violation.at.as_millisecond() - orrery_sim::EPOCH.as_millisecond();
    let lines = history.lines().iter();
    let recent = lines.filter(|line| (until - span_millis..=until).contains(&line.at_millis));
    recent.for_each(|line| println!("{line}"));
    println!("{violation}");
    false
}
