//! `/livez` and `/readyz`.

use axum::extract::State;
use http::StatusCode;

use super::Site;

/// The process answers.
pub async fn live() -> &'static str {
    "ok"
}

/// The cluster answers, and every watch behind the page has been heard.
pub async fn ready(State(site): State<Site>) -> (StatusCode, &'static str) {
    match *site.0.parts.ready.borrow() {
        true => (StatusCode::OK, "ok"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "starting"),
    }
}
