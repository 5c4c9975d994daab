//! wasm-opt: a third off the module, when a current one is to be had.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use super::npm::Package;
use crate::shell::{find as on_path, output, program, run, say, target};

const BINARYEN: Package = Package {
    name: "binaryen",
    version: "132.0.0",
    program: "wasm-opt",
};

/// What is called from one place stays a function: put into its callers, like code is no longer alike, and compresses worse.
const FLAGS: [&str; 5] = [
    "-Oz",
    "--converge",
    "--one-caller-inline-max-function-size=10",
    "--strip-producers",
    "--strip-target-features",
];

/// The oldest version that reads what today's wasm-bindgen writes (Debian's 108 does not).
const OLDEST: u32 = 119;

/// A wasm-opt that can be used.
pub struct Optimiser {
    pub version: String,
    program: PathBuf,
}

/// npm's binaryen, put into the target folder; else a current wasm-opt on PATH; else none.
pub fn find() -> Option<Optimiser> {
    match BINARYEN.fetch().and_then(checked) {
        Ok(found) => return Some(found),
        Err(error) => say(format!("npm's binaryen cannot be had ({error:#})")),
    }
    let found = on_path(&["wasm-opt"]).and_then(|program| checked(program).ok());
    if found.is_none() {
        say(
            "doing without wasm-opt: the page loads about a third more (with npm on the machine it is fetched by itself)",
        );
    }
    found
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
            .args(FLAGS)
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
