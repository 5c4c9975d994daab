//! The transcripts of `tests/transcripts`, each on a cluster of its own, by the newest kubectl that they
//! were checked with; one of them by every kubectl there is. `ORRERY_TRANSCRIPT=apply` plays one alone,
//! `ORRERY_EVERY_KUBECTL=1` plays all of them by all that they have marks for.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use futures::{StreamExt, TryStreamExt, stream};
use orrery_tests::Orrery;
use orrery_tests::kubectls::{self, Binary};
use orrery_tests::transcript::{self, Step};
use tokio::process::Command;

/// Longer than any command takes, its own `--timeout` included; a hang becomes a failure.
const LONGEST: Duration = Duration::from_secs(100);
/// What kubectl itself says changes with its version: the expectations were checked with this one, and
/// marks say what is known of others. A newer one plays only what every version plays.
const CHECKED_MINOR: u32 = 36;
/// The oldest that they were checked with.
const OLDEST_MINOR: u32 = 33;
/// Played by every version: they meet discovery, validation, tables and errors in every one's way.
const EVERY_VERSION: &str = "every-version";
/// Commands wait for the cluster most of the time, so that a few more than there are cores go well.
const AT_ONCE: usize = 4;

#[tokio::test]
async fn transcripts_of_every_kubectl() -> Result<()> {
    let binaries = kubectls::find().await?;
    if binaries.is_empty() {
        eprintln!("SKIPPED: the transcripts: no kubectl on PATH");
        return Ok(());
    }
    let checked = binaries.iter().rfind(|b| b.minor <= CHECKED_MINOR);
    let only = std::env::var("ORRERY_TRANSCRIPT").ok();
    let all = std::env::var_os("ORRERY_EVERY_KUBECTL").is_some();
    let mut plays = Vec::new();
    for file in files()? {
        let name = file.file_stem().and_then(|stem| stem.to_str());
        let name = name.context("transcripts have plain names")?;
        if only.as_deref().is_some_and(|only| only != name) {
            continue;
        }
        let chosen: Vec<&Binary> = match name {
            EVERY_VERSION => binaries.iter().collect(),
            _ if all => binaries
                .iter()
                .filter(|b| b.minor >= OLDEST_MINOR)
                .collect(),
            _ => checked.into_iter().collect(),
        };
        let chosen = chosen.into_iter().cloned();
        plays.extend(chosen.map(|binary| (file.clone(), binary)));
    }
    ensure!(!plays.is_empty(), "no transcript of that name");
    let failures: Vec<Option<String>> = stream::iter(plays)
        .map(|(file, binary)| async move { play(&file, &binary).await })
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
    let failures: Vec<String> = failures.into_iter().flatten().collect();
    if !failures.is_empty() {
        bail!("{}", failures.join("\n"));
    }
    Ok(())
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("transcripts")
}

fn files() -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder())?.collect::<Result<Vec<_>, _>>()?;
    let paths = entries.into_iter().map(|entry| entry.path());
    let mut files: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|end| end == "txt"))
        .collect();
    files.sort();
    Ok(files)
}

/// Plays a transcript; answers its differences. After one the rest would mean little.
async fn play(file: &Path, binary: &Binary) -> Result<Option<String>> {
    let text = std::fs::read_to_string(file)?;
    let steps = transcript::read(&text, binary.minor)
        .with_context(|| format!("reading {}", file.display()))?;
    let orrery = Orrery::start().await?;
    let shell = Shell::beside(&orrery, binary)?;
    let mut difference = None;
    for step in &steps {
        let (printed, exit) = shell.run(step).await?;
        if let Err(shown) = transcript::compare(step, &printed, exit) {
            difference = Some(format!(
                "{} by kubectl 1.{}, {shown}",
                file.display(),
                binary.minor
            ));
            break;
        }
    }
    orrery.stop().await?;
    Ok(difference)
}

/// Where commands run: the manifests at hand, this kubectl first on the path, a home of its own.
struct Shell {
    home: tempfile::TempDir,
    kubeconfig: PathBuf,
    path: std::ffi::OsString,
}

impl Shell {
    fn beside(orrery: &Orrery, binary: &Binary) -> Result<Self> {
        let home = tempfile::Builder::new().prefix("orrery-home").tempdir()?;
        let bin = home.path().join("bin");
        binary.link_into(&bin)?;
        let mut path = bin.into_os_string();
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap_or_default());
        std::os::unix::fs::symlink(folder().join("files"), home.path().join("files"))?;
        Ok(Self {
            kubeconfig: orrery.kubeconfig(),
            home,
            path,
        })
    }

    /// Both streams as one, and the exit code.
    async fn run(&self, step: &Step) -> Result<(String, i32)> {
        let child = Command::new("sh")
            .arg("-c")
            .arg(format!("exec 2>&1\n{}", step.command))
            .current_dir(self.home.path())
            .env("PATH", &self.path)
            .env("HOME", self.home.path())
            .env("KUBECONFIG", &self.kubeconfig)
            .env("TZ", "UTC")
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("a shell starts")?;
        let ended = tokio::time::timeout(LONGEST, child.wait_with_output()).await;
        let output = ended.with_context(|| format!("it ends: {}", step.command))??;
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        Ok((printed, output.status.code().unwrap_or(-1)))
    }
}
