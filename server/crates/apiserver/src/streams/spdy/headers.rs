//! Header blocks: names and values in one zlib stream a connection and direction.

use zlib_rs::{Inflate, InflateError, InflateFlush, Status};

use super::Malformed;
use super::dictionary::dictionary;

/// The longest block taken, unpacked; a port-forward's is a hundred bytes.
const LIMIT_BYTES: usize = 16 << 10;
const WINDOW_BITS: u8 = 15;

/// Names in lower case, and values.
pub type Headers = Vec<(String, String)>;

/// Unpacks the blocks of a connection, in their order.
pub struct Unpacker(Inflate);

impl Unpacker {
    pub fn new() -> Self {
        Self(Inflate::new(true, WINDOW_BITS))
    }

    pub fn read(&mut self, block: &[u8]) -> Result<Headers, Malformed> {
        let bytes = self.inflate(block)?;
        parse(&bytes).ok_or(Malformed("a header block is cut short"))
    }

    fn inflate(&mut self, mut block: &[u8]) -> Result<Vec<u8>, Malformed> {
        let broken = Malformed("a header block cannot be unpacked");
        let mut bytes = vec![0; LIMIT_BYTES];
        let mut count = 0;
        while !block.is_empty() {
            let (taken, given) = (self.0.total_in(), self.0.total_out());
            let result = self
                .0
                .decompress(block, &mut bytes[count..], InflateFlush::SyncFlush);
            let step = |now: u64, before: u64| usize::try_from(now - before).unwrap_or(0);
            let (taken, given) = (
                step(self.0.total_in(), taken),
                step(self.0.total_out(), given),
            );
            block = &block[taken..];
            count += given;
            match result {
                Err(InflateError::NeedDict { .. }) => {
                    self.0.set_dictionary(&dictionary()).map_err(|_| broken)?;
                }
                Ok(Status::Ok | Status::BufError) if taken + given > 0 => {}
                _ => return Err(broken),
            }
        }
        bytes.truncate(count);
        Ok(bytes)
    }
}

fn parse(mut bytes: &[u8]) -> Option<Headers> {
    let count = number(&mut bytes)?;
    let mut headers = Headers::new();
    for _ in 0..count {
        let name = text(&mut bytes)?;
        headers.push((name.to_ascii_lowercase(), text(&mut bytes)?));
    }
    Some(headers)
}

fn number(bytes: &mut &[u8]) -> Option<u32> {
    let (number, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(u32::from_be_bytes(*number))
}

fn text(bytes: &mut &[u8]) -> Option<String> {
    let length = usize::try_from(number(bytes)?).ok()?;
    let (text, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    String::from_utf8(text.to_vec()).ok()
}

/// The block without headers, as the stream's `first` or a later one. It is stored, not compressed: a
/// zlib stream may say that it uses no dictionary. An empty block ends it, as a flush does: Go's reader
/// looks for more without one, and the end that it finds then is its last.
pub fn empty_block(first: bool) -> &'static [u8] {
    const BLOCK: &[u8] = &[
        0x78, 0x01, 0, 4, 0, 0xfb, 0xff, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff,
    ];
    match first {
        true => BLOCK,
        false => &BLOCK[2..],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Go's zlib writes for the two streams of a kubectl's first connection.
    const ERROR: &str = "78f9e3c6a7c202253a703a2b294a4dcc851625aca9a0808614cb45e01c6061606100a4398b20d198094ade8c0600000000ffff";
    const DATA: &str = "c2aa19540e2512d60b000000ffff";

    fn bytes(hex: &str) -> Vec<u8> {
        let digits = (0..hex.len()).step_by(2);
        digits
            .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hexadecimal"))
            .collect()
    }

    #[test]
    fn blocks_share_one_stream_and_the_dictionary() {
        let mut unpacker = Unpacker::new();
        let of = |kind: &str| -> Headers {
            [("streamtype", kind), ("port", "8080"), ("requestid", "0")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into()
        };
        assert_eq!(unpacker.read(&bytes(ERROR)), Ok(of("error")));
        assert_eq!(unpacker.read(&bytes(DATA)), Ok(of("data")));
    }

    #[test]
    fn own_blocks_can_be_read() {
        let mut unpacker = Unpacker::new();
        assert_eq!(unpacker.read(empty_block(true)), Ok(Headers::new()));
        assert_eq!(unpacker.read(empty_block(false)), Ok(Headers::new()));
    }

    #[test]
    fn broken_blocks_are_refused() {
        let mut bomb = vec![0x78, 0x01];
        for _ in 0..2 {
            bomb.extend_from_slice(&[0, 0xff, 0xff, 0, 0]);
            bomb.extend_from_slice(&[0; 0xffff]);
        }
        let lies = [0x78, 0x01, 0, 4, 0, 0xfb, 0xff, 0xff, 0xff, 0xff, 0xff];
        let rows: [(&str, &[u8]); 4] = [
            ("no zlib", b"hello"),
            ("too long", &bomb),
            ("more headers than there are", &lies),
            ("nothing", b""),
        ];
        for (why, block) in rows {
            assert!(Unpacker::new().read(block).is_err(), "{why}");
        }
    }
}
