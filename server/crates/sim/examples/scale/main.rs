//! Clusters far larger than a person makes by hand: do the controllers keep up, and does a Job cost the
//! same in a full cluster? Prints `name value` lines for `cargo xtask bench`; an argument names the only
//! one to play.
#![allow(clippy::disallowed_methods)] // measures real time

mod big_job;
mod crowd;
mod daemons;
mod growth;
mod rig;

use std::time::Instant;

type Play = (&'static str, fn());

const PLAYS: &[Play] = &[
    ("cronjobs-1000", || run(crowd::fire(1000))),
    ("cronjobs-5000", || run(crowd::fire(5000))),
    ("big-job-10000", || run(big_job::complete(10_000))),
    ("big-job-100000", || run(big_job::complete(100_000))),
    ("daemons-5000", || run(daemons::roll_out(5000))),
    ("growth-1000", || run(growth::jobs_among(1000))),
    ("growth-10000", || run(growth::jobs_among(10_000))),
    ("growth-100000", || run(growth::jobs_among(100_000))),
];

fn main() {
    let only = std::env::args().nth(1);
    for (name, play) in PLAYS {
        if only.as_deref().is_none_or(|only| only == *name) {
            let began = Instant::now();
            play();
            println!("{name}-took-s {:.1}", began.elapsed().as_secs_f64());
        }
    }
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
