//! A server for tests of single writes: it gives its answers one after the other and tells what it was
//! asked.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Body;
use http::{Method, Request, Response};
use kube::Client;
use parking_lot::Mutex;
use serde_json::{Value, json};

/// What was asked: the method, the patch's type, the body.
pub type Asked = (String, String, Value);

/// The requests that `ask` makes of a server with these answers, each a code and a body.
pub async fn asked(answers: Vec<(u16, Value)>, ask: impl AsyncFnOnce(Client)) -> Vec<Asked> {
    let told: Arc<Mutex<Vec<Asked>>> = Arc::default();
    let (telling, answers) = (told.clone(), Arc::new(Mutex::new(answers.into_iter())));
    let service = tower::service_fn(move |request: Request<kube::client::Body>| {
        let (telling, answer) = (telling.clone(), answers.lock().next());
        async move {
            let (code, answer) = answer.expect("no more than these requests");
            let (parts, body) = request.into_parts();
            let body = body.collect_bytes().await.expect("in memory");
            let type_ = parts.headers.get("content-type");
            let type_ = type_.filter(|_| parts.method == Method::PATCH);
            let type_ = type_.and_then(|type_| type_.to_str().ok());
            telling.lock().push((
                parts.method.to_string(),
                type_.unwrap_or_default().to_owned(),
                serde_json::from_slice(&body).unwrap_or_default(),
            ));
            let answer = Response::builder()
                .status(code)
                .body(Body::from(answer.to_string()));
            Ok::<_, Infallible>(answer.expect("a literal answer"))
        }
    });
    ask(Client::new(service, "default")).await;
    let told = told.lock();
    told.clone()
}

/// A request that is no patch.
pub fn plain(method: &str, body: Value) -> Asked {
    (method.to_owned(), String::new(), body)
}

/// A `strategic-merge` or `merge` patch of the metadata.
pub fn metadata_patch(type_: &str, metadata: Value) -> Asked {
    let type_ = format!("application/{type_}-patch+json");
    ("PATCH".to_owned(), type_, json!({ "metadata": metadata }))
}

/// An answer that refuses.
pub fn refusal(code: u16) -> (u16, Value) {
    let reason = match code {
        404 => "NotFound",
        409 => "Conflict",
        422 => "Invalid",
        _ => "UnsupportedMediaType",
    };
    let status = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": "no", "reason": reason, "code": code,
    });
    (code, status)
}
