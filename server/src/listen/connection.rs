//! One connection, from its handshake to its end.

use std::future::ready;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::extract::Request;
use axum::middleware::{map_request, map_response};
use axum::response::Response;
use axum::{Extension, Router};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use orrery_apiserver::{Peer, Watching};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::patience::Patient;
use super::stream::{self, Streams};
use super::unread;
use crate::credentials::identity_of;

/// For a handshake, for the first bytes and for a request's head: ample on any network, and a silent client holds its
/// place no longer.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// Serves one client.
pub async fn serve(
    socket: TcpStream,
    tls: Option<TlsAcceptor>,
    router: Router,
    stop: CancellationToken,
) {
    // small answers go out at once; waiting to fill a packet would cost a watch event 40 ms
    let _ = socket.set_nodelay(true);
    let router = match socket.peer_addr() {
        Ok(peer) => router.layer(Extension(Peer(peer.ip()))),
        Err(_) => router,
    };
    let Some(tls) = tls else {
        return talk(socket, router, stop).await;
    };
    let Ok(Ok(stream)) = tokio::time::timeout(HEAD_TIMEOUT, tls.accept(socket)).await else {
        return;
    };
    let certificates = stream.get_ref().1.peer_certificates();
    let identity = certificates.and_then(|chain| identity_of(chain.first()?));
    match identity {
        Some(identity) => talk(stream, router.layer(Extension(identity)), stop).await,
        None => talk(stream, router, stop).await,
    }
}

pub(super) async fn talk(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    router: Router,
    stop: CancellationToken,
) {
    let watching = Arc::new(AtomicBool::new(false));
    let stream = Patient::new(stream, watching.clone(), HEAD_TIMEOUT);
    let router = router.layer(map_response(move |response: Response| {
        ready(match response.extensions().get::<Watching>() {
            Some(_) => {
                watching.store(true, Ordering::Relaxed);
                response.map(stream::timed)
            }
            None => response,
        })
    }));
    let router = router.layer(map_request(|request: Request| {
        ready(unread::read_on(request))
    }));
    let mut builder = Builder::new(Streams);
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT);
    builder.http2().timer(TokioTimer::new());
    let connection = builder
        .serve_connection_with_upgrades(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(error = %error, "a connection ended early");
    }
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, Bytes};
    use axum::routing::get;
    use futures::stream::repeat_with;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::time::{Instant, timeout};

    use super::*;

    /// An answer without an end, and with the mark of a watch if it is to be one.
    async fn endless(watch: bool) -> Response {
        let chunk = || Ok::<_, std::convert::Infallible>(Bytes::from_static(&[b'x'; 1024]));
        let mut response = Response::new(Body::from_stream(repeat_with(chunk)));
        if watch {
            response.extensions_mut().insert(Watching);
        }
        response
    }

    /// How long a connection lasts whose client asks for that and reads no more than the first bytes.
    async fn lasting(path: &str) -> Option<Duration> {
        let router = Router::new()
            .route("/watch", get(|| endless(true)))
            .route("/log", get(|| endless(false)));
        let (mut client, server) = tokio::io::duplex(4096);
        let began = Instant::now();
        let talk = tokio::spawn(talk(server, router, CancellationToken::new()));
        let request = format!("GET {path} HTTP/1.1\r\nhost: orrery\r\n\r\n");
        client
            .write_all(request.as_bytes())
            .await
            .expect("the pipe takes it");
        let mut first = [0; 15];
        client.read_exact(&mut first).await.expect("an answer");
        assert_eq!(&first, b"HTTP/1.1 200 OK");
        let ended = timeout(Duration::from_secs(86_400), talk).await;
        ended.is_ok().then(|| began.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn a_watcher_that_stops_reading_is_cut_off_and_a_reader_of_logs_is_not() {
        let after = lasting("/watch").await.expect("it ends");
        assert_eq!(after.as_secs(), 300);
        assert_eq!(lasting("/log").await, None, "a day in a pager is fine");
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_says_nothing_whole_is_cut_off() {
        for begins in ["", "P", "PRI * HTTP/2.0\r\n\r\n", "GET / HTTP/1.1\r\n"] {
            let (mut client, server) = tokio::io::duplex(4096);
            client
                .write_all(begins.as_bytes())
                .await
                .expect("the pipe takes it");
            let began = Instant::now();
            let talk = talk(server, Router::new(), CancellationToken::new());
            let ended = timeout(Duration::from_secs(86_400), talk).await;
            assert!(ended.is_ok(), "{begins:?} holds its place");
            assert_eq!(began.elapsed().as_secs(), 10, "{begins:?}");
        }
    }
}
