//! Answers as protobuf, for whoever prefers it: made of the JSON that everybody else is given.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::TryStreamExt;
use http::{HeaderMap, HeaderValue, header};
use http_body_util::BodyExt;

use super::encode::{self, Encoded};
use super::node::Node;
use super::{MEDIA_TYPE, message::Writer};
use crate::negotiate;
use crate::problem::Problem;
use crate::render::Watching;

/// What the answer to a watch is called.
const WATCH_MEDIA_TYPE: &str = "application/vnd.kubernetes.protobuf;stream=watch";

/// Marks a response that is an object, a list, a Status or a watch of these, and may be had as protobuf.
#[derive(Clone, Copy)]
pub struct Encodable;

/// A client that would rather have protobuf.
#[derive(Clone, Copy)]
pub struct Wanted {
    takes_json: bool,
}

impl Wanted {
    /// What the headers say; `None` when JSON or YAML is as welcome.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        negotiate::prefers_protobuf(headers).then(|| Self {
            takes_json: negotiate::takes_json(headers),
        })
    }

    /// The same answer as protobuf, if there is such a thing. What would lose something on the way, or has no
    /// protobuf, stays JSON if the client takes that.
    pub async fn encode(self, response: Response) -> Response {
        if response.extensions().get::<Encodable>().is_none() || !is_json(&response) {
            return response;
        }
        if response.extensions().get::<Watching>().is_some() {
            return watch(response);
        }
        let (mut head, body) = response.into_parts();
        // what the API answers is made here, and never breaks off
        let json = body.collect().await.map(|body| body.to_bytes());
        let json = json.unwrap_or_default();
        let encoded = encode::from_json(&json);
        let body = match encoded.filter(|encoded| encoded.is_complete || !self.takes_json) {
            Some(Encoded { bytes, .. }) => {
                let media_type = HeaderValue::from_static(MEDIA_TYPE);
                head.headers.insert(header::CONTENT_TYPE, media_type);
                Bytes::from(bytes)
            }
            None if self.takes_json => json,
            None => return Problem::NoRepresentation(negotiate::WITHOUT_PROTOBUF).into_response(),
        };
        head.headers.remove(header::CONTENT_LENGTH);
        Response::from_parts(head, Body::from(body))
    }
}

fn is_json(response: &Response) -> bool {
    let media_type = response.headers().get(header::CONTENT_TYPE);
    media_type.is_some_and(|media_type| media_type == "application/json")
}

fn watch(response: Response) -> Response {
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
