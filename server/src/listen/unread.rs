//! What nobody reads of a request's body over HTTP/1: it is read all the same, a little of it, as Go's server does. Else
//! the connection would end under a client that still sends, and that would never see why its request was refused.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use futures::StreamExt;
use http::{Version, header};
use hyper::body::{Frame, SizeHint};
use tokio::runtime::Handle;
use tokio::time::timeout;

/// As Go's `maxPostHandlerReadBytes`: of whoever sends more the connection ends.
const MOST_BYTES: usize = 256 * 1024;

/// Who sends so slowly is not waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// The same request, whose body is read on when it is dropped. Who asks first whether to send is not made to.
pub fn read_on(request: Request) -> Request {
    let is_old = request.version() < Version::HTTP_2;
    let has_body = !hyper::body::Body::is_end_stream(request.body());
    match is_old && has_body && !request.headers().contains_key(header::EXPECT) {
        true => request.map(|body| Body::new(Unread(body))),
        false => request,
    }
}

struct Unread(Body);

impl hyper::body::Body for Unread {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        hyper::body::Body::poll_frame(Pin::new(&mut self.0), context)
    }

    fn is_end_stream(&self) -> bool {
        hyper::body::Body::is_end_stream(&self.0)
    }

    fn size_hint(&self) -> SizeHint {
        hyper::body::Body::size_hint(&self.0)
    }
}

impl Drop for Unread {
    fn drop(&mut self) {
        let body = std::mem::take(&mut self.0);
        if hyper::body::Body::is_end_stream(&body) {
            return;
        }
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(timeout(PATIENCE, discard(body)));
        }
    }
}

async fn discard(body: Body) {
    let mut data = body.into_data_stream();
    let mut left = MOST_BYTES;
    while let Some(Ok(bytes)) = data.next().await {
        match left.checked_sub(bytes.len()) {
            Some(less) => left = less,
            None => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::routing::post;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::listen::connection::talk;

    /// A client of a server that answers without a look at the body.
    fn client() -> DuplexStream {
        let router = Router::new().route("/", post(|| async { "no" }));
        let (client, server) = tokio::io::duplex(4096);
        tokio::spawn(talk(server, router, CancellationToken::new()));
        client
    }

    async fn begin(client: &mut DuplexStream, length: usize) {
        let head = format!("POST / HTTP/1.1\r\nhost: orrery\r\ncontent-length: {length}\r\n\r\n");
        let sent = client.write_all(head.as_bytes()).await;
        sent.expect("the pipe takes it");
    }

    async fn answer(client: &mut DuplexStream) -> String {
        let mut read = Vec::new();
        while !read.ends_with(b"\r\n\r\nno") {
            read.push(client.read_u8().await.expect("an answer"));
        }
        String::from_utf8(read).expect("text")
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_may_send_on_what_nobody_reads_and_ask_again() {
        let mut client = client();
        for _ in 0..2 {
            begin(&mut client, 100_000).await;
            assert!(answer(&mut client).await.starts_with("HTTP/1.1 200 OK"));
            let sent = client.write_all(&vec![b'x'; 100_000]).await;
            sent.expect("somebody reads it");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_sends_far_more_than_anybody_reads_is_cut_off() {
        let mut client = client();
        begin(&mut client, 4 * MOST_BYTES).await;
        answer(&mut client).await;
        let sent = client.write_all(&vec![b'x'; 4 * MOST_BYTES]).await;
        assert!(sent.is_err(), "the connection ends");
    }

    #[tokio::test(start_paused = true)]
    async fn who_stops_sending_is_not_waited_for() {
        let mut client = client();
        begin(&mut client, 100_000).await;
        answer(&mut client).await;
        let end = timeout(2 * PATIENCE, client.read_u8()).await;
        assert!(end.expect("it comes").is_err(), "the connection ends");
    }
}
