//! A pod's small init: forked from the same binary, executed again with `pod-init`. It lays out the mounts,
//! starts what it is told to, writes the logs, reaps, reports, and ends everything when its node agent goes.
//!
//! Absent on purpose: threads, an async runtime, and any decision about restarts.

mod ending;
mod last_words;
mod logfile;
mod mounts;
mod processes;
pub mod proto;
mod serve;
mod spawn;
mod start;
mod tap;
mod wire;
pub mod zygote;

pub(crate) use ending::{Ending, is_ending};
pub(crate) use last_words::end_of;
pub(crate) use logfile::ROTATED;
pub use mounts::{DATA_FOLDER, MEMORY, PODS, within_tmp};
pub use zygote::{ARGUMENT, main_if_asked};

/// Which container of that pod a process belongs to, by its mark.
pub fn container_of_process(pid: i32, pod_uid: &str) -> Option<String> {
    processes::marked(pid, &start::pod_mark(pod_uid))
}

/// Kills what is left of a pod after its init; nothing to do where a PID namespace held it.
pub fn sweep_pod(uid: &str, already_empty: bool) {
    if !already_empty {
        processes::kill_marked(&start::pod_mark(uid), None);
    }
}
