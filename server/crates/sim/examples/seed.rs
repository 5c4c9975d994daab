//! Plays seeds again: `cargo run -p orrery-sim --example seed -- FIRST [COUNT]`. For a single seed that
//! breaks an invariant, prints the requests of the minute before; `LAST=secs` asks for another span.

use orrery_sim::{Faults, check, replay};

fn main() {
    let mut args = std::env::args()
        .skip(1)
        .filter_map(|arg| arg.parse::<u64>().ok());
    let first = args.next().unwrap_or(1);
    if let Some(count) = args.next() {
        for seed in first..first + count {
            match check(seed) {
                Ok(report) => println!("{report:?}"),
                Err(violation) => println!("{violation}"),
            }
        }
        return;
    }
    let (verdict, history) = replay(first, Faults::some());
    let Err(violation) = verdict else {
        return println!("{verdict:?}");
    };
    let span = std::env::var("LAST")
        .ok()
        .and_then(|secs| secs.parse().ok());
    let span = span.unwrap_or(60) * 1000;
    let noon = 1_795_435_200_000;
    let until = violation.at.as_millisecond() - noon;
    let recent = history.lines().iter();
    let recent = recent.filter(|line| (until - span..=until).contains(&line.at_millis));
    for line in recent {
        println!("{line}");
    }
    println!("{violation}");
}
