//! What the kernel knows of this process, as Prometheus' clients tell it. Where it says nothing, neither
//! does this.

use std::fs;

use orrery_apiserver::{Exposition, MetricKind};

/// The kernel counts in hundredths of a second for programs (`USER_HZ`), however it counts itself.
const TICKS_PER_SEC: f64 = 100.0;

/// Writes down what is known.
pub fn tell(metrics: &mut Exposition) {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let (stat, status) = (read("/proc/self/stat"), read("/proc/self/status"));
    let (limits, machine) = (read("/proc/self/limits"), read("/proc/stat"));
    let fds = fs::read_dir("/proc/self/fd").ok();
    let rows = [
        (
            "process_cpu_seconds_total",
            MetricKind::Counter,
            "Total user and system CPU time spent in seconds.",
            cpu_secs(&stat),
        ),
        (
            "process_max_fds",
            MetricKind::Gauge,
            "Maximum number of open file descriptors.",
            max_fds(&limits),
        ),
        (
            "process_open_fds",
            MetricKind::Gauge,
            "Number of open file descriptors.",
            fds.map(|fds| fds.count() as f64),
        ),
        (
            "process_resident_memory_bytes",
            MetricKind::Gauge,
            "Resident memory size in bytes.",
            kilobytes(&status, "VmRSS:"),
        ),
        (
            "process_start_time_seconds",
            MetricKind::Gauge,
            "Start time of the process since unix epoch in seconds.",
            started_at(&stat, &machine),
        ),
        (
            "process_virtual_memory_bytes",
            MetricKind::Gauge,
            "Virtual memory size in bytes.",
            kilobytes(&status, "VmSize:"),
        ),
    ];
    for (name, kind, help, value) in rows {
        if let Some(value) = value {
            metrics.single(name, kind, help, value);
        }
    }
}

/// Field `number` of `/proc/self/stat`, counted from 1 as proc(5) does. The second, the program's name in
/// brackets, may hold spaces.
fn field(stat: &str, number: usize) -> Option<f64> {
    let (_, behind_name) = stat.rsplit_once(") ")?;
    behind_name.split_whitespace().nth(number - 3)?.parse().ok()
}

fn cpu_secs(stat: &str) -> Option<f64> {
    Some((field(stat, 14)? + field(stat, 15)?) / TICKS_PER_SEC)
}

/// The kernel tells it from when the machine started.
fn started_at(stat: &str, machine: &str) -> Option<f64> {
    let booted = machine.lines().find_map(|line| line.strip_prefix("btime "));
    let booted: f64 = booted?.trim().parse().ok()?;
    Some(booted + field(stat, 22)? / TICKS_PER_SEC)
}

fn kilobytes(status: &str, name: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kilobytes: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes * 1024.0)
}

/// The soft limit.
fn max_fds(limits: &str) -> Option<f64> {
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_words_are_read() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194560 1 0 0 0 250 50 0 0 20 0 9 0 1234 99 8 1";
        assert_eq!(cpu_secs(stat), Some(3.0));
        assert_eq!(
            started_at(stat, "cpu 1 2\nbtime 1800000000\n"),
            Some(1_800_000_012.34)
        );
        assert_eq!(
            kilobytes("VmSize:\t    10 kB\nVmRSS:\t     2 kB\n", "VmRSS:"),
            Some(2048.0)
        );
        let limits = "Max processes  1 2 processes\nMax open files            1024                 4096   files\n";
        assert_eq!(max_fds(limits), Some(1024.0));
        for unread in [
            cpu_secs(""),
            started_at("", ""),
            kilobytes("", "VmRSS:"),
            max_fds(""),
        ] {
            assert_eq!(unread, None);
        }
    }

    #[test]
    fn this_process_is_told_of() {
        let mut metrics = Exposition::default();
        tell(&mut metrics);
        let told = metrics.into_text();
        for name in [
            "cpu_seconds_total",
            "open_fds",
            "resident_memory_bytes",
            "start_time_seconds",
        ] {
            assert!(told.contains(&format!("\nprocess_{name} ")), "{told}");
        }
    }
}
