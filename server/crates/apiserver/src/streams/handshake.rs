//! The change from HTTP to WebSocket (RFC 6455, 4.2).

use axum::body::Body;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use crate::auth::is_socket_bearer;

/// An open WebSocket.
pub type Socket = WebSocketStream<TokioIo<Upgraded>>;

/// The longest message taken: clients send what they read at once, which is kilobytes; the largest
/// known buffer (`kubectl cp` through tar) is 32 KiB.
const MESSAGE_LIMIT_BYTES: usize = 4 << 20;

/// What a request wants its connection to become.
pub enum Wanted {
    WebSocket(Handshake),
    Spdy,
    Nothing,
}

/// A WebSocket that is asked for.
pub struct Handshake {
    key: HeaderValue,
    offered: Vec<String>,
    upgrade: OnUpgrade,
}

/// Reads the request's wish. A connection that cannot change (HTTP/2) wants nothing.
pub fn wanted(headers: &HeaderMap, upgrade: Option<OnUpgrade>) -> Wanted {
    if lists(headers, header::UPGRADE, "spdy/3.1") {
        return Wanted::Spdy;
    }
    let key = headers.get(header::SEC_WEBSOCKET_KEY).cloned();
    let version = headers.get(header::SEC_WEBSOCKET_VERSION);
    match (upgrade, key) {
        (Some(upgrade), Some(key))
            if is_websocket(headers) && version.is_some_and(|version| version == "13") =>
        {
            Wanted::WebSocket(Handshake {
                key,
                offered: offered(headers),
                upgrade,
            })
        }
        _ => Wanted::Nothing,
    }
}

/// Whether the headers ask for a WebSocket.
pub fn is_websocket(headers: &HeaderMap) -> bool {
    lists(headers, header::CONNECTION, "upgrade") && lists(headers, header::UPGRADE, "websocket")
}

fn lists(headers: &HeaderMap, name: HeaderName, word: &str) -> bool {
    items(headers, name).any(|item| item.eq_ignore_ascii_case(word))
}

fn items(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    let values = headers.get_all(name).into_iter();
    values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
}

fn offered(headers: &HeaderMap) -> Vec<String> {
    items(headers, header::SEC_WEBSOCKET_PROTOCOL)
        .filter(|name| !is_socket_bearer(name))
        .map(str::to_owned)
        .collect()
}

impl Handshake {
    /// The subprotocols that the client speaks, its favourite first.
    pub fn offered(&self) -> &[String] {
        &self.offered
    }

    /// Answers 101, and has `talk` use the socket. The talk ends with the socket.
    pub fn accept<F>(
        self,
        protocol: &str,
        talk: impl FnOnce(Socket) -> F + Send + 'static,
    ) -> Response
    where
        F: Future<Output = ()> + Send,
    {
        let accept = derive_accept_key(self.key.as_bytes());
        let upgrade = self.upgrade;
        tokio::spawn(async move {
            let Ok(upgraded) = upgrade.await else {
                return;
            };
            let config = WebSocketConfig::default()
                .max_message_size(Some(MESSAGE_LIMIT_BYTES))
                .max_frame_size(Some(MESSAGE_LIMIT_BYTES));
            let stream = TokioIo::new(upgraded);
            let socket = WebSocketStream::from_raw_socket(stream, Role::Server, Some(config)).await;
            talk(socket).await;
        });
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        if let Ok(accept) = HeaderValue::from_str(&accept) {
            headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
        }
        if !protocol.is_empty() {
            // it stood in a header before
            if let Ok(protocol) = HeaderValue::from_str(protocol) {
                headers.insert(header::SEC_WEBSOCKET_PROTOCOL, protocol);
            }
        }
        response
    }
}
