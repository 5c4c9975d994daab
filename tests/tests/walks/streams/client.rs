//! The Rust client: v5 channels for commands, the older channels for ports.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use k8s_openapi::api::core::v1::Pod;
use kube::api::AttachParams;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Api, Client, Config};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

pub async fn walk(kubeconfig: &Path) -> Result<()> {
    let file = Kubeconfig::read_from(kubeconfig)?;
    let config = Config::from_custom_kubeconfig(file, &KubeConfigOptions::default()).await?;
    let pods: Api<Pod> = Api::default_namespaced(Client::try_from(config)?);
    exec(&pods).await.context("exec")?;
    attach(&pods).await.context("attach")?;
    ports(&pods).await.context("ports")
}

async fn exec(pods: &Api<Pod>) -> Result<()> {
    let params = AttachParams::default().container("a").stdin(true);
    let mut process = pods
        .exec("two", ["sh", "-c", "cat; echo end; exit 7"], &params)
        .await?;
    let mut stdin = process.stdin().context("it was asked for")?;
    let mut stdout = process.stdout().context("it was asked for")?;
    let status = process.take_status().context("it is taken once")?;
    stdin.write_all(b"in\n").await?;
    stdin.shutdown().await?;
    drop(stdin);
    let mut printed = String::new();
    stdout.read_to_string(&mut printed).await?;
    ensure!(printed == "in\nend\n", "{printed:?}");
    let status = status.await.context("a command ends with a status")?;
    ensure!(
        status.reason.as_deref() == Some("NonZeroExitCode"),
        "{status:?}"
    );
    let causes = status.details.and_then(|d| d.causes).unwrap_or_default();
    ensure!(
        causes.len() == 1 && causes[0].message.as_deref() == Some("7"),
        "{causes:?}"
    );
    Ok(())
}

async fn attach(pods: &Api<Pod>) -> Result<()> {
    let params = AttachParams::default().container("c").stdin(true);
    let mut process = pods.attach("reads", &params).await?;
    let mut stdin = process.stdin().context("it was asked for")?;
    let mut stdout = process.stdout().context("it was asked for")?;
    stdin.write_all(b"from kube\n").await?;
    let mut line = [0; 14];
    stdout.read_exact(&mut line).await?;
    ensure!(&line == b"got from kube\n", "{line:?}");
    Ok(())
}

async fn ports(pods: &Api<Pod>) -> Result<()> {
    let mut forwarder = pods.portforward("web", &[18099, 18098]).await?;
    let mut stream = forwarder.take_stream(18099).context("it was asked for")?;
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n")
        .await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    ensure!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let error = forwarder.take_error(18098).context("it was asked for")?;
    let error = error.await.context("nobody listens there")?;
    ensure!(error.contains("error forwarding port 18098"), "{error}");
    Ok(())
}
