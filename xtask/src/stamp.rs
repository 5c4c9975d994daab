//! Skips work whose inputs did not change.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

/// What a piece of work was made from.
#[derive(Default)]
pub struct Stamp(Sha256);

impl Stamp {
    /// A word that stands for how the work is done, e.g. a profile or the version of a tool.
    pub fn word(mut self, word: &str) -> Self {
        self.add(word.as_bytes());
        self
    }

    /// A file, or every file below a folder; what is not there counts as not there.
    pub fn path(mut self, path: &Path) -> Result<Self> {
        for file in files(path)? {
            let bytes = fs::read(&file).with_context(|| format!("reading {}", file.display()))?;
            self.add(file.to_string_lossy().as_bytes());
            self.add(&bytes);
        }
        Ok(self)
    }

    fn add(&mut self, bytes: &[u8]) {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }

    /// The digest in hexadecimal.
    pub fn hex(self) -> String {
        hex(&self.0.finalize())
    }
}

/// Bytes in hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Every file below a folder (or the file itself), in a fixed order.
pub fn files(path: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    if path.is_file() {
        found.push(path.to_owned());
    } else if path.is_dir() {
        for entry in fs::read_dir(path).with_context(|| format!("reading {}", path.display()))? {
            found.extend(files(&entry?.path())?);
        }
        found.sort();
    }
    Ok(found)
}
