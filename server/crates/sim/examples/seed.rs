//! Plays seeds: `cargo run --release -p orrery-sim --example seed -- FIRST [COUNT]`. Ends with 1 when
//! one of them breaks an invariant. A single seed that does prints the requests of the minute before;
//! `LAST=secs` asks for another span.

use std::process::ExitCode;

use orrery_sim::{Faults, Violation, check, replay};

fn main() -> ExitCode {
    let args = std::env::args().skip(1);
    let mut numbers = args.filter_map(|arg| arg.parse::<u64>().ok());
    let first = numbers.next().unwrap_or(1);
    let broken = match numbers.next() {
        Some(count) => many(first, count),
        None => one(first),
    };
    match broken {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

fn many(first: u64, count: u64) -> u64 {
    let (mut broken, mut requests) = (0, 0);
    for seed in first..first + count {
        match check(seed) {
            Ok(report) => requests += report.requests,
            Err(violation) => {
                broken += 1;
                println!("{violation}");
            }
        }
    }
    println!("{count} seeds from {first}: {broken} broken, {requests} requests in the others");
    broken
}

fn one(seed: u64) -> u64 {
    let (verdict, history) = replay(seed, Faults::of(seed));
    let violation: Violation = match verdict {
        Ok(report) => {
            println!("{report:?}");
            return 0;
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
    1
}
