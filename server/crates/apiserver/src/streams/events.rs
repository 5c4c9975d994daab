//! A watch as WebSocket messages, one an event: what browsers open, which cannot read an answer that
//! does not end (K-12).

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use futures::{Stream, StreamExt};
use http::{Method, StatusCode};
use hyper::upgrade::OnUpgrade;
use tokio_tungstenite::tungstenite::Message;

use super::handshake::{self, Handshake, Wanted};
use super::remote;
use crate::params;
use crate::problem::{Outcome, Problem};
use crate::render::Watching;

/// A watch that is asked for over a WebSocket; it is answered as any other first.
pub struct WatchSocket(Handshake);

impl WatchSocket {
    /// Takes the wish out of the request; `None` when it has none.
    pub fn wanted(request: &mut Request) -> Outcome<Option<Self>> {
        let watches = *request.method() == Method::GET
            && handshake::is_websocket(request.headers())
            && params::flag_in(request.uri().query(), "watch");
        if !watches {
            return Ok(None);
        }
        let upgrade = request.extensions_mut().remove::<OnUpgrade>();
        match handshake::wanted(request.headers(), upgrade) {
            Wanted::WebSocket(handshake) => Ok(Some(Self(handshake))),
            _ => Err(Problem::bad_request("Upgrade request required")),
        }
    }

    /// The same answer as messages; one that refuses the watch stays as it is.
    pub fn carry(self, answer: Response) -> Response {
        if answer.status() != StatusCode::OK {
            return answer;
        }
        let Self(handshake) = self;
        // upstream takes any one: events are text in all of them
        let protocol = handshake.offered().first().cloned().unwrap_or_default();
        let mut response = handshake.accept(&protocol, move |socket| {
            remote::tell(socket, lines(answer.into_body()).map(message))
        });
        response.extensions_mut().insert(Watching);
        response
    }
}

/// Whole lines; a watch's chunks end with one.
fn lines(body: Body) -> impl Stream<Item = Bytes> + Send {
    let chunks = body.into_data_stream();
    chunks
        .filter_map(|chunk| async { chunk.ok() })
        .flat_map(|chunk| {
            let lines = chunk.split_inclusive(|byte| *byte == b'\n');
            let lines: Vec<Bytes> = lines.map(|line| chunk.slice_ref(line)).collect();
            futures::stream::iter(lines)
        })
}

fn message(line: Bytes) -> Message {
    Message::text(String::from_utf8_lossy(&line).into_owned())
}
