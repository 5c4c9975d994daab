//! Sockets: connections accepted, encrypted where asked, and ended in time.

mod connection;
mod patience;
mod stream;
mod tls;
mod unread;

use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

pub use tls::acceptor;

/// Connections at a time on one listener. Further ones wait in the system's backlog: a program that
/// opens them without end slows itself down, not the cluster.
const MOST_CONNECTIONS: usize = 2_000;

/// How long requests under way may take once a stop is asked for. Streams end at once; the rest of the
/// five seconds that a stop may take is the pods'.
const GRACE: Duration = Duration::from_millis(1_500);

/// What follows a failure to accept, usually too many open files: time for some to close.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves a router until `stop`, then lets requests under way finish for a moment.
pub async fn serve(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    router: Router,
    stop: CancellationToken,
) {
    let room = std::sync::Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        let next = async {
            let permit = room.clone().acquire_owned().await;
            let permit = permit.expect("the semaphore is never closed");
            (permit, listener.accept().await)
        };
        let (permit, accepted) = tokio::select! {
            next = next => next,
            () = stop.cancelled() => break,
        };
        while connections.try_join_next().is_some() {}
        match accepted {
            Ok((socket, _)) => {
                let served = connection::serve(socket, tls.clone(), router.clone(), stop.clone());
                connections.spawn(async move {
                    let _permit = permit;
                    served.await;
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    let finished = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(GRACE, finished).await.is_err() {
        connections.abort_all();
    }
}
