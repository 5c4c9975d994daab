//! What the processes of containers use, read from `/proc` when somebody asks.

use std::collections::BTreeMap;
use std::fs;

use crate::pod_init::container_of_process;
use crate::runtime::Usage;
use crate::sys;

/// A tick of the kernel's interface, whatever the kernel's own pace.
const TICK_NANOS: u64 = 10_000_000;

/// A process as `/proc/<pid>/stat` has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Process {
    parent: i32,
    /// Its own, and those of the children that it has waited for.
    ticks: u64,
    resident_pages: u64,
}

/// What runs under each pod's init, by its number here.
pub fn usage(pods: &[(String, i32)]) -> Vec<Usage> {
    let table = table();
    let mut children: BTreeMap<i32, Vec<i32>> = BTreeMap::new();
    for (pid, process) in &table {
        children.entry(process.parent).or_default().push(*pid);
    }
    let page_bytes = sys::page_bytes();
    let mut used: BTreeMap<(String, String), (u64, u64)> = BTreeMap::new();
    for (pod_uid, init) in pods {
        // What a container leaves behind becomes the init's child, and still bears its mark.
        for top in children.get(init).into_iter().flatten() {
            let Some(container) = container_of_process(*top, pod_uid) else {
                continue;
            };
            let (ticks, pages) = total(*top, &children, &table);
            let sum = used.entry((pod_uid.clone(), container)).or_default();
            sum.0 += ticks * TICK_NANOS;
            sum.1 += pages * page_bytes;
        }
    }
    used.into_iter()
        .map(|((pod_uid, container), (cpu_nanos, memory_bytes))| Usage {
            pod_uid,
            container,
            cpu_nanos,
            memory_bytes,
        })
        .collect()
}

/// Of a process and all below it.
fn total(
    top: i32,
    children: &BTreeMap<i32, Vec<i32>>,
    table: &BTreeMap<i32, Process>,
) -> (u64, u64) {
    let (mut ticks, mut pages) = (0, 0);
    let mut waiting = vec![top];
    while let Some(pid) = waiting.pop() {
        if let Some(process) = table.get(&pid) {
            ticks += process.ticks;
            pages += process.resident_pages;
        }
        waiting.extend(children.get(&pid).into_iter().flatten());
    }
    (ticks, pages)
}

fn table() -> BTreeMap<i32, Process> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok())
        .filter_map(|pid| {
            let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
            Some((pid, parse(&stat)?))
        })
        .collect()
}

/// The name may hold anything, so fields are counted behind its closing parenthesis; see proc(5).
fn parse(stat: &str) -> Option<Process> {
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let number = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok());
    Some(Process {
        parent: fields.get(1)?.parse().ok()?,
        ticks: number(11)? + number(12)? + number(13)? + number(14)?,
        resident_pages: number(21)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_proc() {
        let stat = "42 (a) b) S 7 42 42 0 -1 4194560 100 0 0 0 11 2 30 4 20 0 1 0 5 4096000 250 18446744073709551615 1";
        let process = Process {
            parent: 7,
            ticks: 47,
            resident_pages: 250,
        };
        assert_eq!(parse(stat), Some(process));
        assert_eq!(parse("42 (sh) S 7"), None);
    }
}
