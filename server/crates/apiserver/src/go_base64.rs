//! Base64 as Go's standard encoding reads it: lines may be broken anywhere, the last bits may be set.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const PAD: u8 = b'=';

/// The bytes, or where in `text` the fault is, as Go's `CorruptInputError` counts it.
pub fn decode(text: &str) -> Result<Vec<u8>, usize> {
    let mut letters = text.bytes().enumerate().filter(|(_, b)| !is_break(*b));
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    loop {
        let (mut word, mut known) = (0_u32, 0);
        while known < 4 {
            match letters.next() {
                None if known == 0 => return Ok(bytes),
                None => return Err(text.len() - known),
                Some((at, PAD)) if known < 2 => return Err(at),
                Some((at, PAD)) => {
                    ended(&mut letters, known, at, text.len())?;
                    let whole = (word << (6 * (4 - known))).to_be_bytes();
                    bytes.extend_from_slice(&whole[1..known]);
                    return Ok(bytes);
                }
                Some((at, letter)) => word = (word << 6) | sextet(letter).ok_or(at)?,
            }
            known += 1;
        }
        bytes.extend_from_slice(&word.to_be_bytes()[1..]);
    }
}

/// The text that upstream stores of it.
pub fn canonical(text: &str) -> Option<String> {
    decode(text).ok().map(|bytes| STANDARD.encode(bytes))
}

/// What may stand behind the first `=` at `at`: a second one where two letters were, and nothing else.
fn ended(
    letters: &mut impl Iterator<Item = (usize, u8)>,
    known: usize,
    at: usize,
    len: usize,
) -> Result<(), usize> {
    if known == 2 {
        match letters.next() {
            None => return Err(len),
            Some((_, PAD)) => {}
            // Go names the letter before the one that it does not expect
            Some((next, _)) => return Err(next.max(at + 1) - 1),
        }
    }
    letters.next().map_or(Ok(()), |(garbage, _)| Err(garbage))
}

fn is_break(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

fn sextet(letter: u8) -> Option<u32> {
    let value = match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(value.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_go_reads() {
        let rows: [(&str, Result<&[u8], usize>); 14] = [
            ("", Ok(b"")),
            ("aGVsbG8=", Ok(b"hello")),
            ("aGVs\nbG8=\r\n", Ok(b"hello")),
            ("a\nGVsbA=\n=", Ok(b"hell")),
            // the last letter of strict encoders is A here
            ("aGVsbB==", Ok(b"hell")),
            ("hello", Err(4)),
            ("hell o==", Err(4)),
            ("not!base64", Err(3)),
            ("=aaa", Err(0)),
            ("aa", Err(0)),
            ("aaa", Err(0)),
            ("aa=", Err(3)),
            ("aa=a", Err(2)),
            ("aaa=a", Err(4)),
        ];
        for (text, expected) in rows {
            let expected = expected.map(<[u8]>::to_vec);
            assert_eq!(decode(text), expected, "{text:?}");
        }
    }
}
