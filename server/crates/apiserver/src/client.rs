//! The in-process `kube::Client`: the router called as a service, no socket between.

use axum::body::Body;
use axum::response::Response;
use axum::{BoxError, Extension, Router};
use http::{HeaderValue, Request, header};
use hyper::client::conn::http1 as near;
use hyper::server::conn::http1 as far;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tower::ServiceExt;

use crate::auth::Identity;

/// What may be on its way each way over a connection in memory: as much as a pipe holds.
const PIPE_BYTES: usize = 64 << 10;

/// A client that acts as `identity`. Must be made inside a tokio runtime.
pub fn client(router: Router, identity: Identity) -> kube::Client {
    let service = tower::service_fn(move |request: Request<kube::client::Body>| {
        let mut request = request.map(Body::new);
        let (router, identity) = (router.clone(), identity.clone());
        async move {
            if request.headers().contains_key(header::UPGRADE) {
                // boxed: rare, and large beside what each other request takes
                return Box::pin(connected(router, identity, request)).await;
            }
            request.extensions_mut().insert(identity);
            let Ok(response) = router.oneshot(request).await;
            Ok::<_, BoxError>(response)
        }
    });
    kube::Client::new(service, "default")
}

/// A request whose connection is to speak another protocol from then on (`exec`) has one: in memory, and its own. It
/// lasts as long as either side holds its end.
async fn connected(
    router: Router,
    identity: Identity,
    mut request: Request<Body>,
) -> Result<Response, BoxError> {
    let (ours, theirs) = tokio::io::duplex(PIPE_BYTES);
    let router = router.layer(Extension(identity));
    let served = far::Builder::new()
        .serve_connection(TokioIo::new(theirs), TowerToHyperService::new(router))
        .with_upgrades();
    tokio::spawn(async move {
        if let Err(error) = served.await {
            tracing::debug!(%error, "a connection in memory ended early");
        }
    });
    let (mut sender, connection) = near::handshake(TokioIo::new(ours)).await?;
    tokio::spawn(async move {
        if let Err(error) = connection.with_upgrades().await {
            tracing::debug!(%error, "a connection in memory ended early");
        }
    });
    let host = HeaderValue::from_static("orrery");
    request.headers_mut().insert(header::HOST, host);
    let response = sender.send_request(request).await?;
    Ok(response.map(Body::new))
}
