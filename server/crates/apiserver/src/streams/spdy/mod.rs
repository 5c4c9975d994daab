//! As much of SPDY/3.1 as a port-forward needs, without IO: kubectl tunnels its frames through a
//! WebSocket. There is no flow control in it, since upstream's implementation has none: a stream that
//! does not take its data holds the tunnel.
//!
//! <https://www.chromium.org/spdy/spdy-protocol/spdy-protocol-draft3-1/>

mod dictionary;
mod frame;
mod headers;

pub use frame::{Decoder, Frame, PROTOCOL_ERROR, REFUSED_STREAM, Replies};

/// What the peer sent makes no sense; the connection cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed(pub &'static str);
