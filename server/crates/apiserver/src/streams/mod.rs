//! `exec`, `attach`, `port-forward`, `logs` and watches over WebSocket (K-24): what a person's terminal
//! meets, and browsers.
//!
//! The request is checked first, so that what is wrong is told by a Status; then the connection changes
//! its protocol, and what goes wrong from there on is told in the new one. SPDY without a WebSocket is absent on purpose:
//! kubectl asks for it only where WebSocket is switched off, and is told how to switch it on.

pub(crate) mod channel;
mod ending;
mod events;
mod handshake;
mod log;
mod ports;
mod remote;
mod request;
pub(crate) mod spdy;
mod tunnel;

use axum::response::Response;
use http::Method;
use hyper::upgrade::OnUpgrade;

use crate::call::Call;
use crate::problem::{Outcome, Problem};
use handshake::Wanted;

pub use events::WatchSocket;
pub use log::log;

/// A subresource that is a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    Exec,
    Attach,
    PortForward,
}

impl Stream {
    /// The stream of that name.
    pub fn of(subresource: &str) -> Option<Self> {
        match subresource {
            "exec" => Some(Self::Exec),
            "attach" => Some(Self::Attach),
            "portforward" => Some(Self::PortForward),
            _ => None,
        }
    }

    /// What a kubectl that speaks SPDY must be told: the variable, the first version that heeds it, and
    /// the first that needs no telling.
    fn variable(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Exec | Self::Attach => ("KUBECTL_REMOTE_COMMAND_WEBSOCKETS", "1.29", "1.30"),
            Self::PortForward => ("KUBECTL_PORT_FORWARD_WEBSOCKETS", "1.30", "1.31"),
        }
    }

    fn spdy(self) -> Problem {
        let (variable, heeded, default) = self.variable();
        Problem::BadRequest(format!(
            "this server streams over WebSocket only, and the request asks for SPDY: set {variable}=true in the environment of kubectl {heeded} or later ({default} and later do so by themselves)"
        ))
    }
}

/// Answers a request for a stream; `upgrade` is the connection under it.
pub async fn serve(
    call: Call,
    stream: Stream,
    method: &Method,
    upgrade: Option<OnUpgrade>,
) -> Outcome<Response> {
    if !matches!(*method, Method::GET | Method::POST) {
        return Err(Problem::MethodNotAllowed);
    }
    if call.params.all("dryRun").next().is_some() {
        return Err(Problem::bad_request("dryRun is not supported"));
    }
    let target = request::target(&call, stream)?;
    let nodes = call.core.nodes.clone();
    match stream {
        Stream::Exec => {
            let request = request::exec(&call, target)?;
            let handshake = wanted(&call, stream, upgrade)?;
            let protocol = channel::Protocol::choose(handshake.offered())?;
            let opened = async move { nodes.exec(request).await };
            Ok(handshake.accept(protocol.name, move |socket| {
                remote::run(socket, protocol, opened)
            }))
        }
        Stream::Attach => {
            let request = request::attach(&call, target)?;
            let handshake = wanted(&call, stream, upgrade)?;
            let protocol = channel::Protocol::choose(handshake.offered())?;
            let opened = async move { nodes.attach(request).await };
            Ok(handshake.accept(protocol.name, move |socket| {
                remote::run(socket, protocol, opened)
            }))
        }
        Stream::PortForward => {
            let handshake = wanted(&call, stream, upgrade)?;
            if handshake
                .offered()
                .iter()
                .any(|name| name == tunnel::PROTOCOL)
            {
                return Ok(handshake.accept(tunnel::PROTOCOL, move |socket| {
                    tunnel::run(socket, nodes, target)
                }));
            }
            let ports = request::ports(&call)?;
            let protocol = channel::Protocol::choose(handshake.offered())?;
            Ok(handshake.accept(protocol.name, move |socket| {
                ports::run(socket, protocol, nodes, target, ports)
            }))
        }
    }
}

fn wanted(
    call: &Call,
    stream: Stream,
    upgrade: Option<OnUpgrade>,
) -> Outcome<handshake::Handshake> {
    match handshake::wanted(&call.headers, upgrade) {
        Wanted::WebSocket(handshake) => Ok(handshake),
        Wanted::Spdy => Err(stream.spdy()),
        // upstream's words
        Wanted::Nothing => Err(Problem::bad_request("Upgrade request required")),
    }
}
