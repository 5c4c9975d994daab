//! Watches as protobuf, for whoever prefers it: made of the JSON that everybody else is given.

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures::TryStreamExt;
use http::{HeaderValue, header};

use super::encode;
use super::message::Writer;
use super::node::Node;

/// What the answer to a watch is called.
const WATCH_MEDIA_TYPE: &str = "application/vnd.kubernetes.protobuf;stream=watch";

/// The same watch as protobuf.
pub fn watch(response: Response) -> Response {
    let (mut head, body) = response.into_parts();
    let media_type = HeaderValue::from_static(WATCH_MEDIA_TYPE);
    head.headers.insert(header::CONTENT_TYPE, media_type);
    let chunks = body.into_data_stream().map_ok(|lines| frames(&lines));
    Response::from_parts(head, Body::from_stream(chunks))
}

/// Whole lines of a watch as frames: four bytes that say how long the event is, and the event.
fn frames(lines: &[u8]) -> Bytes {
    let mut out = Writer::with_capacity(lines.len());
    for line in lines.split(|byte| *byte == b'\n') {
        let Ok(event) = serde_json::from_slice::<Node<'_>>(line) else {
            continue;
        };
        let object = event.get("object").and_then(encode::envelope);
        let object = object.map(|object| object.bytes).unwrap_or_default();
        let event = encode::event(event.text("type"), &object);
        out.extend_from_slice(&(event.len() as u32).to_be_bytes());
        out.extend_from_slice(&event);
    }
    out.into()
}
