//! A WebSocket to the server in process: real HTTP over a pipe in memory, and a real client.

use futures::StreamExt;
use http::Request;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use serde_json::Value;
use tokio::io::DuplexStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{self, Message};

use crate::cluster::Cluster;

/// What the pipe holds each way.
const PIPE_BYTES: usize = 64 * 1024;

/// An open socket, and the subprotocol that the server chose.
pub struct Socket {
    stream: WebSocketStream<DuplexStream>,
    pub protocol: Option<String>,
}

impl Socket {
    /// Opens one as a browser does, which can set no header but the subprotocols.
    pub async fn open(
        cluster: &Cluster,
        path: &str,
        protocols: &[&str],
    ) -> Result<Self, tungstenite::Error> {
        let (client, server) = tokio::io::duplex(PIPE_BYTES);
        let service = TowerToHyperService::new(cluster.router.clone());
        tokio::spawn(async move {
            let builder = Builder::new(TokioExecutor::new());
            let connection = builder.serve_connection_with_upgrades(TokioIo::new(server), service);
            let _ = connection.await;
        });
        let mut request = Request::get(format!("ws://orrery{path}"))
            .header("host", "orrery")
            .header("origin", "http://localhost:4466")
            .header("connection", "Upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
        if !protocols.is_empty() {
            request = request.header("sec-websocket-protocol", protocols.join(", "));
        }
        let request = request.body(()).expect("a good request");
        let (stream, response) = tokio_tungstenite::client_async(request, client).await?;
        let protocol = response.headers().get("sec-websocket-protocol");
        Ok(Self {
            stream,
            protocol: protocol.map(|name| name.to_str().expect("ASCII").to_owned()),
        })
    }

    /// The next event of a watch; `None` once the server has closed.
    pub async fn event(&mut self) -> Option<Value> {
        loop {
            match self.stream.next().await?.expect("the pipe does not break") {
                Message::Text(text) => {
                    return Some(serde_json::from_str(&text).expect("an event is JSON"));
                }
                Message::Close(_) => return None,
                _ => {}
            }
        }
    }
}

/// The status and body that a refused handshake was answered with.
pub fn refusal(error: tungstenite::Error) -> (u16, Value) {
    let tungstenite::Error::Http(response) = error else {
        panic!("no answer: {error}");
    };
    let body = response.body().clone().unwrap_or_default();
    let said = serde_json::from_slice(&body).unwrap_or_default();
    (response.status().as_u16(), said)
}
