//! One connection, from its handshake to its end.

use std::pin::pin;
use std::time::Duration;

use axum::{Extension, Router};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use crate::credentials::identity_of;

/// For a handshake and for a request's head: ample on any network, and a silent client holds its place
/// no longer.
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

async fn talk(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    router: Router,
    stop: CancellationToken,
) {
    let mut builder = Builder::new(TokioExecutor::new());
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
