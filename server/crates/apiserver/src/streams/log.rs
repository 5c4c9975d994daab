//! A log as WebSocket messages, one a chunk.

use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures::StreamExt;
use hyper::upgrade::OnUpgrade;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;

use super::handshake::{self, Socket, Wanted};
use super::remote;
use crate::call::Call;
use crate::handlers::log as plain;
use crate::nodes::LogStream;
use crate::problem::{Outcome, Problem};

const PROTOCOLS: [&str; 2] = ["binary.k8s.io", "base64.binary.k8s.io"];

/// Answers `pods/log`, over a WebSocket when one is asked for.
pub async fn log(call: &Call, upgrade: Option<OnUpgrade>) -> Outcome<Response> {
    if !handshake::is_websocket(&call.headers) {
        return plain::log(call).await;
    }
    let Wanted::WebSocket(handshake) = handshake::wanted(&call.headers, upgrade) else {
        return Err(Problem::bad_request("Upgrade request required"));
    };
    let offered = handshake.offered();
    let known = |name: &String| PROTOCOLS.iter().find(|known| *known == name);
    let protocol = match offered.iter().find_map(known) {
        Some(protocol) => protocol,
        None if offered.is_empty() => "",
        None => {
            return Err(Problem::BadRequest(format!(
                "none of the subprotocols {} is known here: use one of {}",
                offered.join(", "),
                PROTOCOLS.join(", ")
            )));
        }
    };
    let log = plain::open(call).await?;
    let base64 = protocol == "base64.binary.k8s.io";
    Ok(handshake.accept(protocol, move |socket| copy(socket, log, base64)))
}

async fn copy(socket: Socket, log: Option<LogStream>, base64: bool) {
    let message = |bytes: &[u8]| match base64 {
        true => Message::text(STANDARD.encode(bytes)),
        false => Message::binary(bytes.to_vec()),
    };
    let (sink, mut stream) = socket.split();
    let (send, queue) = mpsc::channel(1);
    // it owns the queue's sender, whose end is the writer's
    let reading = async move {
        // upstream begins with an empty message
        let _ = send.send(message(&[])).await;
        let mut log = log.unwrap_or_else(|| futures::stream::empty().boxed());
        while let Some(Ok(bytes)) = log.next().await {
            if send.send(message(&bytes)).await.is_err() {
                return;
            }
        }
    };
    let client = async {
        while let Some(Ok(message)) = stream.next().await {
            if message.is_close() {
                return;
            }
        }
    };
    let work = async {
        tokio::select! {
            () = reading => {}
            () = client => {}
        }
        Ok(())
    };
    let _ = tokio::try_join!(work, remote::write(sink, queue));
}
