//! The form in which an answer leaves: handlers make JSON, which becomes YAML or protobuf for clients that prefer it,
//! and is indented for people.

use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use http_body_util::BodyExt;
use serde_json::Value;

use crate::negotiate::{self, Media, Wanted};
use crate::pretty;
use crate::problem::Problem;
use crate::protobuf;
use crate::proxy;
use crate::render::{COMPRESS_FROM_BYTES, Compressible, Watching};
use crate::yaml;

/// Marks a response that is an object, a list, a Status or a watch of these, and may be had in another form.
#[derive(Clone, Copy)]
pub struct Encodable;

/// What becomes of the JSON of an answer on its way out.
pub struct Form {
    answers: Wanted<()>,
    /// An error is shown as nothing but itself; `None` where the client takes it in no form that there is.
    errors: Option<Wanted<()>>,
    takes_json: bool,
    for_people: bool,
    /// False where others answer, which stays as they write it; what keeps them from it is told by the API.
    is_ours: bool,
}

const JSON: Wanted<()> = Wanted {
    media: Media::Json,
    what: (),
    pretty: false,
};

impl Form {
    /// What the request asks for.
    pub fn of(request: &Request) -> Self {
        let plain = Self {
            answers: JSON,
            errors: Some(JSON),
            takes_json: true,
            for_people: pretty::is_wanted(request),
            is_ours: !proxy::is_proxied(request.uri().path()),
        };
        match asks(request.headers()) {
            true => plain.accepted(request.headers()),
            false => plain,
        }
    }

    fn accepted(self, headers: &HeaderMap) -> Self {
        let answers = negotiate::of_kinds(headers).map(|wanted| Wanted {
            media: wanted.media,
            what: (),
            pretty: wanted.pretty,
        });
        Self {
            // whoever takes nothing is told so by its handler
            answers: answers.unwrap_or(JSON),
            errors: negotiate::of_documents(headers),
            takes_json: negotiate::takes_json(headers),
            ..self
        }
    }

    /// The answer in that form.
    pub async fn give(&self, response: Response) -> Response {
        let is_encodable = response.extensions().get::<Encodable>().is_some() && is_json(&response);
        if !self.is_ours && !is_encodable {
            return response;
        }
        let status = response.status();
        let is_error = status.is_client_error() || status.is_server_error();
        let wanted = match is_error {
            true => self.errors,
            false => Some(self.answers),
        };
        // upstream's raw JSON, which is for people always
        let Some(wanted) = wanted else {
            return pretty::indented(response).await;
        };
        let response = match wanted.media {
            Media::Yaml if is_encodable => as_yaml(response).await,
            Media::Protobuf if is_encodable => self.as_protobuf(response).await,
            _ => response,
        };
        match self.for_people || wanted.pretty && is_encodable {
            true => pretty::indented(response).await,
            false => response,
        }
    }

    /// What would lose something on the way, or has no protobuf, stays JSON if the client takes that.
    async fn as_protobuf(&self, response: Response) -> Response {
        if is_watch(&response) {
            return protobuf::watch(response);
        }
        let (head, json) = read(response).await;
        match protobuf::from_json(&json) {
            Some(encoded) if encoded.is_complete || !self.takes_json => {
                with_body(head, protobuf::MEDIA_TYPE, encoded.bytes.into())
            }
            _ if self.takes_json => with_body(head, Media::Json.name(), json),
            _ => Problem::NoRepresentation(negotiate::WITHOUT_PROTOBUF).into_response(),
        }
    }
}

/// Nearly every client takes JSON and nothing else, so that nothing needs to be taken apart.
fn asks(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT);
    accept.is_some_and(|accept| accept != "application/json" && accept != "*/*")
}

async fn as_yaml(response: Response) -> Response {
    // whoever wants YAML is refused a watch
    if is_watch(&response) {
        return response;
    }
    let (head, json) = read(response).await;
    match serde_json::from_slice::<Value>(&json) {
        Ok(value) => with_body(head, Media::Yaml.name(), yaml::from_json(&value).into()),
        Err(error) => Problem::Internal(error.to_string()).into_response(),
    }
}

fn is_json(response: &Response) -> bool {
    let media_type = response.headers().get(header::CONTENT_TYPE);
    media_type.is_some_and(|media_type| media_type == "application/json")
}

fn is_watch(response: &Response) -> bool {
    response.extensions().get::<Watching>().is_some()
}

async fn read(response: Response) -> (http::response::Parts, Bytes) {
    let (head, body) = response.into_parts();
    // what the API answers is made here, and never breaks off
    let json = body.collect().await.map(|body| body.to_bytes());
    (head, json.unwrap_or_default())
}

fn with_body(mut head: http::response::Parts, media_type: &'static str, body: Bytes) -> Response {
    let media_type = HeaderValue::from_static(media_type);
    head.headers.insert(header::CONTENT_TYPE, media_type);
    head.headers.remove(header::CONTENT_LENGTH);
    match body.len() >= COMPRESS_FROM_BYTES {
        true => _ = head.extensions.insert(Compressible),
        false => _ = head.extensions.remove::<Compressible>(),
    }
    Response::from_parts(head, Body::from(body))
}
