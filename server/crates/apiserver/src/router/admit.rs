//! Who asks, and within which time: what comes before any handler.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use crate::audit;
use crate::auth::{self, Identity, Said};
use crate::core::Core;
use crate::deadline;
use crate::form::Form;
use crate::health;
use crate::impersonate;
use crate::leftover::Leftover;
use crate::params;
use crate::problem::{Outcome, Problem};
use crate::render;
use crate::tokens;

/// Signs in, counts, and hears out what is refused.
pub async fn admit(State(core): State<Arc<Core>>, mut request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let leftover = Leftover::of(&mut request);
    let audit_id = audit::id(&core, &request);
    let mut response = match admitted(&core, &mut request) {
        _ if !params::is_escaped_well(request.uri().path()) => unreadable(),
        Ok(None) => next.run(request).await,
        Ok(Some(deadline)) => deadline::within(deadline, next.run(request)).await,
        Err(problem) => {
            let form = Form::of(&request);
            form.give(problem.into_response()).await
        }
    };
    if let Some(id) = audit_id {
        response.headers_mut().insert(audit::HEADER, id);
    }
    core.counters.request(&method, response.status());
    let status = response.status();
    let refused = status.is_client_error() || status.is_server_error();
    if let Some(leftover) = leftover.filter(|_| refused) {
        leftover.drain().await;
    }
    response
}

/// The time the client gives itself, looked at before who it is, as upstream does.
fn admitted(core: &Core, request: &mut Request) -> Outcome<Option<Duration>> {
    let deadline = deadline::of(&core.registry, request)?;
    sign_in(core, request).map(|()| deadline)
}

fn sign_in(core: &Core, request: &mut Request) -> Outcome<()> {
    if request.extensions().get::<Identity>().is_none()
        && let Some(identity) = identify(core, request.headers())
    {
        request.extensions_mut().insert(identity);
    }
    if is_open(request.uri().path()) {
        return Ok(());
    }
    let sender = request.extensions().get::<Identity>();
    let sender = sender.ok_or(Problem::Unauthorized)?;
    if let Some(other) = impersonate::wanted(sender, request.headers())? {
        request.extensions_mut().insert(other);
    }
    Ok(())
}

/// The sender by its headers; a wrong token is nobody, not anonymous.
fn identify(core: &Core, headers: &http::HeaderMap) -> Option<Identity> {
    match auth::said(headers) {
        Said::Nothing => core.authenticator.anonymous().cloned(),
        Said::Nonsense => None,
        Said::Token(token) => match core.authenticator.bearer(&token) {
            Some(identity) => Some(identity.clone()),
            None => {
                let found = tokens::identify(core, &token, &[tokens::ISSUER.to_owned()]);
                found.map(|(identity, _)| identity)
            }
        },
    }
}

/// Health and version are for everyone.
pub fn is_open(path: &str) -> bool {
    is_version(path) || health::is_health(path)
}

pub fn is_version(path: &str) -> bool {
    matches!(path, "/version" | "/version/")
}

/// A path that Go's server cannot read is answered by that alone.
fn unreadable() -> Response {
    let body = Body::from("400 Bad Request");
    let mut response = render::typed(body, "text/plain; charset=utf-8");
    *response.status_mut() = StatusCode::BAD_REQUEST;
    response
}
