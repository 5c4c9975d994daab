//! The machine that all nodes stand on.

use std::fs;

use crate::node::object::Machine;

/// Reads what the kernel says; what it does not say has a harmless default.
pub fn machine() -> Machine {
    let text = |path: &str| {
        fs::read_to_string(path)
            .map(|text| text.trim().to_owned())
            .unwrap_or_default()
    };
    let cpus = std::thread::available_parallelism().map_or(1, |count| count.get());
    let memory = text("/proc/meminfo");
    let total_kib = memory.lines().find_map(|line| {
        line.strip_prefix("MemTotal:")?
            .trim()
            .strip_suffix(" kB")?
            .parse::<u64>()
            .ok()
    });
    let release = text("/etc/os-release");
    let pretty = release
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="));
    let disk = nix::sys::statvfs::statvfs("/").map(|disk| disk.blocks() * disk.fragment_size());
    Machine {
        cpus: u32::try_from(cpus).unwrap_or(u32::MAX),
        memory_bytes: total_kib.unwrap_or(0) * 1024,
        disk_bytes: disk.unwrap_or(0),
        kernel: text("/proc/sys/kernel/osrelease"),
        os_image: pretty
            .map(|name| name.trim_matches('"').to_owned())
            .unwrap_or_else(|| "Linux".to_owned()),
        machine_id: text("/etc/machine-id"),
        boot_id: text("/proc/sys/kernel/random/boot_id"),
        arch: match std::env::consts::ARCH {
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            other => other,
        }
        .to_owned(),
    }
}
