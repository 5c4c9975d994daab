//! What a first visit loads.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use super::table::Row;
use crate::shell::target;

/// Bytes of script, module and style sheet as a browser gets them, from the manifest of the build.
pub fn first_load(_binary: &Path) -> Result<Vec<Row>> {
    let manifest = fs::read(target().join("site/manifest.json"))?;
    let manifest: Value = serde_json::from_slice(&manifest)?;
    let assets = manifest["assets"]
        .as_array()
        .context("the manifest names no files")?;
    let sum = |form: &str| -> u64 {
        let hashed = assets.iter().filter(|asset| asset["hashed"] == true);
        hashed
            .map(|asset| {
                asset[form]
                    .as_u64()
                    .or(asset["bytes"].as_u64())
                    .unwrap_or(0)
            })
            .sum()
    };
    let kb = |bytes: u64| format!("{:.1} kB", bytes as f64 / 1000.0);
    let value = format!(
        "{} ({} gzip, {} unpacked)",
        kb(sum("br")),
        kb(sum("gz")),
        kb(sum("bytes"))
    );
    Ok(vec![Row {
        what: "first load, brotli: script, wasm, style",
        aim: "150 kB",
        theirs: "1,533 kB",
        value,
    }])
}
