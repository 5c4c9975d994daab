//! A running Orrery of one's own: free ports, a folder that goes with it.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// A debug build starts in well under a second; a busy machine may take longer.
const READY: Duration = Duration::from_secs(60);
/// What the command line promises for a clean stop.
const STOP: Duration = Duration::from_secs(5);

/// The process and where it listens. Killed when dropped.
pub struct Orrery {
    child: Child,
    dir: TempDir,
    endpoints: Value,
    start: Start,
}

/// How it is started, each time anew.
#[derive(Default)]
struct Start {
    /// Whose cluster the page is over, where it is not its own.
    attached: Option<PathBuf>,
    /// The page changes nothing.
    read_only: bool,
}

fn folder() -> Result<TempDir> {
    Ok(tempfile::Builder::new().prefix("orrery-walk").tempdir()?)
}

impl Orrery {
    /// The binary under test, which `cargo xtask test` names.
    pub fn binary() -> Result<PathBuf> {
        let named = std::env::var_os("ORRERY_BIN").map(PathBuf::from);
        named.context("ORRERY_BIN names no binary: run these tests with `cargo xtask test`")
    }

    pub async fn start() -> Result<Self> {
        Self::start_in(folder()?, Start::default()).await
    }

    /// With a page that changes nothing of its cluster.
    pub async fn read_only() -> Result<Self> {
        let start = Start {
            read_only: true,
            ..Start::default()
        };
        Self::start_in(folder()?, start).await
    }

    /// A page of its own process over this one's cluster, as the cluster's administrator.
    pub async fn attach(&self) -> Result<Self> {
        Self::attached(self.kubeconfig()).await
    }

    /// A page over the cluster of a kubeconfig.
    pub async fn attached(kubeconfig: PathBuf) -> Result<Self> {
        let start = Start {
            attached: Some(kubeconfig),
            ..Start::default()
        };
        Self::start_in(folder()?, start).await
    }

    async fn start_in(dir: TempDir, start: Start) -> Result<Self> {
        let anywhere = ["127.0.0.1:0"; 2].map(String::from);
        let (child, endpoints) = spawn(dir.path(), &start, anywhere).await?;
        Ok(Self {
            child,
            endpoints,
            dir,
            start,
        })
    }

    /// `page`, `signIn` or `api`.
    pub fn endpoint(&self, name: &str) -> &str {
        self.endpoints[name].as_str().unwrap_or_default()
    }

    /// For the cluster that the page is over.
    pub fn kubeconfig(&self) -> PathBuf {
        match &self.start.attached {
            Some(other) => other.clone(),
            None => self.dir.path().join("kubeconfig"),
        }
    }

    /// A kubeconfig of who may look only.
    pub async fn viewer_kubeconfig(&self) -> Result<PathBuf> {
        let mut command = Command::new(Self::binary()?);
        let printed = command
            .args(["kubeconfig", "--viewer", "--data-dir"])
            .arg(self.dir.path())
            .output()
            .await?;
        let path = self.dir.path().join("viewer-kubeconfig");
        std::fs::write(&path, printed.stdout)?;
        Ok(path)
    }

    /// A fresh sign-in link.
    pub async fn sign_in_link(&self) -> Result<String> {
        sign_in_link(self.dir.path()).await
    }

    /// Kills it as a power cut does, and starts it again on the same folder.
    pub async fn kill_and_restart(mut self) -> Result<Self> {
        self.child.kill().await?;
        Self::start_in(self.dir, self.start).await
    }

    /// Kills it as a power cut does.
    pub async fn kill(&mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }

    /// Starts it again on the same folder and ports, once it was killed.
    pub async fn start_again(&mut self) -> Result<()> {
        let place = |name| {
            let url: url::Url = self.endpoint(name).parse()?;
            let port = url.port().context("a port of its own")?;
            anyhow::Ok(format!("127.0.0.1:{port}"))
        };
        let page = place("page")?;
        let api = match self.start.attached {
            Some(_) => String::new(),
            None => place("api")?,
        };
        let places = [page, api];
        (self.child, self.endpoints) = spawn(self.dir.path(), &self.start, places).await?;
        Ok(())
    }

    /// Stops it where it stands (`STOP`), or lets it go on (`CONT`): a laptop that sleeps.
    pub async fn signal(&self, name: &str) -> Result<()> {
        let pid = self.child.id().context("it runs")?.to_string();
        let status = Command::new("kill")
            .args([&format!("-{name}"), &pid])
            .status();
        anyhow::ensure!(status.await?.success(), "{name} is a signal");
        Ok(())
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

/// A fresh sign-in link for the Orrery on a data folder, as `orrery sign-in` prints it.
pub async fn sign_in_link(data_dir: &Path) -> Result<String> {
    let mut command = Command::new(Orrery::binary()?);
    command.args(["sign-in", "--data-dir"]).arg(data_dir);
    let printed = String::from_utf8(command.output().await?.stdout)?;
    let mut words = printed.split_whitespace();
    let link = words.find(|word| word.starts_with("http://"));
    Ok(link.context("sign-in prints a link")?.to_owned())
}

/// Starts the binary and waits until it says that it is ready.
async fn spawn(dir: &Path, start: &Start, [page, api]: [String; 2]) -> Result<(Child, Value)> {
    let mut command = Command::new(Orrery::binary()?);
    command.args(["serve", "--listen", &page, "--data-dir"]);
    command.arg(dir);
    match &start.attached {
        Some(kubeconfig) => command.arg("--kubeconfig").arg(kubeconfig),
        None => command.args(["--api-listen", &api]),
    };
    if start.read_only {
        command.arg("--read-only");
    }
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .context("the binary starts")?;
    let stdout = child.stdout.take().context("its output is piped")?;
    let mut lines = BufReader::new(stdout).lines();
    let ready = async {
        while let Some(line) = lines.next_line().await? {
            // the last line of what is announced
            if line.contains("  kubectl  ") || line.contains("  cluster  ") {
                return Ok(());
            }
        }
        bail!("Orrery ended before it was ready")
    };
    tokio::time::timeout(READY, ready)
        .await
        .context("Orrery becomes ready")??;
    let endpoints = std::fs::read(dir.join("endpoints.json"))?;
    Ok((child, serde_json::from_slice(&endpoints)?))
}
