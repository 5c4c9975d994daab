//! The `orrery` binary.

use std::process::ExitCode;

use clap::Parser;
use mimalloc::MiMalloc;
use orrery_server::args::Cli;

/// A third of a write's work is small pieces of memory, taken and given back on many threads.
#[global_allocator]
static MEMORY: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    // A pod's init and the built-in images are this very program again. Before anything else: they
    // must not inherit threads, and they are no commands for people.
    if let Some(code) = orrery_server::pods::reexecuted() {
        return code;
    }
    orrery_server::memory::huge_pages(false);
    orrery_server::commands::run(Cli::parse().command())
}
