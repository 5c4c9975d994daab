//! `frontend`, compiled and bound to JavaScript.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use super::Profile;
use crate::shell::{cargo, run, say, target};
use crate::toolchain::WASM;

/// What the browser runs.
pub struct Page {
    pub wasm: Vec<u8>,
    pub js: String,
    /// JavaScript that crates bring along, by path beside the JavaScript above.
    pub snippets: Vec<(PathBuf, Vec<u8>)>,
}

/// Compiles for the browser and gives the module.
pub fn compile(profile: Profile) -> Result<PathBuf> {
    let (cargo_profile, folder) = match profile {
        Profile::Dev => ("dev", "debug"),
        Profile::Release => ("wasm-release", "wasm-release"),
    };
    say(format!(
        "compiling the page for the browser ({cargo_profile})"
    ));
    let mut command = cargo();
    command.args([
        "build",
        "--package",
        "orrery-frontend",
        "--target",
        WASM,
        "--profile",
        cargo_profile,
    ]);
    if profile == Profile::Dev {
        // Unoptimised, a view's nested types make a module so large that the browser and wasm-bindgen
        // both take longer over it than this level costs the compiler. Set here, not in a profile of its
        // own: so the procedural macros are those of the server's build.
        command.env("CARGO_PROFILE_DEV_OPT_LEVEL", "1");
    }
    run(&mut command)?;
    Ok(target()
        .join(WASM)
        .join(folder)
        .join("orrery_frontend.wasm"))
}

/// Makes the module and the JavaScript that loads it. The version of wasm-bindgen here and in the
/// page is one, by Cargo.lock.
pub fn bind(module: &Path) -> Result<Page> {
    let out = target().join("bindgen");
    if out.exists() {
        fs::remove_dir_all(&out)?;
    }
    fs::create_dir_all(&out)?;
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(module)
        .out_name("orrery")
        .web(true)?
        .typescript(false)
        .keep_debug(false)
        .remove_name_section(false)
        .generate(&out)
        .with_context(|| format!("binding {}", module.display()))?;
    let mut page = Page {
        wasm: fs::read(out.join("orrery_bg.wasm")).context("wasm-bindgen made no module")?,
        js: fs::read_to_string(out.join("orrery.js")).context("wasm-bindgen made no JavaScript")?,
        snippets: Vec::new(),
    };
    for file in crate::stamp::files(&out.join("snippets"))? {
        let path = file
            .strip_prefix(&out)
            .expect("it was found there")
            .to_owned();
        page.snippets.push((path, fs::read(&file)?));
    }
    Ok(page)
}
