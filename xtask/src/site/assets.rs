//! The finished files and the manifest that `server/build.rs` embeds them by.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::wasm::Page;
use super::{Profile, compress};
use crate::shell::root;
use crate::stamp::{files, hex};

/// Half of a digest: no two builds ever share it by accident.
const HASH_LETTERS: usize = 16;

/// A file of the page.
struct Asset {
    /// Beside the manifest, and below `/` in the browser.
    path: PathBuf,
    bytes: Vec<u8>,
    /// Its name changes with its content, so that it may be cached for ever.
    hashed: bool,
}

/// Writes every file, its compressed forms and the manifest.
///
/// Script, module and style sheet carry one hash over all three: Leptos derives their names from one
/// output name.
pub fn write(folder: &Path, page: Page, css: String, profile: Profile) -> Result<()> {
    let mut digest = Sha256::new();
    for part in [page.js.as_bytes(), &page.wasm, css.as_bytes()] {
        digest.update(part);
    }
    for (_, bytes) in &page.snippets {
        digest.update(bytes);
    }
    let hash = &hex(&digest.finalize())[..HASH_LETTERS];
    let output = format!("orrery-{hash}");
    let named = |name: String, bytes| Asset {
        path: Path::new("pkg").join(name),
        bytes,
        hashed: true,
    };
    let mut assets = vec![
        named(format!("{output}.js"), page.js.into_bytes()),
        named(format!("{output}_bg.wasm"), page.wasm),
        named(format!("{output}.css"), css.into_bytes()),
    ];
    // wasm-bindgen names their folders itself and the script imports them by those names
    assets.extend(page.snippets.into_iter().map(|(path, bytes)| Asset {
        path: Path::new("pkg").join(path),
        bytes,
        hashed: false,
    }));
    assets.extend(public()?);

    let entries = assets
        .iter()
        .map(|asset| store(folder, asset, profile))
        .collect::<Result<Vec<_>>>()?;
    let manifest = json!({ "output": output, "profile": profile.name(), "assets": entries });
    fs::write(
        folder.join("manifest.json"),
        serde_json::to_vec_pretty(&manifest)?,
    )?;
    Ok(())
}

fn public() -> Result<Vec<Asset>> {
    let folder = root().join("public");
    files(&folder)?
        .into_iter()
        .map(|file| {
            let path = file
                .strip_prefix(&folder)
                .expect("it was found there")
                .to_owned();
            Ok(Asset {
                path,
                bytes: fs::read(&file)?,
                hashed: false,
            })
        })
        .collect()
}

fn store(folder: &Path, asset: &Asset, profile: Profile) -> Result<Value> {
    let file = folder.join(&asset.path);
    if let Some(parent) = file.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(&file, &asset.bytes)?;
    // compressing takes longer than a test on loopback gains by it
    let forms = match profile {
        Profile::Dev => Vec::new(),
        Profile::Release => compress::forms(&file, &asset.bytes)?,
    };
    let mut entry =
        json!({ "path": asset.path, "hashed": asset.hashed, "bytes": asset.bytes.len() });
    for (ending, bytes) in forms {
        let mut name = file.clone().into_os_string();
        name.push(".");
        name.push(ending);
        entry[ending] = bytes.len().into();
        fs::write(name, bytes)?;
    }
    Ok(entry)
}
