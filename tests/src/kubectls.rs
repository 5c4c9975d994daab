//! The kubectl binaries on this machine: several versions may stand side by side.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tokio::process::Command;

/// A folder of kubectl binaries, by whatever names, looked through before `PATH`.
const FOLDER: &str = "ORRERY_KUBECTLS";

/// One kubectl.
#[derive(Clone, Debug)]
pub struct Binary {
    pub path: PathBuf,
    /// Of version 1.33.
    pub minor: u32,
}

/// One binary of each minor version, oldest first: `kubectl`, `kubectl-1.33` or `kubectl.1.33` in the
/// folder that `ORRERY_KUBECTLS` names, on `PATH`, or beside what a `kubectl` on `PATH` is a link to.
///
/// # Errors
/// When there is none and this is CI, which must not pass without.
pub async fn find() -> Result<Vec<Binary>> {
    let mut found: BTreeMap<u32, Binary> = BTreeMap::new();
    for path in folders().iter().flat_map(|folder| named_kubectl(folder)) {
        let Some(binary) = Binary::ask(path).await else {
            continue;
        };
        found.entry(binary.minor).or_insert(binary);
    }
    if found.is_empty() && std::env::var_os("CI").is_some() {
        bail!(
            "no kubectl on PATH; Debian's kubernetes-client has one, or kubernetes.io/docs/tasks/tools"
        );
    }
    Ok(found.into_values().collect())
}

fn folders() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<_> = std::env::var_os(FOLDER)
        .map(PathBuf::from)
        .into_iter()
        .chain(std::env::split_paths(&path))
        .collect();
    let links = folders.iter().filter_map(|folder| {
        let linked = folder.join("kubectl").canonicalize().ok()?;
        linked.parent().map(Path::to_owned)
    });
    folders.extend(links.collect::<Vec<_>>());
    folders
}

/// What is called kubectl there, plain or with a version.
fn named_kubectl(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<_> = entries
        .map(|entry| entry.path())
        .filter(|path| {
            let name = path.file_name().and_then(|name| name.to_str());
            let rest = name.and_then(|name| name.strip_prefix("kubectl"));
            rest.is_some_and(|rest| {
                rest.is_empty()
                    || rest
                        .strip_prefix(['-', '.'])
                        .is_some_and(|version| version.starts_with("1."))
            })
        })
        .collect();
    paths.sort();
    paths
}

impl Binary {
    /// `None` for what does not run, and for wrappers that pick another binary by the server's version.
    async fn ask(path: PathBuf) -> Option<Self> {
        let command = ["version", "--client", "--output=json"];
        let output = Command::new(&path).args(command).output().await.ok()?;
        let said: Value = serde_json::from_slice(&output.stdout).ok()?;
        let version = said["clientVersion"]["gitVersion"].as_str()?;
        if version.contains("dispatcher") {
            return None;
        }
        let minor = version.strip_prefix("v1.")?.split('.').next()?;
        Some(Self {
            minor: minor.parse().ok()?,
            path,
        })
    }

    /// A folder that holds nothing but this binary, called `kubectl`.
    ///
    /// # Errors
    /// When the link cannot be made.
    pub fn link_into(&self, folder: &Path) -> Result<()> {
        std::fs::create_dir_all(folder)?;
        std::os::unix::fs::symlink(&self.path, folder.join("kubectl"))
            .context("a link to the kubectl under test")
    }
}
