//! JSON as Go's encoder writes it: compact, with `<`, `>`, `&` and the two line separators escaped.
//!
//! Clients compare bytes of what they are given with what they encode themselves (DS-48), so the
//! escapes are part of the contract.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

/// Encodes `value`.
///
/// # Panics
/// When it is no JSON (maps with keys that are no strings): a fault in the program.
pub fn to_vec(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1024);
    let mut serializer = Serializer::with_formatter(&mut bytes, Escaping);
    let written = value.serialize(&mut serializer);
    written.expect("a Kubernetes object has string keys and finite numbers");
    bytes
}

/// What the two line separators begin with in UTF-8.
const SEPARATOR: u8 = 0xe2;

/// The compact form, but for the escapes.
struct Escaping;

impl Formatter for Escaping {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        // most texts have none of them, which their bytes tell sooner than their characters
        let may_be_special = |byte: &u8| matches!(*byte, b'<' | b'>' | b'&' | SEPARATOR);
        let mut rest = fragment;
        if fragment.as_bytes().iter().any(may_be_special) {
            while let Some(at) = rest.find(['<', '>', '&', '\u{2028}', '\u{2029}']) {
                let (plain, special) = rest.split_at(at);
                let mut characters = special.chars();
                let code = characters.next().map_or(0, u32::from);
                write!(writer, "{plain}\\u{code:04x}")?;
                rest = characters.as_str();
            }
        }
        writer.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn ds_48_escapes_as_go_does() {
        let rows = [
            (
                json!("a < b && c > d"),
                r#""a \u003c b \u0026\u0026 c \u003e d""#,
            ),
            (
                json!("line\u{2028}and\u{2029}paragraph"),
                r#""line\u2028and\u2029paragraph""#,
            ),
            (
                json!({"<k>": [1, "\"\\\n"]}),
                r#"{"\u003ck\u003e":[1,"\"\\\n"]}"#,
            ),
            (json!("한국어 stays"), "\"한국어 stays\""),
        ];
        for (value, expected) in rows {
            let encoded = to_vec(&value);
            assert_eq!(String::from_utf8_lossy(&encoded), expected);
            let read: serde_json::Value = serde_json::from_slice(&encoded).expect("it is JSON");
            assert_eq!(read, value);
        }
    }
}
