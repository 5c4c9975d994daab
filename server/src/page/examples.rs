//! The manifests of the examples, so that loading them has a kubectl equal. They are in the sources for all to read.

use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;

use crate::backend;

/// All of them, as one file.
pub async fn yaml() -> Response {
    let yaml = [(CONTENT_TYPE, "application/yaml")];
    (yaml, backend::example_manifests()).into_response()
}
