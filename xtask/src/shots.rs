//! `cargo xtask shots`.

use anyhow::Result;

use crate::shell::{cargo, program, run, say, target};
use crate::site::{self, Profile};
use crate::{browser, build};

/// Takes the README's picture and those of every page: light, dark, narrow, Korean.
pub fn shots() -> Result<()> {
    let browser = browser::ensure()?;
    let binary = build::server(Profile::Dev, &site::build(Profile::Dev)?)?;
    run(cargo().args(["build", "--package", "orrery-tests", "--bin", "screenshots"]))?;
    say("taking the pictures");
    run(program(target().join("debug/screenshots"))
        .env("ORRERY_BIN", binary)
        .env("ORRERY_CHROMIUM", &browser.chromium)
        .env("ORRERY_CHROMEDRIVER", &browser.chromedriver))
}
