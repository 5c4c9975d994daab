//! The kubectl on this machine, against one Orrery.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// Longer than any command of a walk takes; a hang becomes a failure.
const LONGEST: Duration = Duration::from_secs(150);

/// Runs commands with one kubeconfig and a cache of its own.
pub struct Kubectl {
    program: PathBuf,
    kubeconfig: PathBuf,
}

impl Kubectl {
    /// `None` where there is none, said aloud; under CI that is an error.
    pub fn find(kubeconfig: &Path) -> Result<Option<Self>> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut places = std::env::split_paths(&path).map(|folder| folder.join("kubectl"));
        if let Some(program) = places.find(|place| place.is_file()) {
            let kubeconfig = kubeconfig.to_owned();
            return Ok(Some(Self {
                program,
                kubeconfig,
            }));
        }
        let hint = "no kubectl on PATH; Debian's kubernetes-client has one, or kubernetes.io/docs/tasks/tools";
        if std::env::var_os("CI").is_some() {
            bail!("{hint}");
        }
        eprintln!("SKIPPED: the walk with kubectl: {hint}");
        Ok(None)
    }

    /// A command of one's own, whose words are its words, spaces and all.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        self.environment(&mut command);
        command
    }

    /// Where it is.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// Has a kubectl below `command` use the same kubeconfig and cache.
    pub fn environment(&self, command: &mut Command) {
        let cache = self.kubeconfig.with_file_name("kubectl-cache");
        command
            .env("KUBECONFIG", &self.kubeconfig)
            .env("KUBECACHEDIR", cache);
    }

    /// Runs `kubectl <words>`; answers what it printed, or fails with what it complained of.
    pub async fn run(&self, words: &str) -> Result<String> {
        self.run_with(words, "").await
    }

    /// The same with `input` on standard input.
    pub async fn run_with(&self, words: &str, input: &str) -> Result<String> {
        let output = self.output(words, input).await?;
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        let stderr = String::from_utf8_lossy(&output.stderr);
        if !output.status.success() {
            bail!("kubectl {words}: {stderr}{stdout}");
        }
        Ok(stdout)
    }

    /// Runs a command that must fail; answers its complaint.
    pub async fn refused(&self, words: &str, input: &str) -> Result<String> {
        let output = self.output(words, input).await?;
        if output.status.success() {
            bail!("kubectl {words} was expected to fail");
        }
        Ok(String::from_utf8_lossy(&output.stderr).into_owned())
    }

    async fn output(&self, words: &str, input: &str) -> Result<Output> {
        let mut command = self.command();
        command.args(words.split_whitespace());
        output(command, input).await
    }
}

/// Runs a command to its end, with `input` on standard input.
pub async fn output(mut command: Command, input: &str) -> Result<Output> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let mut stdin = child.stdin.take().context("its input is piped")?;
    stdin.write_all(input.as_bytes()).await?;
    drop(stdin);
    let ended = tokio::time::timeout(LONGEST, child.wait_with_output()).await;
    Ok(ended.with_context(|| format!("{command:?} ends"))??)
}
