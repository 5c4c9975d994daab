//! Clusters far larger than a person makes by hand: do the controllers keep up, and does a Job cost the
//! same in a full cluster? Prints `name value` lines for `cargo xtask bench`; an argument names the only
//! one to play, such as `daemons-5000`.
#![allow(clippy::disallowed_methods)] // measures real time

mod big_job;
mod crowd;
mod daemons;
mod growth;
mod jobs;
mod rig;

use std::process::ExitCode;
use std::time::Instant;

/// As the server.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What is played when no argument says otherwise.
const PLAYS: &[&str] = &[
    "cronjobs-1000",
    "cronjobs-5000",
    "big-job-10000",
    "big-job-100000",
    "daemons-5000",
    "jobs-2000",
    "growth-1000",
    "growth-10000",
    "growth-100000",
];

fn main() -> ExitCode {
    let only = std::env::args().nth(1);
    let plays = only.as_deref().map_or(PLAYS.to_vec(), |only| vec![only]);
    for name in plays {
        let began = Instant::now();
        if play(name).is_none() {
            eprintln!("no such play: {name}; one is {}", PLAYS.join(", "));
            return ExitCode::FAILURE;
        }
        println!("{name}-took-s {:.1}", began.elapsed().as_secs_f64());
    }
    ExitCode::SUCCESS
}

/// Plays `KIND-SIZE`, of any size.
fn play(name: &str) -> Option<()> {
    let (kind, size) = name.rsplit_once('-')?;
    match kind {
        "cronjobs" => run(crowd::fire(size.parse().ok()?)),
        "big-job" => run(big_job::complete(size.parse().ok()?)),
        "daemons" => run(daemons::roll_out(size.parse().ok()?)),
        "jobs" => run(jobs::complete(size.parse().ok()?)),
        "growth" => run(growth::jobs_among(size.parse().ok()?)),
        _ => return None,
    }
    Some(())
}

/// As the server: a worker thread for each processor.
fn run(play: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_time()
        .build()
        .expect("a runtime without IO takes nothing from the machine");
    runtime.block_on(play);
}

/// The value below which `share` of the ascending values lie.
fn quantile(ascending: &[f64], share: f64) -> f64 {
    let last = ascending.len().saturating_sub(1);
    let rank = (last as f64 * share).round() as usize;
    ascending.get(rank).copied().unwrap_or_default()
}

/// Processor time of this process so far, in seconds.
fn cpu_secs() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    let ticks = fields.split_whitespace().skip(11).take(2);
    let ticks: u64 = ticks.filter_map(|field| field.parse::<u64>().ok()).sum();
    ticks as f64 / 100.0
}

/// Memory of this process, in millions of bytes.
fn resident_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
    kib.unwrap_or_default() * 1024.0 / 1e6
}
