//! Probes and hooks against real processes.

use std::io::{Error, ErrorKind};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

use super::pod::Pod;
use super::{grpc, tls};
use crate::decide::short;
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
    let asked = action.clone();
    let outcome = async {
        match action {
            ProbeAction::Exec(argv) => exec(pod, container, argv).await,
            ProbeAction::Tcp { host, port } => {
                let connected = TcpStream::connect((host.as_str(), port)).await;
                connected
                    .map(drop)
                    .map_err(|error| undialed(&host, port, &error))
            }
            ProbeAction::Http {
                host,
                port,
                path,
                headers,
                tls,
            } => http(&host, port, &path, &headers, tls).await,
            ProbeAction::Grpc {
                host,
                port,
                service,
            } => grpc::check(&host, port, &service).await,
        }
    };
    let limit = tokio::time::timeout(timeout, outcome).await;
    limit.unwrap_or_else(|_| Err(too_late(&asked, timeout)))
}

/// Upstream's words for a probe that did not answer in time.
fn too_late(action: &ProbeAction, timeout: Duration) -> String {
    let limit = short(i64::try_from(timeout.as_secs()).unwrap_or(i64::MAX));
    match action {
        ProbeAction::Exec(argv) => {
            format!(
                "command timed out: {:?} timed out after {limit}",
                argv.join(" ")
            )
        }
        ProbeAction::Http {
            host,
            port,
            path,
            tls,
            ..
        } => {
            let url = url(host, *port, path, *tls);
            format!(
                "Get {url:?}: context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
            )
        }
        ProbeAction::Tcp { host, port } => format!("dial tcp {host}:{port}: i/o timeout"),
        ProbeAction::Grpc { host, port, .. } => {
            let address = format!("{host}:{port}");
            format!(
                "timeout: failed to connect service {address:?} within {limit}: context deadline exceeded"
            )
        }
    }
}

/// Go's words for a connection that was not made.
fn undialed(host: &str, port: u16, error: &Error) -> String {
    let why = match error.kind() {
        ErrorKind::ConnectionRefused => "connect: connection refused".to_owned(),
        ErrorKind::HostUnreachable => "connect: no route to host".to_owned(),
        ErrorKind::NetworkUnreachable => "connect: network is unreachable".to_owned(),
        ErrorKind::TimedOut => "connect: connection timed out".to_owned(),
        _ => error.to_string(),
    };
    format!("dial tcp {host}:{port}: {why}")
}

fn url(host: &str, port: u16, path: &str, tls: bool) -> String {
    let scheme = if tls { "https" } else { "http" };
    format!("{scheme}://{host}:{port}{path}")
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

async fn http(
    host: &str,
    port: u16,
    path: &str,
    headers: &[(String, String)],
    tls: bool,
) -> ProbeResult {
    let url = url(host, port, path, tls);
    let failed = |error: Error| format!("Get {url:?}: {error}");
    let request = request(host, port, path, headers);
    let stream = TcpStream::connect((host, port)).await;
    let stream =
        stream.map_err(|error| format!("Get {url:?}: {}", undialed(host, port, &error)))?;
    let head = match tls {
        true => {
            let stream = tls::connect(stream, host).await.map_err(failed)?;
            exchange(stream, &request).await
        }
        false => exchange(stream, &request).await,
    };
    let head = head.map_err(failed)?;
    let mut words = head.split_whitespace();
    match words.nth(1).and_then(|code| code.parse::<u16>().ok()) {
        Some(200..=399) => Ok(()),
        Some(code) => Err(format!("HTTP probe failed with statuscode: {code}")),
        None if head.is_empty() => Err(format!("Get {url:?}: EOF")),
        None => Err(format!("Get {url:?}: malformed HTTP response")),
    }
}

fn request(host: &str, port: u16, path: &str, headers: &[(String, String)]) -> String {
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
    format!(
        "GET {path} HTTP/1.1\r\n{host_line}User-Agent: kube-probe/1.36\r\nAccept: */*\r\nConnection: close\r\n{own}\r\n"
    )
}

/// The beginning of the answer, its first line at least, in however many pieces that comes.
async fn exchange(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    request: &str,
) -> Result<String, Error> {
    stream.write_all(request.as_bytes()).await?;
    stream.flush().await?;
    let mut answer = Vec::with_capacity(ANSWER_BYTES);
    let mut stream = stream.take(ANSWER_BYTES as u64);
    while !answer.contains(&b'\n') && stream.read_buf(&mut answer).await? > 0 {}
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, HeaderValue, Request, Response};
    use http_body_util::{BodyExt, Full};
    use hyper::body::Incoming;
    use hyper::server::conn::http2;
    use hyper::service::service_fn;
    use hyper_util::rt::{TokioExecutor, TokioIo};
    use tokio::net::TcpListener;

    use super::*;

    async fn ask(action: ProbeAction) -> ProbeResult {
        probe(None, "c".into(), action, Duration::from_secs(5)).await
    }

    #[tokio::test]
    async fn https_asks_whoever_answers() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let acceptor = tls::tests::acceptor();
        tokio::spawn(async move {
            for code in [200, 500] {
                let (stream, _) = listener.accept().await.expect("a connection");
                let mut stream = acceptor.accept(stream).await.expect("TLS");
                let mut head = [0; ANSWER_BYTES];
                let count = stream.read(&mut head).await.expect("a request");
                assert!(head[..count].starts_with(b"GET / HTTP/1.1\r\n"));
                let answer = format!("HTTP/1.1 {code} x\r\n\r\n");
                stream.write_all(answer.as_bytes()).await.expect("sent");
                stream.shutdown().await.expect("closed");
            }
        });
        let get = || ProbeAction::Http {
            host: "127.0.0.1".into(),
            port,
            path: "/".into(),
            headers: Vec::new(),
            tls: true,
        };
        assert_eq!(ask(get()).await, Ok(()));
        let failed = Err("HTTP probe failed with statuscode: 500".to_owned());
        assert_eq!(ask(get()).await, failed);
        assert!(ask(get()).await.is_err(), "nobody listens any more");
    }

    #[tokio::test]
    async fn an_answer_may_come_in_pieces() {
        // so many bytes at a time
        let (ours, mut theirs) = tokio::io::duplex(4);
        let served = tokio::spawn(async move {
            let mut asked = [0; 3];
            theirs.read_exact(&mut asked).await.expect("a request");
            let answered = theirs.write_all(b"HTTP/1.1 204 x\r\n").await;
            answered.expect("sent");
        });
        let head = exchange(ours, "GET").await.expect("an answer");
        assert_eq!(head, "HTTP/1.1 204 x\r\n");
        served.await.expect("all was read");
    }

    #[tokio::test]
    async fn what_goes_wrong_is_told_in_upstreams_words() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let host = || "127.0.0.1".to_owned();
        let get = || ProbeAction::Http {
            host: host(),
            port,
            path: "/x".into(),
            headers: Vec::new(),
            tls: false,
        };
        let url = format!("\"http://127.0.0.1:{port}/x\"");
        // nobody takes the connection that the system made
        let waited = probe(None, "c".into(), get(), Duration::from_millis(20)).await;
        let late = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)";
        assert_eq!(waited, Err(format!("Get {url}: {late}")));
        let served = tokio::spawn(async move {
            // the one that was given up, and one that is hung up on
            for _ in 0..2 {
                let (mut stream, _) = listener.accept().await.expect("a connection");
                let mut head = [0; ANSWER_BYTES];
                let _ = stream.read(&mut head).await;
            }
        });
        assert_eq!(ask(get()).await, Err(format!("Get {url}: EOF")));
        served.await.expect("nobody listens any more");
        let refused = format!("dial tcp 127.0.0.1:{port}: connect: connection refused");
        assert_eq!(ask(get()).await, Err(format!("Get {url}: {refused}")));
        let dial = ProbeAction::Tcp { host: host(), port };
        assert_eq!(ask(dial).await, Err(refused));

        let rows = [
            (
                ProbeAction::Exec(vec!["sleep".into(), "5".into()]),
                "command timed out: \"sleep 5\" timed out after 1m1s",
            ),
            (
                ProbeAction::Tcp {
                    host: host(),
                    port: 1,
                },
                "dial tcp 127.0.0.1:1: i/o timeout",
            ),
        ];
        for (action, want) in rows {
            assert_eq!(too_late(&action, Duration::from_secs(61)), want);
        }
    }

    /// A health service: `up` serves, `down` does not, all others are unknown to it.
    async fn health(request: Request<Incoming>) -> hyper::Result<Response<BoxBody>> {
        let known = request.uri().path() == "/grpc.health.v1.Health/Check";
        let asked = request.into_body().collect().await?.to_bytes();
        let (code, body): (_, &[u8]) = match asked.get(7..) {
            _ if !known => ("12", &[]),
            // after the frame's five bytes, the field's tag and the name's length
            Some(b"up") => ("0", &[0, 0, 0, 0, 2, 8, 1]),
            Some(b"down") => ("0", &[0, 0, 0, 0, 2, 8, 2]),
            _ => ("5", &[]),
        };
        let mut trailers = HeaderMap::new();
        trailers.insert("grpc-status", HeaderValue::from_static(code));
        let message = HeaderValue::from_static("unknown service");
        trailers.insert("grpc-message", message);
        let body = Full::new(Bytes::from_static(body));
        let body = body.with_trailers(std::future::ready(Some(Ok(trailers))));
        Ok(Response::new(body.boxed()))
    }

    type BoxBody = http_body_util::combinators::BoxBody<Bytes, std::convert::Infallible>;

    #[tokio::test]
    async fn grpc_health() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.expect("a connection");
                let serving = http2::Builder::new(TokioExecutor::new())
                    .serve_connection(TokioIo::new(stream), service_fn(health));
                tokio::spawn(serving);
            }
        });
        let check = |service: &str| ProbeAction::Grpc {
            host: "127.0.0.1".into(),
            port,
            service: service.into(),
        };
        let rows = [
            ("up", Ok(())),
            (
                "down",
                Err("service unhealthy (responded with \"NOT_SERVING\")".to_owned()),
            ),
            (
                "",
                Err(
                    "error: health rpc probe failed: rpc error: code = 5 desc = unknown service"
                        .to_owned(),
                ),
            ),
        ];
        for (service, want) in rows {
            assert_eq!(ask(check(service)).await, want, "{service}");
        }
    }
}
