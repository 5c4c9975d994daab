//! A log as WebSocket messages, one a chunk.

use std::future::ready;

use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures::{Stream, StreamExt};
use hyper::upgrade::OnUpgrade;
use tokio_tungstenite::tungstenite::Message;

use super::handshake::{self, Wanted};
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
    Ok(handshake.accept(protocol, move |socket| {
        remote::tell(socket, messages(log, base64))
    }))
}

fn messages(log: Option<LogStream>, base64: bool) -> impl Stream<Item = Message> {
    let message = move |bytes: &[u8]| match base64 {
        true => Message::text(STANDARD.encode(bytes)),
        false => Message::binary(bytes.to_vec()),
    };
    let log = log.unwrap_or_else(|| futures::stream::empty().boxed());
    let chunks = log.take_while(|chunk| ready(chunk.is_ok()));
    let chunks = chunks.filter_map(|chunk| ready(chunk.ok()));
    // upstream begins with an empty message
    futures::stream::once(ready(Bytes::new()))
        .chain(chunks)
        .map(move |bytes| message(&bytes))
}
