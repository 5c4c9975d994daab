//! Several streams in one WebSocket: each message begins with its channel's number.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::{BufMut, Bytes, BytesMut};
use tokio_tungstenite::tungstenite::Message;

use crate::problem::{Outcome, Problem};

pub const STDIN: u8 = 0;
pub const STDOUT: u8 = 1;
pub const STDERR: u8 = 2;
pub const ERROR: u8 = 3;
pub const RESIZE: u8 = 4;
/// Its one byte names the channel that ends.
const CLOSE: u8 = 255;

/// A subprotocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Protocol {
    pub name: &'static str,
    /// Text messages: a digit for the channel, then base64.
    base64: bool,
    /// The error channel carries a Status; a plain text before v4.
    pub status: bool,
    /// A channel can be closed alone, from v5.
    closes: bool,
}

const ALL: [Protocol; 6] = [
    protocol("v5.channel.k8s.io", false, true, true),
    protocol("v4.channel.k8s.io", false, true, false),
    protocol("v4.base64.channel.k8s.io", true, true, false),
    protocol("channel.k8s.io", false, false, false),
    protocol("base64.channel.k8s.io", true, false, false),
    protocol("", false, false, false),
];

const fn protocol(name: &'static str, base64: bool, status: bool, closes: bool) -> Protocol {
    Protocol {
        name,
        base64,
        status,
        closes,
    }
}

/// What a client says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    Data(u8, Bytes),
    Close(u8),
}

impl Protocol {
    /// The first of the client's that is known; without any, the oldest.
    pub fn choose(offered: &[String]) -> Outcome<Self> {
        if offered.is_empty() {
            return Ok(ALL[ALL.len() - 1]);
        }
        let known = |name: &String| ALL.iter().find(|protocol| protocol.name == name);
        offered.iter().find_map(known).copied().ok_or_else(|| {
            let names: Vec<_> = ALL
                .iter()
                .map(|p| p.name)
                .filter(|n| !n.is_empty())
                .collect();
            Problem::BadRequest(format!(
                "none of the subprotocols {} is known here: use one of {}",
                offered.join(", "),
                names.join(", ")
            ))
        })
    }

    /// A message of that channel.
    pub fn message(self, channel: u8, bytes: &[u8]) -> Message {
        if self.base64 {
            return Message::text(format!("{channel}{}", STANDARD.encode(bytes)));
        }
        let mut message = BytesMut::with_capacity(bytes.len() + 1);
        message.put_u8(channel);
        message.put_slice(bytes);
        Message::binary(message)
    }

    /// What a message says; `None` for what makes no sense, which upstream overlooks, too. Neither looks at whether it
    /// is text: Python's client types text into a binary protocol.
    pub fn read(self, message: &Message) -> Option<Said> {
        let said = match message {
            Message::Binary(bytes) => bytes.clone(),
            Message::Text(text) => Bytes::from(text.clone()),
            _ => return None,
        };
        let (first, rest) = (*said.first()?, said.slice(1..));
        let (channel, bytes) = match self.base64 {
            true => (
                first.wrapping_sub(b'0'),
                Bytes::from(STANDARD.decode(&rest).ok()?),
            ),
            false => (first, rest),
        };
        match channel {
            CLOSE if self.closes => Some(Said::Close(*bytes.first()?)),
            channel => Some(Said::Data(channel, bytes)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn k_24_messages_name_their_channel() {
        let of = |name: &str| Protocol::choose(&[name.to_owned()]).expect("it is known");
        let (v5, v4) = (of("v5.channel.k8s.io"), of("v4.channel.k8s.io"));
        let text = of("v4.base64.channel.k8s.io");
        assert_eq!(v5.message(STDOUT, b"hi"), Message::binary(&b"\x01hi"[..]));
        assert_eq!(text.message(STDERR, b"hi"), Message::text("2aGk="));
        let data = |channel, bytes: &'static [u8]| Some(Said::Data(channel, bytes.into()));
        let rows = [
            (
                "stdin",
                v5,
                Message::binary(&b"\0in"[..]),
                data(STDIN, b"in"),
            ),
            (
                "an end of stdin",
                v5,
                Message::binary(&b"\xff\0"[..]),
                Some(Said::Close(STDIN)),
            ),
            (
                "v4 knows no ends",
                v4,
                Message::binary(&b"\xff\0"[..]),
                data(255, b"\0"),
            ),
            ("base64", text, Message::text("0aW4="), data(STDIN, b"in")),
            ("nothing", v5, Message::binary(&b""[..]), None),
            ("broken base64", text, Message::text("0a"), None),
            ("half a letter", text, Message::text("é"), None),
            (
                "text in a binary protocol",
                v5,
                Message::text("\0in"),
                data(STDIN, b"in"),
            ),
            (
                "base64 that is no text",
                text,
                Message::binary(&b"0aW4="[..]),
                data(STDIN, b"in"),
            ),
            ("no message", v5, Message::Ping(Bytes::new()), None),
        ];
        for (why, protocol, message, said) in rows {
            assert_eq!(protocol.read(&message), said, "{why}");
        }
    }

    #[test]
    fn k_24_the_clients_favourite_that_is_known_is_taken() {
        let names = |names: &[&str]| -> Vec<String> { names.iter().map(|n| (*n).into()).collect() };
        let chosen = Protocol::choose(&names(&["v9.channel.k8s.io", "v4.channel.k8s.io"]));
        assert_eq!(
            chosen.expect("the second is known").name,
            "v4.channel.k8s.io"
        );
        assert_eq!(Protocol::choose(&[]).expect("the oldest").name, "");
        assert!(Protocol::choose(&names(&["chat"])).is_err());
    }
}
