//! What a refused request still has to send. Over HTTP/2 a stream whose body nobody reads is reset, and
//! some clients (curl 7.88) then lose the answer that came before: so it is read, within bounds.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use bytes::Bytes;
use http::{Version, header};
use http_body::{Frame, SizeHint};
use http_body_util::{BodyExt, Limited};
use parking_lot::Mutex;

use crate::body::LIMIT_BYTES;

/// Who sends slower than this loses no more than the rest of what was refused.
const PATIENCE: Duration = Duration::from_secs(1);

/// The rest of a request's body, whoever has begun to read it.
pub struct Leftover(Shared);

impl Leftover {
    /// Takes hold of the body of a request whose refusal could be lost. One that waits to be asked for
    /// its body (`Expect`) sends none unless somebody reads.
    pub fn of(request: &mut Request) -> Option<Self> {
        let waits = request.headers().contains_key(header::EXPECT);
        let ended = http_body::Body::is_end_stream(request.body());
        if request.version() != Version::HTTP_2 || waits || ended {
            return None;
        }
        let body = std::mem::take(request.body_mut());
        let shared = Shared(Arc::new(Mutex::new(body)));
        *request.body_mut() = Body::new(shared.clone());
        Some(Self(shared))
    }

    /// Reads it to its end, or as long as the largest body would be.
    pub async fn drain(self) {
        let mut rest = Limited::new(self.0, LIMIT_BYTES);
        let read = async { while let Some(Ok(_)) = rest.frame().await {} };
        // the answer is the same whether or not the client sent all
        let _ = tokio::time::timeout(PATIENCE, read).await;
    }
}

#[derive(Clone)]
struct Shared(Arc<Mutex<Body>>);

impl Shared {
    fn with<T>(&self, ask: impl FnOnce(&mut Body) -> T) -> T {
        ask(&mut self.0.lock())
    }
}

impl http_body::Body for Shared {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.with(|body| Pin::new(body).poll_frame(cx))
    }

    fn is_end_stream(&self) -> bool {
        self.with(|body| body.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        self.with(|body| body.size_hint())
    }
}
