//! Embeds the page that `cargo xtask` built, so that Orrery is one file.
//!
//! `ORRERY_SITE` names the folder with its `manifest.json`. Without it (a plain `cargo check`) the
//! server has no page inside and says so to whoever asks for one.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest, Sha256};

fn main() {
    println!("cargo::rerun-if-env-changed=ORRERY_SITE");
    println!("cargo::rerun-if-changed=build.rs");
    let site = env::var_os("ORRERY_SITE").map(PathBuf::from);
    let table = match &site {
        Some(site) => table(site),
        None => {
            "pub static OUTPUT: &str = \"orrery\";\npub static ASSETS: &[Asset] = &[];\n".to_owned()
        }
    };
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it")).join("site.rs");
    fs::write(&out, table).expect("the build's own folder can be written");
}

/// The table of assets as Rust.
fn table(site: &Path) -> String {
    let manifest = site.join("manifest.json");
    println!("cargo::rerun-if-changed={}", manifest.display());
    let bytes =
        fs::read(&manifest).unwrap_or_else(|error| panic!("{}: {error}", manifest.display()));
    let manifest: Value = serde_json::from_slice(&bytes).expect("xtask wrote JSON");
    let mut rust = format!("pub static OUTPUT: &str = {};\n", manifest["output"]);
    rust.push_str("pub static ASSETS: &[Asset] = &[\n");
    for asset in manifest["assets"].as_array().expect("xtask wrote a list") {
        entry(&mut rust, site, asset);
    }
    rust.push_str("];\n");
    rust
}

fn entry(rust: &mut String, site: &Path, asset: &Value) {
    let path = asset["path"].as_str().expect("xtask wrote a path");
    let file = site.join(path);
    println!("cargo::rerun-if-changed={}", file.display());
    let bytes = fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let digest = Sha256::digest(&bytes);
    let tag: String = digest[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let form = |ending: &str| match asset[ending].is_null() {
        true => "None".to_owned(),
        false => format!(
            "Some(include_bytes!({:?}))",
            format!("{}.{ending}", file.display())
        ),
    };
    writeln!(
        rust,
        "Asset {{ path: {:?}, hashed: {}, tag: {:?}, plain: include_bytes!({:?}), brotli: {}, gzip: {} }},",
        format!("/{path}"),
        asset["hashed"],
        format!("\"{tag}\""),
        file.display().to_string(),
        form("br"),
        form("gz"),
    )
    .expect("writing to a string");
}
