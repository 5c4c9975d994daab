//! The page as files: wasm with its JavaScript, the style sheet, and what lies in `public/`.
//!
//! Each step is skipped when what it reads did not change, so that a test run that touches only the
//! server spends no second here.

mod assets;
mod compress;
mod minify;
mod npm;
mod optimise;
mod style;
mod trim;
mod wasm;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use self::minify::Minifier;
use crate::shell::{root, say, target};
use crate::stamp::Stamp;
use crate::toolchain;

/// For whom the page is built.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// For tests and `cargo xtask run`: quick to build.
    Dev,
    /// For everyone else: quick to load.
    Release,
}

impl Profile {
    fn name(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Release => "release",
        }
    }

    /// The folder of the finished page. The release's is where cargo-leptos would put it.
    fn folder(self) -> PathBuf {
        match self {
            Self::Dev => target().join("site-dev"),
            Self::Release => target().join("site"),
        }
    }
}

/// Builds the page, if need be, and gives its folder: a `manifest.json` and the files it names.
pub fn build(profile: Profile) -> Result<PathBuf> {
    toolchain::ensure_wasm()?;
    let module = wasm::compile(profile)?;
    let folder = profile.folder();
    let (optimiser, minifier) = match profile {
        Profile::Dev => (None, None),
        Profile::Release => (optimise::find(), minify::find()),
    };
    let inputs = Stamp::default()
        .word(profile.name())
        .word(
            optimiser
                .as_ref()
                .map_or("as compiled", |tool| &tool.version),
        )
        .word(
            minifier
                .as_ref()
                .map_or("as written", |_| Minifier::version()),
        )
        .path(&module)?
        .path(&root().join("xtask/src"))?
        .path(&root().join("app/src"))?
        .path(&root().join("style"))?
        .path(&root().join("public"))?
        .hex();
    let stamp = folder.join("stamp");
    if fs::read_to_string(&stamp).is_ok_and(|old| old == inputs) {
        return Ok(folder);
    }

    say(format!("making the page ({})", profile.name()));
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("clearing {}", folder.display()))?;
    }
    fs::create_dir_all(&folder)?;
    let mut page = wasm::bind(&module)?;
    let mut css = style::sheet(profile)?;
    if profile == Profile::Release {
        trim::trim(&mut page)?;
    }
    if let Some(tool) = optimiser {
        page.wasm = tool.shrink(page.wasm)?;
    }
    if let Some(tool) = minifier {
        page.js = tool.shorten("js", &page.js)?;
        css = tool.shorten("css", &css)?;
    }
    assets::write(&folder, page, css, profile)?;
    fs::write(&stamp, inputs)?;
    Ok(folder)
}
