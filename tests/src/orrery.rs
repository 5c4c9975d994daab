//! A running Orrery of one's own: free ports, a folder that goes with it.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// A debug build starts in well under a second; a busy machine may take longer.
const START: Duration = Duration::from_secs(60);
/// What the command line promises for a clean stop.
const STOP: Duration = Duration::from_secs(5);

/// The process and where it listens. Killed when dropped.
pub struct Orrery {
    child: Child,
    dir: TempDir,
    endpoints: Value,
}

impl Orrery {
    /// The binary under test, which `cargo xtask test` names.
    pub fn binary() -> Result<PathBuf> {
        let named = std::env::var_os("ORRERY_BIN").map(PathBuf::from);
        named.context("ORRERY_BIN names no binary: run these tests with `cargo xtask test`")
    }

    pub async fn start() -> Result<Self> {
        let dir = tempfile::Builder::new().prefix("orrery-walk").tempdir()?;
        Self::start_in(dir).await
    }

    async fn start_in(dir: TempDir) -> Result<Self> {
        let mut child = Command::new(Self::binary()?)
            .args([
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--api-listen",
                "127.0.0.1:0",
                "--data-dir",
            ])
            .arg(dir.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("the binary starts")?;
        let stdout = child.stdout.take().context("its output is piped")?;
        let mut lines = BufReader::new(stdout).lines();
        let ready = async {
            while let Some(line) = lines.next_line().await? {
                if line.contains("KUBECONFIG=") {
                    return Ok(());
                }
            }
            bail!("Orrery ended before it was ready")
        };
        tokio::time::timeout(START, ready)
            .await
            .context("Orrery becomes ready")??;
        let endpoints = std::fs::read(dir.path().join("endpoints.json"))?;
        Ok(Self {
            child,
            endpoints: serde_json::from_slice(&endpoints)?,
            dir,
        })
    }

    /// `page`, `signIn` or `api`.
    pub fn endpoint(&self, name: &str) -> &str {
        self.endpoints[name].as_str().unwrap_or_default()
    }

    pub fn kubeconfig(&self) -> PathBuf {
        self.dir.path().join("kubeconfig")
    }

    /// A fresh sign-in link, as `orrery sign-in` prints it.
    pub async fn sign_in_link(&self) -> Result<String> {
        let mut command = Command::new(Self::binary()?);
        let printed = command
            .args(["sign-in", "--data-dir"])
            .arg(self.dir.path())
            .output()
            .await?;
        let text = String::from_utf8(printed.stdout)?;
        let link = text
            .split_whitespace()
            .find(|word| word.starts_with("http://"));
        Ok(link.context("sign-in prints a link")?.to_owned())
    }

    /// Kills it as a power cut does, and starts it again on the same folder.
    pub async fn kill_and_restart(mut self) -> Result<Self> {
        self.child.kill().await?;
        Self::start_in(self.dir).await
    }

    /// Stops it as a service manager does; it must end by itself, in time and with success.
    pub async fn stop(mut self) -> Result<()> {
        let pid = self.child.id().context("it runs")?.to_string();
        Command::new("kill").args(["-TERM", &pid]).status().await?;
        let status = tokio::time::timeout(STOP, self.child.wait())
            .await
            .context("stops in time")??;
        if !status.success() {
            bail!("stopped with {status}");
        }
        Ok(())
    }
}
