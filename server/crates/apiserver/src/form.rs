//! The form in which an answer leaves: handlers make JSON, which becomes protobuf for clients that prefer it, and is
//! indented for people.

use axum::extract::Request;
use axum::response::Response;

use crate::pretty;
use crate::protobuf;
use crate::proxy;

/// What becomes of the JSON of an answer on its way out.
pub struct Form {
    protobuf: Option<protobuf::Wanted>,
    for_people: bool,
}

impl Form {
    /// What the request asks for.
    pub fn of(request: &Request) -> Self {
        // what others answer stays as they write it
        let is_ours = !proxy::is_proxied(request.uri().path());
        Self {
            protobuf: protobuf::Wanted::of(request.headers()).filter(|_| is_ours),
            for_people: is_ours && pretty::is_wanted(request),
        }
    }

    /// The answer in that form.
    pub async fn give(&self, mut response: Response) -> Response {
        if let Some(wanted) = self.protobuf {
            response = wanted.encode(response).await;
        }
        match self.for_people {
            true => pretty::indented(response).await,
            false => response,
        }
    }
}
