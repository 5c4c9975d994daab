//! The in-process `kube::Client`: the router called as a service, no socket between.

use axum::Router;
use axum::body::Body;
use http::Request;
use tower::ServiceExt;

use crate::auth::Identity;

/// A client that acts as `identity`. Must be made inside a tokio runtime.
pub fn client(router: Router, identity: Identity) -> kube::Client {
    let service = tower::service_fn(move |request: Request<kube::client::Body>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(identity.clone());
        router.clone().oneshot(request)
    });
    kube::Client::new(service, "default")
}
