//! `GET /`: which paths are served.

use axum::body::Body;
use axum::response::Response;
use serde_json::json;

use crate::discovery;
use crate::health;
use crate::pretty;
use crate::registry::Registry;
use crate::render;

/// Paths that belong to no group.
const ALONE: [&str; 9] = [
    "/.well-known/openid-configuration",
    "/api",
    "/api/v1",
    "/apis",
    "/metrics",
    "/openapi/v2",
    "/openapi/v3",
    "/openid/v1/jwks",
    "/version",
];

/// Answers with every path in order.
pub fn serve(registry: &Registry) -> Response {
    let listed = serde_json::to_vec(&json!({"paths": paths(registry)}));
    let listed = listed.expect("a list of texts is plain data");
    render::typed(Body::from(pretty::indent(&listed)), "application/json")
}

fn paths(registry: &Registry) -> Vec<String> {
    let groups = discovery::served(registry).into_iter();
    let groups = groups.filter(|(group, _)| !group.is_empty());
    let mut paths: Vec<String> = groups
        .flat_map(|(group, version)| [format!("/apis/{group}"), format!("/apis/{group}/{version}")])
        .chain(ALONE.map(str::to_owned))
        .chain(health::paths())
        .collect();
    paths.sort_unstable();
    paths.dedup();
    paths
}
