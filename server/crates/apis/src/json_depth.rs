//! How deeply JSON may be nested here. Go's decoder has a stack that grows, and reads 10,000 levels; no kind has a
//! hundredth of them.

use serde_json::Value;

/// How many our own parser keeps open, and whoever walks through what it made: each is a frame of the stack.
pub const READ_DEPTH: usize = 127;

/// What our own parser says of more.
const READ_NO_DEEPER: &str = "recursion limit exceeded";

/// What our own parser has to say of a text in which Go finds no fault: of one that is too deep for it, where.
pub fn told(error: &str, text: &[u8]) -> String {
    let too_deep = error.contains(READ_NO_DEEPER).then(|| too_deep(text));
    too_deep.flatten().unwrap_or_else(|| error.to_owned())
}

/// Names the field below which a JSON text is nested more deeply than our own parser reads.
fn too_deep(text: &[u8]) -> Option<String> {
    /// Of a path; it may be a hundred fields long, and a field a megabyte.
    const SHOWN: (usize, usize) = (3, 60);
    // by level the field that is open, of which a list has none
    let mut fields: Vec<&[u8]> = Vec::new();
    let mut rest = text;
    while let Some((byte, behind)) = rest.split_first() {
        rest = behind;
        match byte {
            b'{' | b'[' if fields.len() == READ_DEPTH => {
                let named = fields.iter().filter(|field| !field.is_empty());
                let named = named
                    .take(SHOWN.0)
                    .map(|field| String::from_utf8_lossy(field));
                let path = named.collect::<Vec<_>>().join(".");
                let path: String = path.chars().take(SHOWN.1).collect();
                return Some(format!(
                    "json: field {path:?} is nested more than {READ_DEPTH} levels deep, which is the limit here"
                ));
            }
            b'{' | b'[' => fields.push(&[]),
            b'}' | b']' => _ = fields.pop(),
            b'"' => {
                let (string, behind) = split_string(behind);
                rest = behind.trim_ascii_start();
                if rest.starts_with(b":")
                    && let Some(open) = fields.last_mut()
                {
                    *open = string;
                }
            }
            _ => {}
        }
    }
    None
}

/// The string that has begun, as it is written, and what follows it.
fn split_string(rest: &[u8]) -> (&[u8], &[u8]) {
    let mut at = 0;
    while let Some(byte) = rest.get(at) {
        match byte {
            b'"' => return (&rest[..at], &rest[at + 1..]),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    (rest, &[])
}

/// How many brackets are open within the value, at most.
pub fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(map) => 1 + map.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::go_syntax;

    #[test]
    fn what_is_too_deep_for_us_is_told_by_its_field() {
        let nested = |levels: usize| format!("{}1{}", "{\"a\":".repeat(levels), "}".repeat(levels));
        let list = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        let limit = "is nested more than 127 levels deep, which is the limit here";
        let rows = [
            (format!(r#"{{"b":{{}},"data":{}}}"#, nested(126)), None),
            (
                format!(r#"{{"b":{{"c":"{{\""}},"data":{}}}"#, nested(127)),
                Some("data.a.a"),
            ),
            (format!(r#"{{"x" : {},"y":1}}"#, list(127)), Some("x")),
            (nested(10_000), Some("a.a.a")),
        ];
        for (text, field) in rows {
            let want = field.map(|field| format!("json: field {field:?} {limit}"));
            let begins = &text[..20];
            assert_eq!(go_syntax::object(text.as_bytes()).err(), want, "{begins}");
        }
        let untouched = "invalid type: map, expected a string";
        assert_eq!(told(untouched, nested(200).as_bytes()), untouched);
    }
}
