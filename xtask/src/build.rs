//! The server, with the page inside.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::shell::{cargo, run, say, target};
use crate::site::{self, Profile};

/// Names the folder of the built page to `server/build.rs`, which embeds it.
pub const SITE_ENV: &str = "ORRERY_SITE";

/// Builds `target/release/orrery` and everything inside it.
pub fn release() -> Result<PathBuf> {
    let binary = server(Profile::Release, &site::build(Profile::Release)?)?;
    say(format!("built {}", binary.display()));
    Ok(binary)
}

/// Builds the server around a page. Apart from the page: cargo would unify the features of the
/// two, and the browser would get the server's half.
pub fn server(profile: Profile, site: &Path) -> Result<PathBuf> {
    let (cargo_profile, folder) = match profile {
        Profile::Dev => ("dev", "debug"),
        Profile::Release => ("release", "release"),
    };
    say(format!("building the server ({cargo_profile})"));
    run(cargo()
        .args([
            "build",
            "--package",
            "orrery-server",
            "--profile",
            cargo_profile,
        ])
        .env(SITE_ENV, site))?;
    Ok(target().join(folder).join("orrery"))
}
