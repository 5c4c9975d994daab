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
        huge_pages: huge_pages(),
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

/// The sizes for which the kernel has a folder: `hugepages-2048kB`.
fn huge_pages() -> Vec<u64> {
    let folders = fs::read_dir("/sys/kernel/mm/hugepages");
    let names = folders.into_iter().flatten().flatten();
    let names = names.filter_map(|folder| folder.file_name().into_string().ok());
    names.filter_map(|name| huge_page_size(&name)).collect()
}

fn huge_page_size(folder: &str) -> Option<u64> {
    let kib = folder.strip_prefix("hugepages-")?.strip_suffix("kB")?;
    kib.parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::huge_page_size;

    #[test]
    fn the_size_of_huge_pages_is_their_folders_name() {
        assert_eq!(huge_page_size("hugepages-2048kB"), Some(2 << 20));
        assert_eq!(huge_page_size("hugepages-1048576kB"), Some(1 << 30));
        assert_eq!(huge_page_size("hugepages-xkB"), None);
        assert_eq!(huge_page_size("others"), None);
    }
}
