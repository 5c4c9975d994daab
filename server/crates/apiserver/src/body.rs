//! Request bodies: of what size and type they are; [`crate::incoming`] reads them.

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use memchr::{memchr_iter, memchr2, memchr3, memmem};
use serde_json::Value;

use crate::foreign;
use crate::go_text;
use crate::problem::{Outcome, Problem};
use crate::yaml::SaidTwice;

/// What YAML is called.
const YAML: [&str; 3] = ["application/yaml", "text/yaml", "application/x-yaml"];

/// The largest body, as upstream's `MaxRequestBodyBytes`: what etcd takes in one request, doubled.
pub const LIMIT_BYTES: usize = 3 * 1024 * 1024;

/// A body that takes longer is given up, as upstream's request timeout: who sends byte by byte holds no
/// more than what has come, and not for ever.
const PATIENCE: Duration = Duration::from_secs(60);

/// How many objects a body may hold. `{}` is two bytes, and a container that is made of them takes a kilobyte and more:
/// a body of a million would take as many. Ours alone; upstream has no such bound.
const MOST_OBJECTS: usize = 64 * 1024;

/// Reads the whole body; 413 beyond the limit, 504 when it does not come.
pub async fn read(body: Body) -> Outcome<Bytes> {
    let whole = Limited::new(body, LIMIT_BYTES).collect();
    let Ok(read) = tokio::time::timeout(PATIENCE, whole).await else {
        return Err(Problem::TimedOut);
    };
    match read {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            Err(Problem::TooLarge(format!("limit is {LIMIT_BYTES}")))
        }
        Err(error) => Err(Problem::bad_request(format!(
            "the body could not be read: {error}"
        ))),
    }
}

/// A body of JSON. Absent types count as JSON, as upstream has it; YAML is read by whoever has words for what is none.
pub fn json(headers: &HeaderMap, body: Bytes) -> Outcome<Bytes> {
    unbounded_json(headers, body).and_then(bounded)
}

/// The same JSON, or 413 when there are too many objects in it.
pub fn bounded(json: Bytes) -> Outcome<Bytes> {
    check_count(objects(&json)).map(|()| json)
}

/// The same of a document that a patch made.
pub fn check_document(document: &Value) -> Outcome<()> {
    check_count(objects_in(document))
}

fn check_count(objects: usize) -> Outcome<()> {
    match objects > MOST_OBJECTS {
        true => Err(Problem::TooLarge(format!(
            "limit is {MOST_OBJECTS} objects in a body"
        ))),
        false => Ok(()),
    }
}

/// Objects, and nulls, which in a list are objects of which nothing is said; not those in texts.
fn objects(json: &[u8]) -> usize {
    let at_most = memchr_iter(b'{', json).count() + memmem::find_iter(json, b"null").count();
    if at_most <= MOST_OBJECTS {
        return at_most;
    }
    let (mut count, mut rest) = (0, json);
    while let Some(at) = memchr3(b'"', b'{', b'n', rest) {
        let (byte, behind) = (rest[at], &rest[at + 1..]);
        rest = match byte {
            b'"' => behind_text(behind),
            _ => {
                count += 1;
                behind
            }
        };
    }
    count
}

/// What follows a text that has begun.
fn behind_text(mut rest: &[u8]) -> &[u8] {
    while let Some(at) = memchr2(b'"', b'\\', rest) {
        let escaped = usize::from(rest[at] == b'\\');
        let behind = rest.get(at + 1 + escaped..).unwrap_or_default();
        if escaped == 0 {
            return behind;
        }
        rest = behind;
    }
    &[]
}

fn objects_in(value: &Value) -> usize {
    match value {
        Value::Null => 1,
        Value::Array(items) => items.iter().map(objects_in).sum(),
        Value::Object(map) => 1 + map.values().map(objects_in).sum::<usize>(),
        _ => 0,
    }
}

/// The same, however many objects there are in it.
pub fn unbounded_json(headers: &HeaderMap, body: Bytes) -> Outcome<Bytes> {
    match media_type(headers) {
        "" | "application/json" => Ok(go_text::characters(body)),
        other => Err(unsupported(other)),
    }
}

/// What is said of a protobuf body that is of a kind, but damaged within.
pub fn damaged(api_version: &str, kind: &str, expected: &str, why: &str) -> String {
    let version = foreign::short(api_version);
    format!("{kind} in version {version:?} cannot be handled as a {expected}: {why}")
}

/// The keys that a YAML body repeats. What JSON repeats is noticed as it is decoded.
pub fn said_twice(headers: &HeaderMap, body: &Bytes) -> SaidTwice {
    match is_yaml(headers) {
        true => SaidTwice::find(body),
        false => SaidTwice::default(),
    }
}

/// True for a body that is YAML.
pub fn is_yaml(headers: &HeaderMap) -> bool {
    YAML.contains(&media_type(headers))
}

/// The body's media type without parameters.
pub fn media_type(headers: &HeaderMap) -> &str {
    let text = headers
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok());
    let media = text
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default();
    media.trim()
}

/// 415 with upstream's words.
pub fn unsupported(media_type: &str) -> Problem {
    tracing::debug!(media_type, "a request body of an unknown type");
    Problem::UnsupportedMediaType(
        "the body of the request was in an unknown format - accepted media types include: \
         application/json, application/yaml, application/vnd.kubernetes.protobuf"
            .to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::{Container, EphemeralContainer, Volume};
    use serde_json::json;

    use super::*;

    #[test]
    fn objects_are_counted_where_they_are_none_of_a_text() {
        let braces = "{".repeat(MOST_OBJECTS + 1);
        let rows = [
            (r#"{"a":{},"b":[{},null]}"#.to_owned(), 4),
            // not looked at closely
            (r#"{"a":"{null"}"#.to_owned(), 3),
            (format!(r#"{{"a":"{braces}","b":{{}},"n":null}}"#), 3),
            (format!(r#"{{"a":"\"{braces}\\","b":[{{}}]}}"#), 2),
            (format!(r#"["{braces}"#), 0),
            (
                format!("[{}{{}}]", "{},".repeat(MOST_OBJECTS)),
                MOST_OBJECTS + 1,
            ),
            (
                format!("[{}null]", "null,".repeat(MOST_OBJECTS)),
                MOST_OBJECTS + 1,
            ),
        ];
        for (json, count) in rows {
            assert_eq!(
                objects(json.as_bytes()),
                count,
                "{}",
                &json[..20.min(json.len())]
            );
        }
        let document = json!({"a": {}, "b": [{}, null, "{"], "c": 1});
        assert_eq!(objects_in(&document), 4);
    }

    /// What one body can be decoded to.
    #[test]
    fn the_objects_of_a_body_take_no_more_than_a_quarter_of_a_gigabyte() {
        let sizes = [
            size_of::<Container>(),
            size_of::<EphemeralContainer>(),
            size_of::<Volume>(),
        ];
        for size in sizes {
            assert!(size * MOST_OBJECTS <= 256 << 20, "{size}");
        }
    }
}
