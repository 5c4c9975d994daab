//! One API server on a simulated clock, and one helper that asks it.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use futures::StreamExt;
use http::{HeaderMap, Request};
use http_body_util::BodyExt;
use orrery_apiserver::{ApiServer, Authenticator, Components, Config, Identity, NodeProxy};
use orrery_clock::Clock;
use orrery_store::{Options, Store};
use serde_json::{Value, json};
use tower::ServiceExt;

pub const CONFIG_MAPS: &str = "/api/v1/namespaces/default/configmaps";
pub const PODS: &str = "/api/v1/namespaces/default/pods";
pub const JOBS: &str = "/apis/batch/v1/namespaces/default/jobs";
pub const CRON_JOBS: &str = "/apis/batch/v1/namespaces/default/cronjobs";

pub struct Cluster {
    server: ApiServer,
    pub router: Router,
}

/// An answer, read whole.
pub struct Reply {
    pub code: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub fn message(&self) -> String {
        self.json()["message"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }
}

impl Cluster {
    /// A fresh cluster at noon. Nobody without an extension or the token `secret` gets in.
    pub async fn start() -> Self {
        Self::with_history(Options::default().history).await
    }

    /// A fresh cluster over those nodes.
    pub async fn over(nodes: Arc<dyn NodeProxy>) -> Self {
        let config = Config {
            nodes,
            ..Config::default()
        };
        Self::make(Options::default().history, config).await
    }

    pub async fn with_history(history: usize) -> Self {
        Self::make(history, Config::default()).await
    }

    /// A fresh cluster that is reached there.
    pub async fn at(address: SocketAddr) -> Self {
        let config = Config {
            advertised: Some(address),
            ..Config::default()
        };
        Self::make(Options::default().history, config).await
    }

    /// A fresh cluster whose other parts fare so.
    pub async fn with_parts(components: Components) -> Self {
        let config = Config {
            components: Some(components),
            ..Config::default()
        };
        Self::make(Options::default().history, config).await
    }

    /// A fresh cluster whose certificates come from there.
    pub async fn with_authority(pem: &str) -> Self {
        let config = Config {
            ca_pem: Some(pem.to_owned()),
            ..Config::default()
        };
        Self::make(Options::default().history, config).await
    }

    /// The same over a store that may have objects.
    pub async fn with_authority_on(store: Store, pem: &str) -> Self {
        let config = Config {
            ca_pem: Some(pem.to_owned()),
            ..Config::default()
        };
        Self::begin(store, config).await
    }

    /// A cluster over a store that may have objects.
    pub async fn on(store: Store) -> Self {
        Self::begin(store, Config::default()).await
    }

    async fn make(history: usize, config: Config) -> Self {
        let options = Options {
            history,
            ..Options::default()
        };
        Self::begin(Store::in_memory(options), config).await
    }

    async fn begin(store: Store, config: Config) -> Self {
        let epoch = "2026-11-23T12:00:00Z".parse().expect("a literal time");
        let config = Config {
            authenticator: Authenticator::new()
                .with_token("secret", Identity::administrator())
                .with_token("looking", Identity::viewer()),
            ..config
        };
        let server = ApiServer::new(store, Clock::simulated(7, epoch), config);
        server
            .bootstrap()
            .await
            .expect("the store takes the first objects");
        let router = server.router();
        Self { server, router }
    }

    pub fn client(&self) -> kube::Client {
        self.server.client(Identity::administrator())
    }

    /// The client of one of Orrery's own components.
    pub fn component(&self) -> kube::Client {
        self.server
            .client(Identity::component("system:kube-controller-manager"))
    }

    /// Sends a request as it stands.
    pub async fn send(&self, request: Request<Body>) -> http::Response<Body> {
        self.router
            .clone()
            .oneshot(request)
            .await
            .expect("the router cannot fail")
    }

    /// Asks with the administrator's token, unless `headers` say another.
    pub async fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Reply {
        let mut request = Request::builder().method(method).uri(path);
        if headers.iter().all(|(name, _)| *name != "authorization") {
            request = request.header("authorization", "Bearer secret");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self
            .send(request.body(body.into()).expect("a good request"))
            .await;
        let (parts, body) = response.into_parts();
        let bytes = body
            .collect()
            .await
            .expect("bodies do not break")
            .to_bytes();
        Reply {
            code: parts.status.as_u16(),
            headers: parts.headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.ask("GET", path, &[], Body::empty()).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Reply {
        self.ask("POST", path, &[], body.to_string()).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Reply {
        self.ask("PUT", path, &[], body.to_string()).await
    }

    pub async fn delete(&self, path: &str, options: &Value) -> Reply {
        self.ask("DELETE", path, &[], options.to_string()).await
    }

    /// A patch of `merge`, `strategic-merge` or `json`.
    pub async fn patch(&self, kind: &str, path: &str, body: &Value) -> Reply {
        let media_type = format!("application/{kind}-patch+json");
        self.ask(
            "PATCH",
            path,
            &[("content-type", &media_type)],
            body.to_string(),
        )
        .await
    }

    /// Opens a watch.
    pub async fn watch(&self, path: &str, headers: &[(&str, &str)]) -> Events {
        let mut request = Request::get(path).header("authorization", "Bearer secret");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self
            .send(request.body(Body::empty()).expect("a good request"))
            .await;
        assert_eq!(response.status(), 200, "{path}");
        Events::of(response.into_body())
    }
}

/// A watch's events, one after the other.
pub struct Events {
    body: axum::body::BodyDataStream,
    buffer: Vec<u8>,
}

impl Events {
    /// Those of an answer that began.
    pub fn of(body: Body) -> Self {
        Self {
            body: body.into_data_stream(),
            buffer: Vec::new(),
        }
    }

    /// The next event; `None` when the watch is over.
    pub async fn next(&mut self) -> Option<Value> {
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.buffer.drain(..=end).collect();
                return Some(serde_json::from_slice(&line).expect("an event is JSON"));
            }
            let chunk = self.body.next().await?.expect("the stream does not break");
            self.buffer.extend_from_slice(&chunk);
        }
    }

    /// The next event's type and object name.
    pub async fn seen(&mut self) -> (String, String) {
        let event = self.next().await.expect("one more event");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        (
            text(&event["type"]),
            text(&event["object"]["metadata"]["name"]),
        )
    }
}

pub fn config_map(name: &str) -> Value {
    json!({"metadata": {"name": name}, "data": {"a": "1"}})
}

pub fn pod(name: &str) -> Value {
    json!({"metadata": {"name": name}, "spec": {"containers": [{"name": "c", "image": "busybox"}]}})
}

pub fn job(name: &str) -> Value {
    json!({"metadata": {"name": name}, "spec": {"template": {"spec": {
        "restartPolicy": "Never", "containers": [{"name": "c", "image": "busybox"}],
    }}}})
}
