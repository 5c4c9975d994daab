//! `cargo xtask test`.

use std::process::Command;

use anyhow::{Result, bail};
use clap::Args;

use crate::browser;
use crate::shell::{cargo, find, in_ci, run, say, target};
use crate::site::{self, Profile};

/// What `cargo test` shall do besides.
#[derive(Args)]
pub struct TestArgs {
    /// Further arguments of `cargo test`.
    #[arg(last = true)]
    cargo: Vec<String>,
}

/// Runs every test there is.
pub fn test(args: TestArgs) -> Result<()> {
    crate::lint::lint()?;
    let browser = browser::ensure()?;
    check_kubectl()?;
    let site = site::build(Profile::Dev)?;

    // One build for the binary that the whole-system tests start and for the tests themselves, so that
    // they share every dependency.
    say("building the server and its tests");
    run(rooms(&mut cargo(), "build")
        .args(["--bins", "--tests"])
        .env(crate::build::SITE_ENV, &site))?;

    say("running the tests");
    // xtask is tested apart: with the other rooms its dependencies would be compiled a second time
    // with their features.
    let tools = run(cargo().args(["test", "--package", "xtask"]));
    let all = run(rooms(&mut cargo(), "test")
        .arg("--no-fail-fast")
        .args(args.cargo)
        .env(crate::build::SITE_ENV, &site)
        .env("ORRERY_BIN", target().join("debug/orrery"))
        .env("ORRERY_CHROMIUM", &browser.chromium)
        .env("ORRERY_CHROMEDRIVER", &browser.chromedriver));
    all.and(tools)
}

/// Every room but two: `frontend` is the browser's half, whose features must not meet the server's.
fn rooms<'a>(cargo: &'a mut Command, verb: &str) -> &'a mut Command {
    cargo.arg(verb).args([
        "--workspace",
        "--exclude",
        "orrery-frontend",
        "--exclude",
        "xtask",
    ])
}

/// The walk with kubectl needs one; Orrery has no other use for it.
fn check_kubectl() -> Result<()> {
    const HINT: &str = "get one from your distribution (`kubernetes-client` on Debian) or from kubernetes.io/docs/tasks/tools";
    match find(&["kubectl"]) {
        Some(_) => Ok(()),
        None if in_ci() => {
            bail!("there is no kubectl on PATH, and the walk with it must run here; {HINT}")
        }
        None => {
            say(format!(
                "SKIPPED: the walk with kubectl, as there is none on PATH; {HINT}"
            ));
            Ok(())
        }
    }
}
