//! A day on the simulated clock, timed: of an hourly CronJob, then of one that fires each minute. Prints
//! `name value` lines for `cargo xtask bench`.
#![allow(clippy::disallowed_methods)] // measures real time

use std::time::Instant;

use orrery_sim::{Options, cronjob, run_with};

/// As the server.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

const DAY_SECS: u64 = 24 * 3600;

fn main() {
    day("hourly", "0 * * * *");
    day("minutely", "* * * * *");
}

fn day(name: &str, schedule: &'static str) {
    let began = Instant::now();
    let (requests, changes) = run_with(Options::new(1).nodes(1), |sim| async move {
        let tick = cronjob("tick").schedule(schedule);
        sim.create(tick.forbid().runs_for(5)).await;
        sim.pass_secs(DAY_SECS).await;
        (sim.requests(), sim.changes())
    });
    println!("{name}-s {}", began.elapsed().as_secs_f64());
    println!("{name}-requests {requests}");
    println!("{name}-changes {changes}");
}
