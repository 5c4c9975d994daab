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

/// How many values may stand beside others. `""` and its comma are three bytes, and what is wrong with each is told at
/// a hundred times that length. Ours alone, too.
const MOST_BESIDE: usize = 128 * 1024;

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

/// The same JSON, or 413 when there is too much in it.
pub fn bounded(json: Bytes) -> Outcome<Bytes> {
    check_count(objects(&json), beside(&json)).map(|()| json)
}

/// The same of a document that a patch made.
pub fn check_document(document: &Value) -> Outcome<()> {
    check_count(objects_in(document), beside_in(document))
}

fn check_count(objects: usize, beside: usize) -> Outcome<()> {
    let too_many =
        |most: usize, what: &str| Problem::TooLarge(format!("limit is {most} {what} in a body"));
    if objects > MOST_OBJECTS {
        return Err(too_many(MOST_OBJECTS, "objects"));
    }
    if beside > MOST_BESIDE {
        return Err(too_many(MOST_BESIDE, "values beside others"));
    }
    Ok(())
}

/// Objects, and nulls, which in a list are objects of which nothing is said; not those in texts.
fn objects(json: &[u8]) -> usize {
    let at_most = memchr_iter(b'{', json).count() + memmem::find_iter(json, b"null").count();
    match at_most > MOST_OBJECTS {
        true => outside_texts(json, b'{', b'n'),
        false => at_most,
    }
}

/// Commas; not those in texts.
fn beside(json: &[u8]) -> usize {
    let at_most = memchr_iter(b',', json).count();
    match at_most > MOST_BESIDE {
        true => outside_texts(json, b',', b','),
        false => at_most,
    }
}

/// How often one of the two stands there.
fn outside_texts(json: &[u8], one: u8, other: u8) -> usize {
    let (mut count, mut rest) = (0, json);
    while let Some(at) = memchr3(b'"', one, other, rest) {
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

fn beside_in(value: &Value) -> usize {
    match value {
        Value::Array(items) => {
            items.len().saturating_sub(1) + items.iter().map(beside_in).sum::<usize>()
        }
        Value::Object(map) => {
            map.len().saturating_sub(1) + map.values().map(beside_in).sum::<usize>()
        }
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
        assert_eq!(beside_in(&document), 4);
    }

    #[test]
    fn values_beside_others_are_counted_where_they_are_none_of_a_text() {
        let commas = ",".repeat(MOST_BESIDE + 1);
        let rows = [
            (r#"{"a":{},"b":[1,"",[]]}"#.to_owned(), 3),
            // not looked at closely
            (r#"{"a":",,"}"#.to_owned(), 2),
            (format!(r#"{{"a":"{commas}","b":[1,2]}}"#), 2),
            (
                format!("[{}1]", "1,".repeat(MOST_BESIDE + 1)),
                MOST_BESIDE + 1,
            ),
        ];
        for (json, count) in rows {
            let begins = &json[..20.min(json.len())];
            assert_eq!(beside(json.as_bytes()), count, "{begins}");
        }
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
