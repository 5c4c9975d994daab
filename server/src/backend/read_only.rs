//! `--read-only`, held where no button can forget it: at the client that all of them share.

use http::{Method, Request, Response};
use kube::Client;
use kube::client::Body;
use serde_json::json;
use tower::service_fn;

/// What whoever tries is told.
pub const REFUSAL: &str = "this page is read-only: Orrery was started with --read-only";

/// Ways into a container: they change things whatever their method says.
const INTO_CONTAINERS: [&str; 3] = ["exec", "attach", "portforward"];

/// The same client, which reads, asks what it may do, and changes nothing.
pub fn guarded(client: Client) -> Client {
    let namespace = client.default_namespace().to_owned();
    let service = service_fn(move |request: Request<Body>| {
        let client = client.clone();
        async move {
            match changes(request.method(), request.uri()) {
                true => Ok(refused()),
                false => client.send(request).await,
            }
        }
    });
    Client::new(service, namespace)
}

fn changes(method: &Method, uri: &http::Uri) -> bool {
    let path = uri.path();
    // `…/pods/{name}/exec`, and not a pod that is called so
    let mut back = path.rsplit('/');
    let subresource = back.next().unwrap_or_default();
    if INTO_CONTAINERS.contains(&subresource) && back.nth(1) == Some("pods") {
        return true;
    }
    let asks = path.starts_with("/apis/authorization.k8s.io/");
    let rehearses = uri
        .query()
        .is_some_and(|query| query.split('&').any(|pair| pair == "dryRun=All"));
    !matches!(*method, Method::GET | Method::HEAD) && !asks && !rehearses
}

fn refused() -> Response<Body> {
    let status = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "reason": "Forbidden", "code": 403, "message": REFUSAL,
    });
    let mut response = Response::new(Body::from(status.to_string().into_bytes()));
    *response.status_mut() = http::StatusCode::FORBIDDEN;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changes_something_is_refused() {
        let rows = [
            (Method::GET, "/api/v1/pods?watch=true", false),
            (Method::GET, "/api/v1/namespaces/a/pods/p/log", false),
            (
                Method::POST,
                "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
                false,
            ),
            (
                Method::POST,
                "/apis/batch/v1/namespaces/a/jobs?dryRun=All",
                false,
            ),
            (Method::POST, "/apis/batch/v1/namespaces/a/jobs", true),
            (Method::PATCH, "/apis/batch/v1/namespaces/a/jobs/j", true),
            (Method::DELETE, "/api/v1/namespaces/a/pods/p", true),
            (
                Method::GET,
                "/api/v1/namespaces/a/pods/p/exec?command=sh",
                true,
            ),
            (Method::GET, "/api/v1/namespaces/a/pods/exec", false),
        ];
        for (method, uri, refused) in rows {
            let parsed = uri.parse().expect("a literal address");
            assert_eq!(changes(&method, &parsed), refused, "{method} {uri}");
        }
    }
}
