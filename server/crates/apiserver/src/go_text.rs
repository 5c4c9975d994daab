//! Texts as Go reads them: its decoder of JSON replaces what is no character, where our parser would refuse the
//! body.

use bytes::Bytes;
use memchr::{memchr, memchr_iter};

/// What stands for a byte or an escape that is no character.
const REPLACEMENT: char = '\u{FFFD}';

/// How long `\uXXXX` is.
const ESCAPE_LEN: usize = 6;

/// The same JSON with nothing but characters in it.
pub fn characters(json: Bytes) -> Bytes {
    let is_text = std::str::from_utf8(&json).is_ok();
    let json = match is_text {
        true => json,
        false => without_other_bytes(&json).into(),
    };
    let may_be_half =
        memchr_iter(b'\\', &json).any(|at| matches!(json.get(at + 1..at + 3), Some(b"ud" | b"uD")));
    match may_be_half {
        true => without_halves(&json).into(),
        false => json,
    }
}

/// Whether Go's `ParseBool` takes the text for true; what it cannot read is no yes.
pub fn is_true(text: &str) -> bool {
    matches!(text, "1" | "t" | "T" | "true" | "TRUE" | "True")
}

/// Each byte that belongs to no character is replaced for itself.
fn without_other_bytes(json: &[u8]) -> String {
    let mut text = String::with_capacity(json.len());
    for chunk in json.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| REPLACEMENT));
    }
    text
}

/// Replaces the escapes of one half of a surrogate pair that stand without the other.
fn without_halves(json: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = memchr(b'\\', rest) {
        let (plain, escape) = rest.split_at(at);
        text.extend_from_slice(plain);
        let (kept, taken) = match unit(escape) {
            Some(0xD800..=0xDBFF) if is_low(&escape[ESCAPE_LEN..]) => (true, 2 * ESCAPE_LEN),
            Some(0xD800..=0xDFFF) => (false, ESCAPE_LEN),
            Some(_) => (true, ESCAPE_LEN),
            // of one letter
            None => (true, escape.len().min(2)),
        };
        let (escape, behind) = escape.split_at(taken);
        match kept {
            true => text.extend_from_slice(escape),
            false => text.extend_from_slice(REPLACEMENT.to_string().as_bytes()),
        }
        rest = behind;
    }
    text.extend_from_slice(rest);
    text
}

fn is_low(text: &[u8]) -> bool {
    matches!(unit(text), Some(0xDC00..=0xDFFF))
}

/// What the escape `\uXXXX` says with which the text begins.
fn unit(text: &[u8]) -> Option<u16> {
    let digits = text.strip_prefix(b"\\u")?.get(..4)?;
    let digits = digits.iter().map(|digit| char::from(*digit).to_digit(16));
    let unit = digits.collect::<Option<Vec<u32>>>()?;
    let unit = unit.iter().fold(0_u32, |unit, digit| (unit << 4) | digit);
    u16::try_from(unit).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_character_is_replaced_as_go_does() {
        let rows: [(&[u8], &str); 10] = [
            (br#"{"a":"b"}"#, r#"{"a":"b"}"#),
            ("\"한국어\"".as_bytes(), "\"한국어\""),
            (b"\"a\xffb\"", "\"a\u{FFFD}b\""),
            // the first two bytes of three
            (b"\"\xed\x95\"", "\"\u{FFFD}\u{FFFD}\""),
            (br#""\ud83d\ude00""#, r#""\ud83d\ude00""#),
            (br#""\uD83Dx\u00e9""#, "\"\u{FFFD}x\\u00e9\""),
            (br#""\ude00\ud83d""#, "\"\u{FFFD}\u{FFFD}\""),
            (br#""\ud83d\ud83d\ude00""#, "\"\u{FFFD}\\ud83d\\ude00\""),
            // an escaped backslash, and no escape behind it
            (br#""\\ud83d\n""#, r#""\\ud83d\n""#),
            (br#""\ud83"#, r#""\ud83"#),
        ];
        for (sent, read) in rows {
            let text = characters(Bytes::from_static(sent));
            assert_eq!(String::from_utf8_lossy(&text), read);
        }
    }
}
