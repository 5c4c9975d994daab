//! Probes and hooks against real processes.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::pod::Pod;
use crate::pod_init::proto::{Report, Start};
use crate::runtime::{ProbeAction, ProbeResult};

/// The head of an HTTP answer is enough.
const ANSWER_BYTES: usize = 4096;

pub async fn probe(
    pod: Option<Arc<Pod>>,
    container: String,
    action: ProbeAction,
    timeout: Duration,
) -> ProbeResult {
    let outcome = async {
        match action {
            ProbeAction::Exec(argv) => exec(pod, container, argv).await,
            ProbeAction::Tcp { host, port } => {
                let connected = TcpStream::connect((host.as_str(), port)).await;
                connected
                    .map(drop)
                    .map_err(|error| format!("dial tcp {host}:{port}: {error}"))
            }
            ProbeAction::Http { tls: true, .. } => {
                Err("HTTPS probes are not supported by the embedded engine".to_owned())
            }
            ProbeAction::Http {
                host,
                port,
                path,
                headers,
                ..
            } => http(&host, port, &path, &headers).await,
        }
    };
    let limit = tokio::time::timeout(timeout, outcome).await;
    limit.unwrap_or_else(|_| Err(format!("timed out after {}s", timeout.as_secs())))
}

async fn exec(pod: Option<Arc<Pod>>, container: String, argv: Vec<String>) -> ProbeResult {
    let pod = pod.ok_or("the pod is not running")?;
    let start = Start {
        argv,
        ..pod.template(&container)
    };
    match pod.run(&container, start).await {
        Some(Report::Exited { code: 0, .. }) => Ok(()),
        Some(Report::Exited { output, .. }) => Err(output.trim_end().to_owned()),
        Some(Report::Refused { message, .. }) => Err(message),
        _ => Err("the pod is not running".to_owned()),
    }
}

async fn http(host: &str, port: u16, path: &str, headers: &[(String, String)]) -> ProbeResult {
    let url = format!("http://{host}:{port}{path}");
    let failed = |error: std::io::Error| format!("Get {url:?}: {error}");
    let mut stream = TcpStream::connect((host, port)).await.map_err(failed)?;
    let named = headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("host"));
    let host_line = if named {
        String::new()
    } else {
        format!("Host: {host}:{port}\r\n")
    };
    let own: String = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let request = format!(
        "GET {path} HTTP/1.1\r\n{host_line}User-Agent: kube-probe/1.36\r\nAccept: */*\r\nConnection: close\r\n{own}\r\n"
    );
    stream.write_all(request.as_bytes()).await.map_err(failed)?;
    let mut answer = vec![0; ANSWER_BYTES];
    let count = stream.read(&mut answer).await.map_err(failed)?;
    let head = String::from_utf8_lossy(&answer[..count]);
    let status = head
        .split_whitespace()
        .nth(1)
        .and_then(|code| code.parse::<u16>().ok());
    match status {
        Some(200..=399) => Ok(()),
        Some(code) => Err(format!("HTTP probe failed with statuscode: {code}")),
        None => Err(format!("Get {url:?}: malformed HTTP response")),
    }
}
