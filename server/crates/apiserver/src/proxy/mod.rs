//! The `proxy` subresource of pods, services and nodes: HTTP and WebSockets to what runs there, passed on
//! as upstream's UpgradeAwareHandler does.
//!
//! What can be reached are ports of pods, by way of their nodes, and what a node's agent answers itself;
//! no other address.

mod backend;
mod forward;
mod forwarded;
mod glance;
mod html;
mod id;
mod location;
mod node;
mod page;
mod path;

use std::sync::Arc;

use axum::extract::Request;
use axum::response::Response;
use http::Method;

use crate::auth::Identity;
use crate::authorize::{self, Act};
use crate::core::Core;
use crate::problem::{Outcome, Problem};
use crate::registry::Name;

pub use forwarded::Peer;
pub use path::Proxied;

/// True for what is another's to answer.
pub fn is_proxied(path: &str) -> bool {
    Proxied::of(path).is_some()
}

/// Passes the request on, and the answer back.
pub async fn serve(
    core: Arc<Core>,
    proxied: Proxied,
    identity: &Identity,
    request: Request,
) -> Outcome<Response> {
    authorize(&proxied, identity, request.method())?;
    if !is_passed_on(request.method()) {
        return Err(Problem::MethodNotAllowed);
    }
    let namespace = proxied.namespace.as_deref().unwrap_or_default();
    let backend = match proxied.plural {
        "pods" => backend::of_pod(&core, namespace, &proxied.id)?,
        "services" => backend::of_service(&core, namespace, &proxied.id)?,
        _ => {
            let (parts, _) = request.into_parts();
            let query = parts.uri.query();
            return node::serve(&core, &proxied, &parts.method, query).await;
        }
    };
    forward::forward(&core, backend, &proxied, request).await
}

fn authorize(proxied: &Proxied, identity: &Identity, method: &Method) -> Outcome<()> {
    let name = Name {
        group: "",
        plural: proxied.plural,
    };
    let act = Act {
        verb: authorize::verb(method, true, false),
        group: "",
        resource: proxied.plural,
        subresource: "proxy",
        namespace: proxied.namespace.as_deref(),
        name: &proxied.id,
    };
    authorize::check(identity, name, &act)
}

fn is_passed_on(method: &Method) -> bool {
    matches!(
        *method,
        Method::GET
            | Method::HEAD
            | Method::POST
            | Method::PUT
            | Method::PATCH
            | Method::DELETE
            | Method::OPTIONS
    )
}

/// Upstream's words for a backend that does not answer.
fn unreachable(why: impl std::fmt::Display) -> Problem {
    Problem::Unavailable(format!("error trying to reach service: {why}"))
}
