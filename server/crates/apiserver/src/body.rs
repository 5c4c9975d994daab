//! Request bodies: bounded, and JSON whatever they were sent as; [`crate::protobuf`] reads its own.

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::foreign;
use crate::go_text;
use crate::problem::{Outcome, Problem};
use crate::yaml::{self, SaidTwice};

/// What YAML is called.
const YAML: [&str; 3] = ["application/yaml", "text/yaml", "application/x-yaml"];

/// The largest body, as upstream's `MaxRequestBodyBytes`: what etcd takes in one request, doubled.
pub const LIMIT_BYTES: usize = 3 * 1024 * 1024;

/// A body that takes longer is given up, as upstream's request timeout: who sends byte by byte holds no
/// more than what has come, and not for ever.
const PATIENCE: Duration = Duration::from_secs(60);

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

/// A body of JSON or YAML as JSON text. Absent types count as JSON, as upstream has it.
pub fn json(headers: &HeaderMap, body: Bytes) -> Outcome<Bytes> {
    match media_type(headers) {
        "" | "application/json" => Ok(go_text::characters(body)),
        media if YAML.contains(&media) => yaml::to_json(&body)
            .map(Bytes::from)
            .map_err(|why| Problem::BadRequest(format!("error converting YAML to JSON: {why}"))),
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
