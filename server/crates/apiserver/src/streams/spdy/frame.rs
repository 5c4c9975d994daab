//! Frames, in and out.

use bytes::{Buf, BufMut, Bytes, BytesMut};

use super::Malformed;
use super::headers::{Headers, Unpacker, empty_block};

const VERSION: u16 = 3;
const HEAD_BYTES: usize = 8;
/// The longest frame taken: clients copy in pieces of 32 KiB.
const LIMIT_BYTES: usize = 1 << 20;
const FIN: u8 = 1;

const SYN_STREAM: u16 = 1;
const SYN_REPLY: u16 = 2;
const RST_STREAM: u16 = 3;
const PING: u16 = 6;
const GOAWAY: u16 = 7;
const HEADERS: u16 = 8;

/// What one side says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    SynStream {
        stream: u32,
        fin: bool,
        headers: Headers,
    },
    Data {
        stream: u32,
        fin: bool,
        bytes: Bytes,
    },
    Reset {
        stream: u32,
        status: u32,
    },
    Ping(u32),
    GoAway,
    /// SETTINGS, HEADERS, WINDOW_UPDATE and what else means nothing here.
    Other,
}

/// The status of a stream that makes no sense, and of one too many.
pub const PROTOCOL_ERROR: u32 = 1;
pub const REFUSED_STREAM: u32 = 3;

/// Takes bytes as they come, and gives whole frames.
pub struct Decoder {
    buffer: BytesMut,
    headers: Unpacker,
}

impl Decoder {
    pub fn new() -> Self {
        Self {
            buffer: BytesMut::new(),
            headers: Unpacker::new(),
        }
    }

    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next frame, when all of it is there.
    pub fn next(&mut self) -> Result<Option<Frame>, Malformed> {
        let Some(head) = self.buffer.first_chunk::<HEAD_BYTES>() else {
            return Ok(None);
        };
        let [a, b, c, d, flags, x, y, z] = *head;
        let length = u32::from_be_bytes([0, x, y, z]) as usize;
        if length > LIMIT_BYTES {
            return Err(Malformed("a frame is too long"));
        }
        if self.buffer.len() < HEAD_BYTES + length {
            return Ok(None);
        }
        self.buffer.advance(HEAD_BYTES);
        let body = self.buffer.split_to(length).freeze();
        let fin = flags & FIN != 0;
        if a & 0x80 == 0 {
            return Ok(Some(Frame::Data {
                stream: u32::from_be_bytes([a, b, c, d]),
                fin,
                bytes: body,
            }));
        }
        if u16::from_be_bytes([a & 0x7f, b]) != VERSION {
            return Err(Malformed("a frame is of another version than SPDY/3"));
        }
        self.control(u16::from_be_bytes([c, d]), fin, body)
            .map(Some)
    }

    fn control(&mut self, kind: u16, fin: bool, mut body: Bytes) -> Result<Frame, Malformed> {
        let mut number = || {
            body.try_get_u32()
                .map(|number| number & 0x7fff_ffff)
                .map_err(|_| Malformed("a control frame is cut short"))
        };
        match kind {
            SYN_STREAM => {
                let (stream, _associated) = (number()?, number()?);
                // priority and slot
                body.try_get_u16()
                    .map_err(|_| Malformed("a control frame is cut short"))?;
                let headers = self.headers.read(&body)?;
                Ok(Frame::SynStream {
                    stream,
                    fin,
                    headers,
                })
            }
            RST_STREAM => Ok(Frame::Reset {
                stream: number()?,
                status: number()?,
            }),
            PING => {
                // an id is a whole number of 32 bits
                let id = body.try_get_u32();
                id.map(Frame::Ping)
                    .map_err(|_| Malformed("a ping has no id"))
            }
            GOAWAY => Ok(Frame::GoAway),
            SYN_REPLY | HEADERS => {
                number()?;
                // read, since later blocks build on it
                self.headers.read(&body)?;
                Ok(Frame::Other)
            }
            _ => Ok(Frame::Other),
        }
    }
}

impl Frame {
    /// Data, or the end of a stream.
    pub fn data(stream: u32, fin: bool, bytes: &[u8]) -> Bytes {
        let mut frame = BytesMut::with_capacity(HEAD_BYTES + bytes.len());
        frame.put_u32(stream & 0x7fff_ffff);
        put_length(&mut frame, if fin { FIN } else { 0 }, bytes.len());
        frame.put_slice(bytes);
        frame.freeze()
    }

    /// The end of a stream, at once and both ways.
    pub fn reset(stream: u32, status: u32) -> Bytes {
        let body = [stream.to_be_bytes(), status.to_be_bytes()].concat();
        control(RST_STREAM, &body)
    }

    /// The answer to a ping.
    pub fn ping(id: u32) -> Bytes {
        control(PING, &id.to_be_bytes())
    }
}

/// Accepts streams: the blocks of the replies are one zlib stream, whose first is another.
#[derive(Default)]
pub struct Replies {
    begun: bool,
}

impl Replies {
    pub fn accept(&mut self, stream: u32) -> Bytes {
        let block = empty_block(!self.begun);
        self.begun = true;
        control(SYN_REPLY, &[&stream.to_be_bytes(), block].concat())
    }
}

fn control(kind: u16, body: &[u8]) -> Bytes {
    let mut frame = BytesMut::with_capacity(HEAD_BYTES + body.len());
    frame.put_u16(0x8000 | VERSION);
    frame.put_u16(kind);
    put_length(&mut frame, 0, body.len());
    frame.put_slice(body);
    frame.freeze()
}

fn put_length(frame: &mut BytesMut, flags: u8, length: usize) {
    frame.put_u8(flags);
    frame.put_uint(length as u64, 3);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Option<Frame>, Malformed> {
        let mut decoder = Decoder::new();
        decoder.push(bytes);
        decoder.next()
    }

    #[test]
    fn frames_are_read_as_they_are_written() {
        let data = Frame::Data {
            stream: 5,
            fin: true,
            bytes: Bytes::from_static(b"hi"),
        };
        assert_eq!(read(&Frame::data(5, true, b"hi")), Ok(Some(data)));
        let reset = Frame::Reset {
            stream: 5,
            status: REFUSED_STREAM,
        };
        assert_eq!(read(&Frame::reset(5, REFUSED_STREAM)), Ok(Some(reset)));
        assert_eq!(read(&Frame::ping(9)), Ok(Some(Frame::Ping(9))));
        let mut replies = Replies::default();
        let both = [replies.accept(1), replies.accept(3)].concat();
        let mut decoder = Decoder::new();
        decoder.push(&both);
        assert_eq!(decoder.next(), Ok(Some(Frame::Other)));
        assert_eq!(decoder.next(), Ok(Some(Frame::Other)));
        assert_eq!(decoder.next(), Ok(None));
    }

    #[test]
    fn frames_come_in_pieces() {
        let whole = Frame::data(1, false, b"hello");
        let mut decoder = Decoder::new();
        for byte in &whole[..whole.len() - 1] {
            decoder.push(&[*byte]);
            assert_eq!(decoder.next(), Ok(None));
        }
        decoder.push(b"o");
        assert!(matches!(
            decoder.next(),
            Ok(Some(Frame::Data { stream: 1, .. }))
        ));
    }

    #[test]
    fn nonsense_ends_the_connection() {
        let rows: [(&str, &[u8]); 4] = [
            ("another version", &[0x80, 2, 0, 6, 0, 0, 0, 4, 0, 0, 0, 1]),
            ("too long", &[0, 0, 0, 1, 0, 0xff, 0xff, 0xff]),
            ("a ping without its id", &[0x80, 3, 0, 6, 0, 0, 0, 1, 0]),
            (
                "a stream without headers",
                &[0x80, 3, 0, 1, 0, 0, 0, 4, 0, 0, 0, 1],
            ),
        ];
        for (why, bytes) in rows {
            assert!(read(bytes).is_err(), "{why}");
        }
        let unknown = [0x80, 3, 0, 4, 0, 0, 0, 1, 0];
        assert_eq!(
            read(&unknown),
            Ok(Some(Frame::Other)),
            "settings mean nothing"
        );
    }
}
