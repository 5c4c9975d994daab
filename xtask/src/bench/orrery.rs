//! A running Orrery to measure, in a folder of its own on ports of its own.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// Longer than any start takes that is not a fault.
const PATIENCE: Duration = Duration::from_secs(60);

/// Started, and stopped when dropped.
pub struct Orrery {
    child: Child,
    dir: PathBuf,
    /// From the start of the process to its first answer that it is ready.
    pub ready_after: Duration,
}

impl Orrery {
    /// Starts on an empty folder and waits until it is ready.
    pub fn start(binary: &Path) -> Result<Self> {
        Self::start_on(binary, fresh()?, None)
    }

    /// The page alone, over this one's cluster.
    pub fn attach(&self, binary: &Path) -> Result<Self> {
        let kubeconfig = self.dir.join("kubeconfig");
        Self::start_on(binary, fresh()?, Some(&kubeconfig))
    }

    fn start_on(binary: &Path, dir: PathBuf, over: Option<&Path>) -> Result<Self> {
        let endpoints = dir.join("endpoints.json");
        let _ = fs::remove_file(&endpoints);
        let began = Instant::now();
        let mut command = Command::new(binary);
        command.args(["--listen", "127.0.0.1:0", "--log", "warn", "--data-dir"]);
        match over {
            Some(kubeconfig) => command.arg(&dir).arg("--kubeconfig").arg(kubeconfig),
            None => command.arg(&dir).args(["--api-listen", "127.0.0.1:0"]),
        };
        let child = command
            .stdout(Stdio::null())
            .spawn()
            .context("the release binary cannot be started")?;
        let mut orrery = Self {
            child,
            dir,
            ready_after: Duration::ZERO,
        };
        while !orrery.is_ready(&endpoints) {
            if began.elapsed() > PATIENCE || orrery.child.try_wait()?.is_some() {
                bail!("Orrery did not become ready");
            }
            // a fiftieth of the bar of 60 ms: fine enough not to matter
            std::thread::sleep(Duration::from_millis(1));
        }
        orrery.ready_after = began.elapsed();
        Ok(orrery)
    }

    fn is_ready(&self, endpoints: &Path) -> bool {
        let Ok(bytes) = fs::read(endpoints) else {
            return false;
        };
        let Ok(endpoints) = serde_json::from_slice::<Value>(&bytes) else {
            return false;
        };
        let page = endpoints["page"].as_str().unwrap_or_default();
        let address = page.trim_start_matches("http://").trim_end_matches('/');
        get(address, "/readyz").is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
    }

    /// Ends it as a power cut would, and starts it on what is there.
    pub fn restart(mut self, binary: &Path) -> Result<Self> {
        self.child.kill()?;
        self.child.wait()?;
        let dir = self.dir.clone();
        drop(self);
        Self::start_on(binary, dir, None)
    }

    /// Its data folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

/// An empty folder that no other had before. None is removed before [`clear`]: a file system that has just lost
/// thousands of files is slow to make new ones.
fn fresh() -> Result<PathBuf> {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let dir = folders().join(number.to_string());
    if dir.exists() {
        fs::remove_dir_all(&dir)?;
    }
    fs::create_dir_all(&dir)?;
    Ok(dir)
}

/// Removes the folders of all that were measured.
pub fn clear() -> Result<()> {
    let folders = folders();
    if folders.exists() {
        fs::remove_dir_all(folders)?;
    }
    Ok(())
}

fn folders() -> PathBuf {
    crate::shell::target().join("bench")
}

impl Drop for Orrery {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            let pid = self.child.id().to_string();
            let _ = Command::new("kill").arg(pid).status();
            let _ = self.child.wait();
        }
    }
}

fn get(address: &str, path: &str) -> Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
