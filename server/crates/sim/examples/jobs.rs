//! What the control plane spends on Jobs: scripted pods that end at once, everything in one thread,
//! recorded and audited as in every simulation. Prints `name value` lines for `cargo xtask bench`.
#![allow(clippy::disallowed_methods)] // measures real time

use std::time::{Duration, Instant};

use orrery_sim::{job, run};

/// As the server.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Pods of each Job, and how many such Jobs at once.
const LOADS: [(i32, usize); 3] = [(1, 200), (10, 40), (100, 6)];
const ALONE: usize = 21;

fn main() {
    println!("job-ms {}", alone().as_secs_f64() * 1000.0);
    for (pods, count) in LOADS {
        let rate = count as f64 / together(pods, count).as_secs_f64();
        println!("jobs-of-{pods}-per-second {rate}");
    }
}

/// The median of Jobs that come one after another.
fn alone() -> Duration {
    run(1, |sim| async move {
        let mut times = Vec::new();
        for number in 0..ALONE {
            let name = format!("alone-{number}");
            let began = Instant::now();
            sim.create(job(&name).runs_for(0)).await;
            sim.until("it is complete", || sim.job_is(&name, "Complete"))
                .await;
            times.push(began.elapsed());
        }
        times.sort();
        times[ALONE / 2]
    })
}

fn together(pods: i32, count: usize) -> Duration {
    run(1, |sim| async move {
        let names: Vec<_> = (0..count).map(|number| format!("load-{number}")).collect();
        let began = Instant::now();
        for name in &names {
            sim.create(job(name).completions(pods).parallelism(pods).runs_for(0))
                .await;
        }
        for name in &names {
            sim.until("it is complete", || sim.job_is(name, "Complete"))
                .await;
        }
        began.elapsed()
    })
}
