//! A gate before a cluster's API, through which a page goes: what it is told to refuse, it answers itself, and what it is
//! told to put back, the cluster never sees otherwise.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_LENGTH;
use http::{Method, StatusCode};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::Orrery;

/// As the API limits them.
const MOST_BODY_BYTES: usize = 3 << 20;

/// What is refused: by methods, by a part of the path, and with which words.
struct Refusal {
    methods: Vec<Method>,
    path: &'static str,
    code: u16,
    reason: &'static str,
    message: String,
}

/// What is put back: in what is sent to a part of the path, where, and to what.
struct PutBack {
    path: &'static str,
    pointer: &'static str,
    value: Value,
}

#[derive(Clone)]
struct Door {
    client: Client,
    refusals: Arc<Mutex<Vec<Refusal>>>,
    put_back: Arc<Mutex<Vec<PutBack>>>,
}

/// Stands open until it is told to refuse something, and falls when dropped.
pub struct Gate {
    /// The way through it, as the cluster's administrator.
    pub kubeconfig: PathBuf,
    door: Door,
    serves: JoinHandle<std::io::Result<()>>,
}

impl Gate {
    pub async fn before(orrery: &Orrery) -> Result<Self> {
        let known = Kubeconfig::read_from(orrery.kubeconfig())?;
        let config = Config::from_custom_kubeconfig(known, &KubeConfigOptions::default()).await?;
        let door = Door {
            client: Client::try_from(config)?,
            refusals: Arc::default(),
            put_back: Arc::default(),
        };
        let socket = TcpListener::bind("127.0.0.1:0").await?;
        let file = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "gate",
            "clusters": [{ "name": "gate", "cluster": { "server": format!("http://{}", socket.local_addr()?) } }],
            "users": [{ "name": "gate", "user": {} }],
            "contexts": [{ "name": "gate", "context": { "cluster": "gate", "user": "gate" } }],
        });
        let kubeconfig = orrery.kubeconfig().with_file_name("gate-kubeconfig");
        std::fs::write(&kubeconfig, file.to_string())?;
        let router = Router::new().fallback(pass).with_state(door.clone());
        let serves = tokio::spawn(async move { axum::serve(socket, router).await });
        Ok(Self {
            kubeconfig,
            door,
            serves,
        })
    }

    /// Refuses changes of what is under a path, as if somebody else had changed it just before.
    pub fn conflict(&self, path: &'static str, message: &str) {
        let methods = vec![Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
        self.refuse(methods, path, (409, "Conflict"), message);
    }

    /// Does not let what is under a path be read.
    pub fn hide(&self, path: &'static str, (code, reason): (u16, &'static str), message: &str) {
        self.refuse(vec![Method::GET], path, (code, reason), message);
    }

    /// Takes changes of what is under a path and puts one value in them back, as an admission webhook would.
    pub fn put_back(&self, path: &'static str, pointer: &'static str, value: Value) {
        self.door.put_back().push(PutBack {
            path,
            pointer,
            value,
        });
    }

    /// Refuses nothing any more and puts nothing back.
    pub fn open(&self) {
        self.refusals().clear();
        self.door.put_back().clear();
    }

    fn refuse(
        &self,
        methods: Vec<Method>,
        path: &'static str,
        (code, reason): (u16, &'static str),
        message: &str,
    ) {
        self.refusals().push(Refusal {
            methods,
            path,
            code,
            reason,
            message: message.to_owned(),
        });
    }

    fn refusals(&self) -> std::sync::MutexGuard<'_, Vec<Refusal>> {
        let refusals = self.door.refusals.lock();
        refusals.unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.serves.abort();
    }
}

impl Door {
    fn put_back(&self) -> std::sync::MutexGuard<'_, Vec<PutBack>> {
        let put_back = self.put_back.lock();
        put_back.unwrap_or_else(PoisonError::into_inner)
    }

    /// What goes on in place of what was sent; `None`: that itself.
    fn instead(&self, path: &str, sent: &[u8]) -> Option<Vec<u8>> {
        let put_back = self.put_back();
        let met = put_back.iter().find(|each| path.contains(each.path))?;
        let mut sent: Value = serde_json::from_slice(sent).ok()?;
        *sent.pointer_mut(met.pointer)? = met.value.clone();
        Some(sent.to_string().into_bytes())
    }

    /// A rehearsal changes nothing, and so meets no conflict.
    fn refusal(&self, request: &Request) -> Option<Response> {
        let refusals = self.refusals.lock();
        let refusals = refusals.unwrap_or_else(PoisonError::into_inner);
        let rehearses = request
            .uri()
            .query()
            .is_some_and(|query| query.contains("dryRun"));
        let met = refusals.iter().find(|refusal| {
            let path = request.uri().path();
            refusal.methods.contains(request.method()) && path.contains(refusal.path)
        });
        met.filter(|_| !rehearses).map(Refusal::answer)
    }
}

impl Refusal {
    fn answer(&self) -> Response {
        let status = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "reason": self.reason, "code": self.code, "message": self.message,
        });
        let code = StatusCode::from_u16(self.code).unwrap_or(StatusCode::IM_A_TEAPOT);
        (code, axum::Json(status)).into_response()
    }
}

async fn pass(State(door): State<Door>, request: Request) -> Response {
    if let Some(refused) = door.refusal(&request) {
        return refused;
    }
    let (mut parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MOST_BODY_BYTES).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let mut body = body.to_vec();
    if let Some(instead) = door.instead(parts.uri.path(), &body) {
        parts.headers.remove(CONTENT_LENGTH);
        body = instead;
    }
    let asked = http::Request::from_parts(parts, kube::client::Body::from(body));
    match door.client.send(asked).await {
        Ok(answer) => answer.map(Body::new),
        Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
    }
}
