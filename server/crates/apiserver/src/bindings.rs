//! `bindings`: the older way to bind a pod, which names it in the body only. Upstream serves it still.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::auth::Identity;
use crate::authorize::{self, Act};
use crate::body;
use crate::core::Core;
use crate::incoming;
use crate::problem::{Outcome, Problem};
use crate::registry::Name;
use crate::router;
use crate::target::{self, Target};

pub const PLURAL: &str = "bindings";
const KIND: &str = "Binding";

/// The namespace of such a path.
pub fn find<'a>(segments: &[&'a str]) -> Option<&'a str> {
    match segments {
        ["api", "v1", "namespaces", namespace, PLURAL] => Some(*namespace),
        _ => None,
    }
}

/// Binds the pod that the body names, as `pods/binding` does.
pub async fn serve(
    core: Arc<Core>,
    namespace: &str,
    identity: &Identity,
    request: Request,
) -> Outcome<Response> {
    let namespace = target::decode_segment(namespace)?;
    authorize(&namespace, identity, request.method())?;
    if *request.method() != Method::POST {
        return Err(Problem::MethodNotAllowed);
    }
    let (parts, body) = request.into_parts();
    let body = body::read(body).await?;
    let json = incoming::json_as(&parts.headers, "v1", KIND, body.clone())?;
    let target = Target {
        resource: core.resource("", "pods").clone(),
        namespace: Some(namespace),
        name: Some(name(&json)?),
        subresource: Some("binding".to_owned()),
    };
    let request = Request::from_parts(parts, Body::from(body));
    router::served(core, target, request).await
}

fn authorize(namespace: &str, identity: &Identity, method: &Method) -> Outcome<()> {
    let name = Name {
        group: "",
        plural: PLURAL,
    };
    let act = Act {
        verb: authorize::verb(method, false, false),
        group: "",
        resource: PLURAL,
        subresource: "",
        namespace: Some(namespace),
        name: "",
    };
    authorize::check(identity, name, &act)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Named {
    metadata: Metadata,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Metadata {
    name: String,
}

/// What else the body says is read where the pod is bound.
fn name(json: &[u8]) -> Outcome<String> {
    let named: Named = serde_json::from_slice(json).unwrap_or_default();
    match named.metadata.name.as_str() {
        "" => Err(Problem::bad_request("Name parameter required.")),
        name => Ok(name.to_owned()),
    }
}

/// What discovery says.
pub fn plain() -> Value {
    json!({
        "name": PLURAL,
        "singularName": "binding",
        "namespaced": true,
        "kind": KIND,
        "verbs": ["create"],
    })
}

/// The same, aggregated.
pub fn aggregated() -> Value {
    json!({
        "resource": PLURAL,
        "responseKind": {"group": "", "version": "v1", "kind": KIND},
        "scope": "Namespaced",
        "singularResource": "binding",
        "verbs": ["create"],
    })
}
