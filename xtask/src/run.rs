//! `cargo xtask run`.

use anyhow::Result;
use clap::Args;

use crate::site::{self, Profile};
use crate::{build, shell};

/// How to run.
#[derive(Args)]
pub struct RunArgs {
    /// Builds for speed rather than for a quick first start.
    #[arg(long)]
    release: bool,
    /// Arguments of `orrery` itself.
    #[arg(last = true)]
    orrery: Vec<String>,
}

/// Builds and starts Orrery. Unoptimised unless told otherwise: with link-time optimisation a first
/// build takes several times as long, and a page on one's own machine does not show the difference.
pub fn run(args: RunArgs) -> Result<()> {
    let profile = if args.release {
        Profile::Release
    } else {
        Profile::Dev
    };
    let binary = build::server(profile, &site::build(profile)?)?;
    shell::say(format!("starting {}; Ctrl-C stops it", binary.display()));
    exec(shell::program(binary).args(args.orrery))
}

/// Becomes the server, so that signals reach it and its exit code is ours.
#[cfg(unix)]
fn exec(command: &mut std::process::Command) -> Result<()> {
    use std::os::unix::process::CommandExt;
    Err(anyhow::Error::from(command.exec()).context("Orrery cannot be started"))
}

#[cfg(not(unix))]
fn exec(command: &mut std::process::Command) -> Result<()> {
    shell::run(command)
}
