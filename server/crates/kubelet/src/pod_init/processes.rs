//! Finding processes by what marks them, where no PID namespace holds them together.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, getpid};

/// A process can fork while it is looked for, so look again; each round kills all that it finds, and
/// what is dead forks no more.
const ROUNDS: usize = 50;

/// Kills all processes whose environment holds `mark`, and the descendants of `root`.
pub fn kill_marked(mark: &str, root: Option<Pid>) {
    rounds(|parents| {
        let mut found: Vec<Pid> = parents
            .keys()
            .copied()
            .filter(|pid| is_marked(*pid, mark))
            .collect();
        if let Some(root) = root {
            found.extend(
                parents
                    .keys()
                    .copied()
                    .filter(|pid| descends(*pid, root, parents)),
            );
        }
        found
    });
}

/// Limits the memory of all processes whose environment holds `mark`, and of the descendants of `root`.
/// A limit is inherited, so a round that finds nobody new has found all.
pub fn limit_marked(mark: &str, root: Pid, bytes: Option<u64>) {
    let mut limited = BTreeSet::new();
    for _ in 0..ROUNDS {
        let parents = parents();
        let ours = |pid: &Pid| is_marked(*pid, mark) || descends(*pid, root, &parents);
        let found = parents.keys().copied().filter(ours);
        let new: Vec<Pid> = found.filter(|pid| limited.insert(*pid)).collect();
        if new.is_empty() {
            return;
        }
        for pid in new {
            // one that has ended meanwhile needs none
            let _ = crate::sys::limit_data(pid, bytes);
        }
    }
}

/// Kills a command with all that it started: its session and its descendants. They are stopped first: a parent that dies
/// before its children are found leaves them to init, and nothing tells whose they were.
pub fn kill_session(leader: Pid) {
    let mut stopped = BTreeSet::new();
    for _ in 0..ROUNDS {
        let parents = parents();
        let ours = |pid: &Pid| session_of(*pid) == Some(leader) || descends(*pid, leader, &parents);
        let found = parents.keys().copied().filter(ours);
        let new: Vec<Pid> = found
            .filter(|pid| *pid != getpid() && !stopped.contains(pid))
            .collect();
        if new.is_empty() {
            break;
        }
        for pid in new {
            let _ = kill(pid, Signal::SIGSTOP);
            stopped.insert(pid);
        }
    }
    for pid in stopped {
        let _ = kill(pid, Signal::SIGKILL);
    }
}

/// Kills all descendants of this process.
pub fn kill_descendants() {
    let own = getpid();
    rounds(|parents| {
        parents
            .keys()
            .copied()
            .filter(|pid| *pid != own && descends(*pid, own, parents))
            .collect()
    });
}

fn rounds(find: impl Fn(&BTreeMap<Pid, Pid>) -> Vec<Pid>) {
    for _ in 0..ROUNDS {
        let found = find(&parents());
        if found.is_empty() {
            return;
        }
        for pid in found.into_iter().filter(|pid| *pid != getpid()) {
            let _ = kill(pid, Signal::SIGKILL);
        }
    }
}

/// Every live process with its parent; zombies are dead already.
fn parents() -> BTreeMap<Pid, Pid> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter_map(parent_of)
        .collect()
}

fn parent_of(pid: i32) -> Option<(Pid, Pid)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name may hold anything, so read behind its closing parenthesis: state, then the parent.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?;
    let parent = fields.next()?.parse().ok()?;
    (!matches!(state, "Z" | "X")).then_some((Pid::from_raw(pid), Pid::from_raw(parent)))
}

fn session_of(pid: Pid) -> Option<Pid> {
    nix::unistd::getsid(Some(pid)).ok()
}

fn descends(mut pid: Pid, root: Pid, parents: &BTreeMap<Pid, Pid>) -> bool {
    for _ in 0..parents.len() {
        if pid == root {
            return true;
        }
        match parents.get(&pid) {
            Some(parent) => pid = *parent,
            None => return false,
        }
    }
    false
}

/// A pod's mark is how those of its containers begin; a container's is its own alone, whose name may be how another's
/// begins.
fn is_marked(pid: Pid, mark: &str) -> bool {
    let is_it = |rest: String| rest.is_empty() || mark.ends_with('/');
    marked(pid.as_raw(), mark).is_some_and(is_it)
}

/// What stands behind `mark` in a process' environment.
pub fn marked(pid: i32, mark: &str) -> Option<String> {
    let environment = fs::read(format!("/proc/{pid}/environ")).ok()?;
    let mut entries = environment.split(|byte| *byte == 0);
    let rest = entries.find_map(|entry| entry.strip_prefix(mark.as_bytes()))?;
    Some(String::from_utf8_lossy(rest).into_owned())
}
