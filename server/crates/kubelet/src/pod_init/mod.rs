//! A pod's small init: the same binary, executed again with `pod-init`. It lays out the mounts, starts
//! what it is told to, writes the logs, reaps, reports, and ends everything when its node agent goes.
//!
//! Absent on purpose: threads, an async runtime, and any decision about restarts.

mod logfile;
mod mounts;
mod processes;
pub mod proto;
mod serve;
mod start;
mod tap;
mod wire;

/// The hidden first argument.
pub const ARGUMENT: &str = "pod-init";

/// Runs the init when `args` (without the program's name) ask for it, and never returns then.
/// The first thing that the server's main calls, before it has any thread.
pub fn main_if_asked(args: &[String]) {
    if args.first().map(String::as_str) == Some(ARGUMENT) {
        std::process::exit(main());
    }
}

/// The init; answers its exit code.
pub fn main() -> i32 {
    if !crate::sys::has_init_socket() {
        eprintln!("pod-init is started by Orrery's node agents; it does nothing on its own");
        return 2;
    }
    serve::serve(crate::sys::init_socket())
}

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
