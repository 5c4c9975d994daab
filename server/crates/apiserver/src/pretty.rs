//! `?pretty=true`: JSON for people, as Go's `json.Indent` makes it. Who fetches with curl, Wget or a browser gets it
//! unasked, as from upstream; watches and logs stay as they are.

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http::header;
use http_body_util::BodyExt;

use crate::go_text;
use crate::params;
use crate::render::Watching;

/// How the programs begin that show to people what they fetch.
const READERS: [&str; 3] = ["curl", "Wget", "Mozilla/5.0"];

/// Whether the answer is to be read by people.
pub fn is_wanted(request: &Request) -> bool {
    // upstream writes its documents of types itself
    if request.uri().path().starts_with("/openapi") {
        return false;
    }
    if let Some(asked) = params::value_in(request.uri().query(), "pretty") {
        return go_text::is_true(&asked);
    }
    let agent = request.headers().get(header::USER_AGENT);
    agent.is_some_and(|agent| {
        let agent = agent.as_bytes();
        READERS
            .iter()
            .any(|name| agent.starts_with(name.as_bytes()))
    })
}

/// The same answer, indented if it is JSON that ends.
pub async fn indented(response: Response) -> Response {
    let media_type = response.headers().get(header::CONTENT_TYPE);
    // aggregated discovery tells its version behind it
    let is_json = media_type.is_some_and(|media_type| {
        let mut parts = media_type.as_bytes().split(|byte| *byte == b';');
        parts.next() == Some(b"application/json")
    });
    if !is_json || response.extensions().get::<Watching>().is_some() {
        return response;
    }
    let (mut head, body) = response.into_parts();
    // what the API answers is made here, and never breaks off
    let json = body.collect().await.map(|body| body.to_bytes());
    head.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(head, Body::from(indent(&json.unwrap_or_default())))
}

/// Two spaces a level, empty objects and lists closed at once.
pub fn indent(json: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(json.len() * 2);
    let mut depth = 0;
    let (mut in_text, mut escaped, mut opened) = (false, false, false);
    for byte in json.iter().copied() {
        if in_text {
            out.push(byte);
            in_text = escaped || byte != b'"';
            escaped = byte == b'\\' && !escaped;
            continue;
        }
        if byte.is_ascii_whitespace() {
            continue;
        }
        let closes = matches!(byte, b'}' | b']');
        if std::mem::take(&mut opened) && !closes {
            depth += 1;
            line(&mut out, depth);
        } else if closes && !matches!(out.last(), Some(b'{' | b'[')) {
            depth -= 1;
            line(&mut out, depth);
        }
        out.push(byte);
        match byte {
            b'"' => in_text = true,
            b'{' | b'[' => opened = true,
            b',' => line(&mut out, depth),
            b':' => out.push(b' '),
            _ => {}
        }
    }
    out
}

fn line(out: &mut Vec<u8>, depth: usize) {
    out.push(b'\n');
    out.extend(std::iter::repeat_n(b' ', 2 * depth));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn k_10_json_for_people_is_as_gos() {
        let rows = [
            ("{}", "{}"),
            ("[]", "[]"),
            ("3", "3"),
            (r#"{"a":{},"b":[]}"#, "{\n  \"a\": {},\n  \"b\": []\n}"),
            (
                r#"{"a":[1,{"b":"x, {y}: \" \\"}],"c":"[\\"}"#,
                "{\n  \"a\": [\n    1,\n    {\n      \"b\": \"x, {y}: \\\" \\\\\"\n    }\n  ],\n  \"c\": \"[\\\\\"\n}",
            ),
            ("{ \"a\" : 1 }\n", "{\n  \"a\": 1\n}"),
        ];
        for (json, want) in rows {
            let found = indent(json.as_bytes());
            assert_eq!(String::from_utf8_lossy(&found), want);
        }
    }
}
