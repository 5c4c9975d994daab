//! A day of a minutely CronJob on the simulated clock, timed. Prints `name value` lines for `cargo xtask
//! bench`.
#![allow(clippy::disallowed_methods)] // measures real time

use std::time::Instant;

use orrery_sim::{Options, cronjob, run_with};

/// As the server.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

const DAY_SECS: u64 = 24 * 3600;

fn main() {
    let began = Instant::now();
    let (requests, changes) = run_with(Options::new(1).nodes(1), |sim| async move {
        sim.create(cronjob("tick").every_minute().forbid().runs_for(5))
            .await;
        sim.pass_secs(DAY_SECS).await;
        (sim.requests(), sim.changes())
    });
    println!("day-s {}", began.elapsed().as_secs_f64());
    println!("day-requests {requests}");
    println!("day-changes {changes}");
}
