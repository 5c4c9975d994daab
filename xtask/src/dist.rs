//! `cargo xtask dist`: what a release offers for download.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::shell::{output, program, root, run, say, target};

/// Packs the release binary for the machine it was built on.
pub fn dist() -> Result<()> {
    let binary = crate::build::release()?;
    let name = format!("orrery-{}-{}", env!("CARGO_PKG_VERSION"), host()?);
    let folder = target().join("dist").join(&name);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    copy(&binary, &folder.join("orrery"))?;
    for file in ["LICENSE", "README.md"] {
        copy(&root().join(file), &folder.join(file))?;
    }
    let archive = target().join("dist").join(format!("{name}.tar.gz"));
    // owner and order are fixed, so that the same files make the same archive
    run(program("tar")
        .args([
            "--create",
            "--gzip",
            "--sort=name",
            "--owner=0",
            "--group=0",
            "--numeric-owner",
        ])
        .arg("--file")
        .arg(&archive)
        .arg("--directory")
        .arg(target().join("dist"))
        .arg(&name))?;
    say(format!("packed {}", archive.display()));
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to).with_context(|| format!("copying {}", from.display()))?;
    Ok(())
}

fn host() -> Result<String> {
    let version = output(program("rustc").arg("-vV"))?;
    version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .map(str::to_owned)
        .context("rustc does not say its host")
}
