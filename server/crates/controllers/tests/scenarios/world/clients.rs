//! Clients of the one API server whose requests are refused, whose watches lag, or whose process dies.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::body::Body;
use futures::StreamExt;
use http::{Method, Request};
use kube::Client;
use orrery_apiserver::{ApiServer, Identity};
use serde_json::json;
use tokio::sync::watch;
use tower::ServiceExt;

/// What happens at a controller's write number `after` (events not counted).
#[derive(Clone, Copy, Debug)]
pub struct Crash {
    pub after: i64,
    /// The write is made and its answer lost; otherwise it is never made.
    pub lost_answer: bool,
}

/// The status code and reason with which a request is refused, by method and path.
pub type Refusal = Arc<dyn Fn(&Method, &str) -> Option<(u16, &'static str)> + Send + Sync>;

/// Holds back what watches tell of one resource, from its beginning to its end.
#[derive(Clone)]
pub struct Lag {
    /// The end of the watched path.
    resource: &'static str,
    lasts: watch::Sender<bool>,
}

impl Lag {
    pub fn of(resource: &'static str) -> Self {
        let lasts = watch::Sender::new(false);
        Self { resource, lasts }
    }

    pub fn begin(&self) {
        self.lasts.send_replace(true);
    }

    pub fn end(&self) {
        self.lasts.send_replace(false);
    }

    fn hold(&self, told: Body) -> Body {
        let lasts = self.lasts.subscribe();
        Body::from_stream(told.into_data_stream().then(move |chunk| {
            let mut lasts = lasts.clone();
            async move {
                let _ = lasts.wait_for(|lasts| !lasts).await;
                chunk
            }
        }))
    }
}

/// A client whose requests are refused as `refusal` says.
pub fn refusing_client(server: &ApiServer, refusal: Refusal) -> Client {
    let router = server.router();
    let service = tower::service_fn(move |request: Request<kube::client::Body>| {
        let refused = refusal(request.method(), request.uri().path());
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Identity::administrator());
        let router = router.clone();
        async move {
            let Some((code, reason)) = refused else {
                return router.oneshot(request).await;
            };
            // a namespace that goes is told as a cause of a refusal
            let (reason, causes) = match reason {
                "NamespaceTerminating" => ("Forbidden", json!([{"reason": reason}])),
                reason => (reason, json!([])),
            };
            let status = json!({
                "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                "message": "refused", "reason": reason, "code": code, "details": {"causes": causes},
            });
            let answer = http::Response::builder()
                .status(code)
                .header("content-type", "application/json");
            Ok(answer
                .body(Body::from(status.to_string()))
                .expect("a literal answer"))
        }
    });
    Client::new(service, "default")
}

/// A client whose watches of one resource lag.
pub fn lagging_client(server: &ApiServer, lag: Lag) -> Client {
    let router = server.router();
    let service = tower::service_fn(move |request: Request<kube::client::Body>| {
        let uri = request.uri();
        let watches = uri
            .query()
            .is_some_and(|query| query.contains("watch=true"));
        let late = watches && uri.path().ends_with(lag.resource);
        let lag = late.then(|| lag.clone());
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Identity::administrator());
        let answer = router.clone().oneshot(request);
        async move {
            let answer = answer.await;
            answer.map(|answer| match lag {
                Some(lag) => answer.map(|told| lag.hold(told)),
                None => answer,
            })
        }
    });
    Client::new(service, "default")
}

/// A client whose process dies, for all that anyone can see, at one of its writes.
pub fn crashing_client(server: &ApiServer, crash: Crash) -> Client {
    let router = server.router();
    let writes = Arc::new(AtomicI64::new(0));
    let service = tower::service_fn(move |request: Request<kube::client::Body>| {
        let counts = request.method() != Method::GET && !request.uri().path().ends_with("/events");
        let number = match counts {
            true => writes.fetch_add(1, Ordering::SeqCst) + 1,
            false => 0.max(writes.load(Ordering::SeqCst) - 1),
        };
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Identity::administrator());
        let router = router.clone();
        async move {
            if number > crash.after || (number == crash.after && !crash.lost_answer) {
                std::future::pending::<()>().await;
            }
            let answer = router.oneshot(request).await;
            if number == crash.after && counts {
                std::future::pending::<()>().await;
            }
            answer
        }
    });
    Client::new(service, "default")
}
