//! Programs of npm's, put into the target folder where npm is on the machine.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::shell::{find as on_path, program, run, say, target};

/// A package with a program.
pub struct Package {
    pub name: &'static str,
    /// Pinned: what it writes is part of what we ship.
    pub version: &'static str,
    pub program: &'static str,
}

impl Package {
    /// Where its program is; it is fetched when it is not there yet.
    pub fn fetch(&self) -> Result<PathBuf> {
        let npm = on_path(&["npm"]).context("npm is not on PATH")?;
        let named = format!("{}-{}", self.name, self.version);
        let folder = target().join("tools").join(&named);
        let tool = folder.join("node_modules/.bin").join(self.program);
        if !tool.exists() {
            say(format!("fetching {named} (from npm, into target/tools)"));
            fs::create_dir_all(&folder)?;
            run(program(npm)
                .args([
                    "install",
                    "--silent",
                    "--no-audit",
                    "--no-fund",
                    "--ignore-scripts",
                    "--prefix",
                ])
                .arg(&folder)
                .arg(format!("{}@{}", self.name, self.version)))?;
        }
        Ok(tool)
    }
}
