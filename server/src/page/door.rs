//! Who may come in: whoever signed in, for all but the few open routes.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, StatusCode};
use orrery_app::backend::AppError;

use super::routes::{self, Access};
use super::{Site, sign_in};

/// Lets in or asks to sign in.
pub async fn keep(State(site): State<Site>, request: Request, next: Next) -> Response {
    let open = routes::access(request.uri().path()) == Access::Open;
    if open || site.0.sessions.knows(request.headers()) {
        return next.run(request).await;
    }
    match *request.method() {
        Method::GET | Method::HEAD if !routes::is_stream(request.uri().path()) => {
            sign_in::invitation(request.headers())
        }
        _ => refusal(),
    }
}

/// In the form in which the page's own calls read their errors.
fn refusal() -> Response {
    let body = serde_json::to_string(&AppError::SignIn).expect("plain data");
    let json = HeaderValue::from_static("application/json");
    (StatusCode::UNAUTHORIZED, [(CONTENT_TYPE, json)], body).into_response()
}
