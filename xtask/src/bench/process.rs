//! What the process costs: until it is ready, and while nothing happens.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};

use super::orrery::Orrery;
use super::table::Row;

/// An odd number, so that there is a middle one; more would only take longer.
const STARTS: usize = 11;

/// Long enough for every periodic piece of work (heartbeats come each 10 s) to show.
const IDLE: Duration = Duration::from_secs(30);

/// Linux counts processor time in hundredths of a second on every machine we build for (`USER_HZ`).
const TICKS_PER_SECOND: f64 = 100.0;

/// The middle of several starts on an empty folder, and of restarts after `kill -9`.
pub fn start(binary: &Path) -> Result<Vec<Row>> {
    let mut first = Vec::new();
    let mut again = Vec::new();
    for _ in 0..STARTS {
        let orrery = Orrery::start(binary)?;
        first.push(orrery.ready_after);
        again.push(orrery.restart(binary)?.ready_after);
    }
    Ok(vec![
        Row {
            what: "start to ready, empty folder",
            aim: "60 ms",
            theirs: "2.2 s",
            value: millis(median(first)),
        },
        Row {
            what: "restart after kill -9, fresh cluster",
            aim: "",
            theirs: "",
            value: millis(median(again)),
        },
    ])
}

/// Memory and processor time of a cluster at rest.
pub fn idle(binary: &Path) -> Result<Vec<Row>> {
    let orrery = Orrery::start(binary)?;
    // what the start leaves behind (certificates, first syncs) is not idling
    std::thread::sleep(Duration::from_secs(5));
    let before = cpu_ticks(orrery.pid())?;
    std::thread::sleep(IDLE);
    let ticks = cpu_ticks(orrery.pid())? - before;
    let percent = ticks as f64 / TICKS_PER_SECOND / IDLE.as_secs_f64() * 100.0;
    let megabytes = |kib: u64| kib as f64 * 1024.0 / 1e6;
    let memory = megabytes(resident_kib(orrery.pid())?);
    let own = megabytes(kib(orrery.pid(), "RssAnon:")?);
    Ok(vec![
        Row {
            what: "idle memory, 3 nodes",
            aim: "24 MB",
            theirs: "477 MB",
            // the rest is the program's own file, which the machine takes back whenever it wants
            value: format!("{memory:.1} MB ({own:.1} MB without its program)"),
        },
        Row {
            what: "idle processor, 3 nodes",
            aim: "0.1 %",
            theirs: "1.9 %",
            value: format!("{percent:.2} % of one core"),
        },
    ])
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn millis(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

/// Memory that is in use of it now.
pub fn resident_kib(pid: u32) -> Result<u64> {
    kib(pid, "VmRSS:")
}

/// A figure of the process's status.
fn kib(pid: u32, name: &'static str) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|rest| rest.split_whitespace().next());
    let number = number.with_context(|| format!("the status has no {name}"))?;
    number.parse().context("the figure is no number")
}

fn cpu_ticks(pid: u32) -> Result<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // the name in parentheses may hold spaces; user and system time are the 12th and 13th field after it
    let (_, fields) = stat.rsplit_once(')').context("no process name")?;
    let mut times = fields.split_whitespace().skip(11).map(str::parse::<u64>);
    let mut next = || times.next().context("too few fields")?.context("no number");
    Ok(next()? + next()?)
}
