//! What memory the process holds: the parts of its own program that nothing uses are let go.
//!
//! A start touches most of the program once, and the kernel keeps mapped what was touched: 39 of the 49 MB
//! of an idle Orrery were its own code. What is let go stays in the machine's file cache; touching it
//! again costs a page fault without reading the disk.
//!
//! The only unsafe code of this room: `madvise` of mappings that are never unmapped and never written.
#![allow(unsafe_code)]

use std::ffi::c_void;
use std::path::Path;
use std::ptr::NonNull;
use std::time::Duration;

use nix::sys::mman::{MmapAdvise, madvise};

/// A heartbeat touches a third of the program in an instant, and is over.
const EVERY: Duration = Duration::from_secs(1);
/// What is in use all the time is less. To map it again takes a tenth of a millisecond.
const MOST_KB: u64 = 12_000;

/// Lets the program's unused pages go for as long as it is polled.
pub async fn let_go_of_unused() {
    let (Ok(program), Ok(smaps)) = (
        std::env::current_exe(),
        std::fs::read_to_string("/proc/self/smaps"),
    ) else {
        return;
    };
    let mappings: Vec<_> = unwritten(&smaps, &program).collect();
    loop {
        tokio::time::sleep(EVERY).await;
        if resident_file_kb().is_some_and(|kb| kb > MOST_KB) {
            mappings.iter().for_each(release);
        }
    }
}

/// How much of files is mapped and in memory.
fn resident_file_kb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("RssFile:"));
    line?.split_whitespace().next()?.parse().ok()
}

/// Whether memory may come in pages of 2 MB: without them a third of reading a large store is page faults, with them
/// an idle Orrery would fill a third of each.
pub fn huge_pages(wanted: bool) {
    // a kernel without them has nothing to refuse
    let _ = nix::sys::prctl::set_thp_disable(!wanted);
}

/// Where a file is mapped.
#[derive(Debug, PartialEq)]
struct Mapping {
    start: usize,
    end: usize,
}

/// The program's private mappings that cannot be written and of which no page was (the loader writes
/// addresses into some before it protects them: those pages differ from the file).
fn unwritten(smaps: &str, program: &Path) -> impl Iterator<Item = Mapping> {
    let mut found = Vec::new();
    let mut candidate = None;
    for line in smaps.lines() {
        let mut words = line.split_ascii_whitespace();
        match (words.next(), words.next()) {
            (Some("Anonymous:"), Some("0")) => found.extend(candidate.take()),
            (Some("Anonymous:"), _) => candidate = None,
            (Some(addresses), Some("r--p" | "r-xp")) => {
                let file = line.find('/').map(|at| Path::new(&line[at..]));
                candidate = mapping(addresses).filter(|_| file == Some(program));
            }
            (Some(addresses), Some(_)) if mapping(addresses).is_some() => candidate = None,
            _ => {}
        }
    }
    found.into_iter()
}

/// Of `start-end`, in hexadecimal.
fn mapping(addresses: &str) -> Option<Mapping> {
    let (start, end) = addresses.split_once('-')?;
    let number = |text| usize::from_str_radix(text, 16).ok();
    Some(Mapping {
        start: number(start)?,
        end: number(end)?,
    })
}

fn release(&Mapping { start, end }: &Mapping) {
    let Some(address) = NonNull::new(start as *mut c_void) else {
        return;
    };
    // SAFETY: the program's own segments stay mapped for as long as it runs, and pages that were never
    // written are read again from the file that they came from.
    if let Err(error) = unsafe { madvise(address, end - start, MmapAdvise::MADV_DONTNEED) } {
        tracing::debug!(%error, "the program's unused pages stay in memory");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMAPS: &str = "\
55d0c0000000-55d0c1000000 r--p 00000000 fe:00 123                        /my programs/orrery
Size:              16384 kB
Anonymous:             0 kB
VmFlags: rd mr mw me sd
55d0c1000000-55d0c4000000 r-xp 01000000 fe:00 123                        /my programs/orrery
Anonymous:             0 kB
55d0c4000000-55d0c4100000 r--p 04000000 fe:00 123                        /my programs/orrery
Anonymous:           724 kB
55d0c4100000-55d0c4110000 rw-p 04100000 fe:00 123                        /my programs/orrery
Anonymous:             0 kB
7f0000000000-7f0000100000 r-xp 00000000 fe:00 99                         /usr/lib/libc.so.6
Anonymous:             0 kB
7f0000200000-7f0000300000 r--p 00000000 00:00 0
Anonymous:             0 kB
";

    #[test]
    fn only_what_was_never_written_of_the_program_itself_is_let_go() {
        let found: Vec<_> = unwritten(SMAPS, Path::new("/my programs/orrery")).collect();
        let mapping = |start, end| Mapping { start, end };
        assert_eq!(
            found,
            [
                mapping(0x55d0_c000_0000, 0x55d0_c100_0000),
                mapping(0x55d0_c100_0000, 0x55d0_c400_0000),
            ]
        );
    }

    #[test]
    fn a_program_runs_on_without_what_it_let_go() {
        let smaps = std::fs::read_to_string("/proc/self/smaps").expect("Linux tells");
        let program = std::env::current_exe().expect("a test has a file");
        let mappings: Vec<_> = unwritten(&smaps, &program).collect();
        assert!(!mappings.is_empty(), "{smaps}");
        let resident = || resident_file_kb().expect("Linux tells");
        let before = resident();
        mappings.iter().for_each(release);
        let after = resident();
        assert!(after < before, "{before} kB, then {after} kB");
    }
}
