//! `grpc.health.v1.Health/Check`, as far as a probe needs it: one message of one field each way.

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;

use crate::runtime::ProbeResult;

const SERVING: u64 = 1;
/// Names of `HealthCheckResponse.ServingStatus`.
const STATUSES: [&str; 4] = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"];
/// `Unimplemented`: the server knows no such service.
const UNIMPLEMENTED: &str = "12";
/// Of an answer that is a few bytes long.
const ANSWER_BYTES: usize = 4096;

/// Upstream's words for what goes wrong.
pub async fn check(host: &str, port: u16, service: &str) -> ProbeResult {
    let address = format!("{host}:{port}");
    let failed = |why: &dyn std::fmt::Display| {
        format!("error: failed to connect service at {address:?}: {why}")
    };
    let stream = TcpStream::connect((host, port)).await;
    let stream = TokioIo::new(stream.map_err(|error| failed(&error))?);
    let (mut sender, connection) = http2::handshake(TokioExecutor::new(), stream)
        .await
        .map_err(|error| failed(&error))?;
    let request = request(&address, service).map_err(|error| failed(&error))?;
    let asked = async {
        let answer = sender.send_request(request).await.map_err(unanswered)?;
        read(answer).await
    };
    tokio::select! {
        answered = asked => answered,
        _ = connection => Err(unanswered("the connection was closed")),
    }
}

fn unanswered(why: impl std::fmt::Display) -> String {
    format!("error: health rpc probe failed: {why}")
}

fn request(address: &str, service: &str) -> http::Result<Request<Full<Bytes>>> {
    Request::post(format!("http://{address}/grpc.health.v1.Health/Check"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .header("user-agent", "kube-probe/1.36")
        .body(Full::new(message(service).into()))
}

/// The gRPC frame of `HealthCheckRequest { service: 1 }`.
fn message(service: &str) -> Vec<u8> {
    let mut body = Vec::new();
    if !service.is_empty() {
        body.push(0x0a);
        varint(service.len() as u64, &mut body);
        body.extend_from_slice(service.as_bytes());
    }
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX);
    [&[0][..], &length.to_be_bytes(), &body].concat()
}

fn varint(mut value: u64, to: &mut Vec<u8>) {
    while value >= 0x80 {
        to.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    to.push(value as u8);
}

async fn read(answer: Response<Incoming>) -> ProbeResult {
    let (head, body) = answer.into_parts();
    let limited = http_body_util::Limited::new(body, ANSWER_BYTES);
    let body = limited.collect().await.map_err(unanswered)?;
    let trailers = body.trailers().cloned().unwrap_or_default();
    refused(&head.headers)?;
    refused(&trailers)?;
    match status(&body.to_bytes()) {
        SERVING => Ok(()),
        other => {
            let number = usize::try_from(other).unwrap_or(usize::MAX);
            let name = STATUSES.get(number).copied().unwrap_or("UNKNOWN");
            Err(format!("service unhealthy (responded with {name:?})"))
        }
    }
}

/// An error comes in the trailers, or in the head when there is nothing else.
fn refused(headers: &HeaderMap) -> ProbeResult {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let message = text("grpc-message").unwrap_or_default();
    match text("grpc-status") {
        None | Some("0") => Ok(()),
        Some(UNIMPLEMENTED) => Err(format!(
            "error: this server does not implement the grpc health protocol (grpc.health.v1.Health): {message}"
        )),
        Some(code) => Err(unanswered(format!(
            "rpc error: code = {code} desc = {message}"
        ))),
    }
}

/// `HealthCheckResponse.status`, the only field; 0 when it is left out.
fn status(frame: &[u8]) -> u64 {
    let Some([0x08, value @ ..]) = frame.get(5..) else {
        return 0;
    };
    let bytes = value.iter().take_while(|byte| **byte >= 0x80).count() + 1;
    let of = |(at, byte): (usize, &u8)| u64::from(byte & 0x7f).checked_shl(7 * at as u32);
    let parts = value.iter().take(bytes).enumerate();
    parts.filter_map(of).fold(0, |sum, part| sum | part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages() {
        assert_eq!(message(""), [0, 0, 0, 0, 0]);
        assert_eq!(message("db"), [0, 0, 0, 0, 4, 0x0a, 2, b'd', b'b']);
        assert_eq!(message(&"x".repeat(200))[5..8], [0x0a, 0xc8, 1]);
        let rows: [(&[u8], u64); 4] = [
            (&[0, 0, 0, 0, 2, 8, 1], SERVING),
            (&[0, 0, 0, 0, 2, 8, 2], 2),
            (&[0, 0, 0, 0, 0], 0),
            (&[0, 0, 0, 0, 3, 8, 0xc8, 1], 200),
        ];
        for (frame, want) in rows {
            assert_eq!(status(frame), want, "{frame:?}");
        }
    }
}
