//! What Orrery's own components are spared: `metadata.managedFields`, often half of an object. None of
//! them reads it, and reading past it costs them more than the rest of the object.

use std::ops::Range;
use std::sync::LazyLock;

use bytes::Bytes;
use memchr::memmem;

/// In a stored object the version stands before it, so that a comma always does, too. Within a JSON string
/// the quotes would be escaped.
const KEY: &[u8] = b",\"managedFields\":[";
/// Made once: to make it costs more than to find the key with it.
static FINDER: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new(KEY));

/// The stored object without its managers.
pub fn managers(stored: &Bytes) -> Bytes {
    match span(stored) {
        None => stored.clone(),
        Some(span) => [&stored[..span.start], &stored[span.end..]].concat().into(),
    }
}

/// Appends the stored object without its managers.
pub fn append(chunk: &mut Vec<u8>, stored: &[u8]) {
    let cut = span(stored).unwrap_or(0..0);
    chunk.extend_from_slice(&stored[..cut.start]);
    chunk.extend_from_slice(&stored[cut.end..]);
}

fn span(stored: &[u8]) -> Option<Range<usize>> {
    let start = FINDER.find(stored)?;
    let list = start + KEY.len() - 1;
    Some(start..list + list_len(&stored[list..])?)
}

/// How long the list is that the JSON begins with.
fn list_len(json: &[u8]) -> Option<usize> {
    let (mut depth, mut in_string, mut escaped) = (0, false, false);
    for (at, byte) in json.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'[' => depth += 1,
            b']' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(at + 1);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_managers_go() {
        let rows = [
            (
                r#"{"metadata":{"resourceVersion":"1","name":"a"}}"#,
                r#"{"metadata":{"resourceVersion":"1","name":"a"}}"#,
            ),
            (
                r#"{"metadata":{"resourceVersion":"1","managedFields":[{"a":["]\"[",{}]}],"name":"a"},"b":[1]}"#,
                r#"{"metadata":{"resourceVersion":"1","name":"a"},"b":[1]}"#,
            ),
            (
                r#"{"metadata":{"resourceVersion":"1","managedFields":[]}}"#,
                r#"{"metadata":{"resourceVersion":"1"}}"#,
            ),
            (
                r#"{"metadata":{"annotations":{"last":"{,\"managedFields\":[1]}"}}}"#,
                r#"{"metadata":{"annotations":{"last":"{,\"managedFields\":[1]}"}}}"#,
            ),
        ];
        for (stored, want) in rows {
            let left = managers(&Bytes::from_static(stored.as_bytes()));
            assert_eq!(left, want.as_bytes(), "{stored}");
            let mut appended = Vec::new();
            append(&mut appended, stored.as_bytes());
            assert_eq!(appended, want.as_bytes(), "{stored}");
        }
    }
}
