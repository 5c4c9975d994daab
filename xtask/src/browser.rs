//! The browser of the browser tests: found, or installed where that is possible.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::shell::{find, output, program, run, say};

/// Chromium and the driver that belongs to it.
pub struct Browser {
    pub chromium: PathBuf,
    pub chromedriver: PathBuf,
}

const CHROMIUMS: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// Gives the browser; its absence is a failure, never a skipped test.
pub fn ensure() -> Result<Browser> {
    if let Some(browser) = found() {
        return Ok(browser);
    }
    install().context(
        "the browser tests need Chromium and chromedriver on PATH; install both (`apt-get install chromium chromium-driver` on Debian)",
    )?;
    found().context("Chromium was installed, yet is not on PATH")
}

fn found() -> Option<Browser> {
    Some(Browser {
        chromium: find(&CHROMIUMS)?,
        chromedriver: find(&["chromedriver"])?,
    })
}

fn install() -> Result<()> {
    if find(&["apt-get"]).is_none() {
        bail!("there is no apt-get here to install them with");
    }
    let sudo = !is_root()?;
    if sudo && (find(&["sudo"]).is_none() || run(program("sudo").args(["-n", "true"])).is_err()) {
        bail!("installing them needs root, or sudo without a password");
    }
    say("installing Chromium and chromedriver for the browser tests (apt-get)");
    apt(sudo, &["update"])?;
    apt(
        sudo,
        &[
            "install",
            "--yes",
            "--no-install-recommends",
            "chromium",
            "chromium-driver",
        ],
    )
}

fn apt(sudo: bool, args: &[&str]) -> Result<()> {
    let mut command = if sudo {
        let mut command = program("sudo");
        command.args(["-n", "apt-get"]);
        command
    } else {
        program("apt-get")
    };
    run(command.args(args).env("DEBIAN_FRONTEND", "noninteractive"))
}

fn is_root() -> Result<bool> {
    Ok(output(program("id").arg("-u"))?.trim() == "0")
}
