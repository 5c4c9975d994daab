//! `/livez`, `/readyz`, `/healthz`: for everyone, without credentials.

use axum::body::Body;
use axum::response::Response;

use crate::core::Core;
use crate::render;

const PATHS: [&str; 3] = ["/livez", "/readyz", "/healthz"];

/// True for a health path, also one below it (`/readyz/ping`).
pub fn is_health(path: &str) -> bool {
    let below = |root: &&str| {
        path.strip_prefix(*root)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    PATHS.iter().any(below)
}

/// `ok`: a server that answers this reads its store, and the store holds its bootstrap objects before
/// the listener opens.
pub fn serve(core: &Core, path: &str) -> Response {
    let revision = core.store.revision();
    tracing::trace!(path, revision, "asked for health");
    render::typed(Body::from("ok"), "text/plain; charset=utf-8")
}
