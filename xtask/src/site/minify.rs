//! esbuild: half off the script, a fifth off the style sheet, when it is to be had.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use super::npm::Package;
use crate::shell::{program, run, say, target};

const ESBUILD: Package = Package {
    name: "esbuild",
    version: "0.28.2",
    program: "esbuild",
};

/// An esbuild that can be used.
pub struct Minifier {
    program: PathBuf,
}

/// npm's esbuild, or none.
pub fn find() -> Option<Minifier> {
    match ESBUILD.fetch() {
        Ok(program) => Some(Minifier { program }),
        Err(error) => {
            say(format!(
                "doing without esbuild ({error:#}): script and style sheet are as written"
            ));
            None
        }
    }
}

impl Minifier {
    /// What it is, for those who ask whether its output is still current.
    pub fn version() -> &'static str {
        ESBUILD.version
    }

    /// The same text, shorter; of what it exports the names stay. `ending` says what it is: `js`, `css`.
    pub fn shorten(&self, ending: &str, text: &str) -> Result<String> {
        let (from, to) = (
            target().join(format!("orrery.{ending}")),
            target().join(format!("orrery.min.{ending}")),
        );
        fs::write(&from, text)?;
        run(program(&self.program)
            .arg(&from)
            .args(["--minify", "--log-level=warning", "--allow-overwrite"])
            .arg(format!("--outfile={}", to.display())))?;
        fs::read_to_string(&to).context("esbuild wrote nothing")
    }
}
