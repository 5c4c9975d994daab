//! HTTP/2 streams that are given up when a watcher stops reading one, while the connection's others go
//! on: the stream would count among the connection's for ever, and the watch behind it stay open.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use hyper::body::Frame;
use hyper::rt::Executor;
use parking_lot::Mutex;
use tokio::time::{Instant, sleep_until};

use super::patience::PATIENCE;

/// Since when a stream's last chunk waits to be taken.
type Untaken = Arc<Mutex<Option<Instant>>>;

tokio::task_local! {
    /// Of the stream whose task this is.
    static UNTAKEN: Untaken;
}

/// Runs each stream of a connection until it ends or its reader has taken nothing for too long. Dropping
/// a stream's task resets the stream.
#[derive(Clone)]
pub struct Streams;

impl<F> Executor<F> for Streams
where
    F: Future<Output: Send> + Send + 'static,
{
    fn execute(&self, stream: F) {
        let untaken = Untaken::default();
        let given_up = given_up(untaken.clone());
        tokio::spawn(UNTAKEN.scope(untaken, async move {
            tokio::select! {
                _ = stream => {}
                () = given_up => tracing::debug!("a watcher has stopped reading its stream"),
            }
        }));
    }
}

/// Ends once a chunk has waited for as long as anybody's patience lasts. It looks when that may be so, and
/// not at each chunk.
async fn given_up(untaken: Untaken) {
    loop {
        let since = *untaken.lock();
        sleep_until(since.unwrap_or_else(Instant::now) + PATIENCE).await;
        if since.is_some() && *untaken.lock() == since {
            return;
        }
    }
}

/// The body of a watch; over HTTP/1 as it is, where the whole connection stands for the one watch.
pub fn timed(body: Body) -> Body {
    match UNTAKEN.try_with(Arc::clone) {
        Ok(untaken) => Body::new(Timed { body, untaken }),
        Err(_) => body,
    }
}

struct Timed {
    body: Body,
    untaken: Untaken,
}

impl hyper::body::Body for Timed {
    type Data = Bytes;
    type Error = axum::Error;

    /// Whoever asks for the next chunk has taken the one before.
    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = hyper::body::Body::poll_frame(Pin::new(&mut self.body), context);
        *self.untaken.lock() = frame.is_ready().then(Instant::now);
        frame
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::Router;
    use axum::response::Response;
    use axum::routing::get;
    use futures::stream;
    use http::Request;
    use http_body_util::BodyExt;
    use hyper::client::conn::http2::{Builder, SendRequest};
    use hyper_util::rt::{TokioExecutor, TokioIo};
    use orrery_apiserver::Watching;
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::listen::connection::talk;

    /// What may be on its way to a client that does not read.
    const WINDOW_BYTES: u32 = 64 * 1024;
    const CHUNK_BYTES: u32 = 1024;

    /// An answer without an end, and what tells whether it is still held.
    fn endless(held: &Arc<()>) -> Response {
        let held = held.clone();
        let chunk = move || {
            let _held = &held;
            Ok::<_, std::convert::Infallible>(Bytes::from_static(&[b'x'; CHUNK_BYTES as usize]))
        };
        let mut response = Response::new(Body::from_stream(stream::repeat_with(chunk)));
        response.extensions_mut().insert(Watching);
        response
    }

    async fn client(held: &Arc<()>) -> SendRequest<Body> {
        let held = held.clone();
        let router = Router::new()
            .route("/watch", get(move || async move { endless(&held) }))
            .route("/get", get(|| async { "got" }));
        let (client, server) = tokio::io::duplex(1 << 20);
        tokio::spawn(talk(server, router, CancellationToken::new()));
        let (client, connection) = Builder::new(TokioExecutor::new())
            .initial_stream_window_size(WINDOW_BYTES)
            .handshake(TokioIo::new(client))
            .await
            .expect("the pipe does not break");
        tokio::spawn(connection);
        client
    }

    async fn ask(
        client: &mut SendRequest<Body>,
        path: &str,
    ) -> hyper::Response<hyper::body::Incoming> {
        let request = Request::get(format!("http://orrery{path}"));
        let request = request.body(Body::empty()).expect("a good request");
        client.send_request(request).await.expect("an answer")
    }

    async fn text(client: &mut SendRequest<Body>, path: &str) -> Bytes {
        let answer = ask(client, path).await;
        answer
            .into_body()
            .collect()
            .await
            .expect("a body")
            .to_bytes()
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_that_nobody_reads_is_reset_and_its_neighbours_go_on() {
        let held = Arc::new(());
        let mut client = client(&held).await;
        let mut unread = ask(&mut client, "/watch").await.into_body();
        let mut read = ask(&mut client, "/watch").await.into_body();
        // the router's own, and one for each watch
        let both = Arc::strong_count(&held);
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(290) {
            tokio::time::sleep(Duration::from_secs(13)).await;
            for _ in 0..2 * WINDOW_BYTES / CHUNK_BYTES {
                let frame = read.frame().await.expect("it has no end");
                frame.expect("a reader is left alone");
            }
        }
        tokio::time::sleep(Duration::from_secs(15)).await;
        assert_eq!(Arc::strong_count(&held), both - 1, "its memory is free");
        assert_eq!(text(&mut client, "/get").await, "got");
        let end = loop {
            match unread.frame().await {
                Some(Ok(_)) => {}
                end => break end,
            }
        };
        assert!(matches!(end, Some(Err(_))), "the stream was reset");
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_that_its_client_drops_is_free_at_once() {
        let held = Arc::new(());
        let mut client = client(&held).await;
        let before = Arc::strong_count(&held);
        let answer = ask(&mut client, "/watch").await;
        assert_eq!(Arc::strong_count(&held), before + 1);
        drop(answer);
        assert_eq!(text(&mut client, "/get").await, "got");
        tokio::time::sleep(Duration::from_millis(1)).await;
        assert_eq!(Arc::strong_count(&held), before);
    }
}
