//! wasm-opt: a third off the module, when a current one is to be had.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::shell::{find as on_path, output, program, run, say, target};

/// npm's package, pinned: its output is part of what we ship.
const BINARYEN: &str = "132.0.0";

/// The oldest version that reads what today's wasm-bindgen writes (Debian's 108 does not).
const OLDEST: u32 = 119;

/// A wasm-opt that can be used.
pub struct Optimiser {
    pub version: String,
    program: PathBuf,
}

/// npm's binaryen, put into the target folder; else a current wasm-opt on PATH; else none.
pub fn find() -> Result<Option<Optimiser>> {
    if let Some(npm) = on_path(&["npm"]) {
        match from_npm(npm) {
            Ok(found) => return Ok(Some(found)),
            Err(error) => say(format!("npm's binaryen cannot be had ({error:#})")),
        }
    }
    let found = on_path(&["wasm-opt"]).and_then(|program| checked(program).ok());
    if found.is_none() {
        say(
            "doing without wasm-opt: the page loads about a third more (with npm on the machine it is fetched by itself)",
        );
    }
    Ok(found)
}

fn from_npm(npm: PathBuf) -> Result<Optimiser> {
    let folder = target().join("tools").join(format!("binaryen-{BINARYEN}"));
    let tool = folder.join("node_modules/.bin/wasm-opt");
    if !tool.exists() {
        say(format!(
            "fetching wasm-opt (npm's binaryen {BINARYEN}, into target/tools)"
        ));
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
            .arg(format!("binaryen@{BINARYEN}")))?;
    }
    checked(tool)
}

fn checked(tool: PathBuf) -> Result<Optimiser> {
    let version = output(program(&tool).arg("--version"))?.trim().to_owned();
    let number = version
        .split_whitespace()
        .find_map(|word| word.parse::<u32>().ok());
    anyhow::ensure!(
        number.is_some_and(|number| number >= OLDEST),
        "{version} is too old, {OLDEST} is needed"
    );
    Ok(Optimiser {
        version,
        program: tool,
    })
}

impl Optimiser {
    /// The same module, smaller.
    pub fn shrink(&self, wasm: Vec<u8>) -> Result<Vec<u8>> {
        let (from, to) = (
            target().join("orrery.wasm"),
            target().join("orrery.opt.wasm"),
        );
        fs::write(&from, &wasm)?;
        say(format!("shrinking the page ({})", self.version));
        run(program(&self.program)
            .arg("-Oz")
            .arg(&from)
            .arg("--output")
            .arg(&to))?;
        let shrunk = fs::read(&to).context("wasm-opt wrote nothing")?;
        say(format!(
            "{} kB of wasm became {} kB",
            wasm.len() / 1000,
            shrunk.len() / 1000
        ));
        Ok(shrunk)
    }
}
