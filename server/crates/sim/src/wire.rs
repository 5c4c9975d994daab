//! The way of every request: written down, spoilt if the dice say so, and audited before it is answered.

use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use futures::StreamExt;
use http::request::Parts;
use http::{Request, Response, StatusCode};
use jiff::Timestamp;
use kube::Client;
use orrery_apiserver::{ApiServer, Identity};
use orrery_clock::Clock;
use parking_lot::Mutex;
use serde_json::json;
use tokio::sync::Notify;
use tower::ServiceExt;

use crate::audit::Auditor;
use crate::faults::{Fate, Faults, WatchFate};
use crate::history::{History, Line, digest};

/// A cheap handle.
#[derive(Clone)]
pub struct Wire(Arc<Shared>);

struct Shared {
    router: Router,
    clock: Clock,
    epoch: Timestamp,
    /// Chance of its own, so that faults do not change the names that the API server gives.
    dice: Clock,
    faults: Mutex<Faults>,
    history: Mutex<History>,
    auditor: Auditor,
    crashed: Notify,
}

/// Who sends.
#[derive(Clone)]
pub struct Sender {
    pub user: &'static str,
    /// Of the process that sends; what dies answers nobody. None: neither dies nor meets faults.
    pub life: Option<Life>,
    /// Whether the dice may kill it.
    pub mortal: bool,
}

/// One run of a process.
#[derive(Clone, Default)]
pub struct Life(Arc<AtomicBool>);

impl Life {
    pub fn end(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn is_over(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Wire {
    pub fn new(server: &ApiServer, clock: Clock, dice: Clock, auditor: Auditor) -> Self {
        Self(Arc::new(Shared {
            router: server.router(),
            epoch: clock.now(),
            clock,
            dice,
            faults: Mutex::default(),
            history: Mutex::default(),
            auditor,
            crashed: Notify::new(),
        }))
    }

    /// A client that goes this way.
    pub fn client(&self, sender: Sender) -> Client {
        let shared = self.0.clone();
        let service =
            tower::service_fn(move |request| shared.clone().carry(sender.clone(), request));
        Client::new(service, "default")
    }

    pub fn set_faults(&self, faults: Faults) {
        *self.0.faults.lock() = faults;
    }

    pub fn history(&self) -> History {
        self.0.history.lock().clone()
    }

    pub fn requests(&self) -> usize {
        self.0.history.lock().lines().len()
    }

    /// Resolves when the dice have killed the controllers.
    pub async fn crashed(&self) {
        self.0.crashed.notified().await;
    }
}

impl Shared {
    async fn carry(
        self: Arc<Self>,
        sender: Sender,
        request: Request<kube::client::Body>,
    ) -> Result<Response<Body>, Infallible> {
        let (parts, body) = request.into_parts();
        let body = body.collect_bytes().await;
        let body = body.expect("a body in memory cannot fail to be read");
        if sender.life.as_ref().is_some_and(Life::is_over) {
            return pending().await;
        }
        let mut line = Line {
            at_millis: 0,
            user: sender.user,
            method: parts.method.clone(),
            path: parts.uri.to_string(),
            body: digest(&body),
            code: 0,
        };
        let answer = match is_watch(&parts) {
            true => self.watch(&sender, parts).await,
            false => self.request(&sender, parts, body).await,
        };
        line.code = answer.as_ref().map_or(0, |answer| answer.status().as_u16());
        self.write_down(line);
        match answer {
            Some(answer) => Ok(answer),
            None => pending().await,
        }
    }

    /// `None` when the sender died of it.
    async fn request(&self, sender: &Sender, parts: Parts, body: Bytes) -> Option<Response<Body>> {
        let fate = self
            .faults(sender)
            .request(&self.dice, &parts.method, sender.mortal);
        match fate {
            Fate::Fine => {}
            Fate::Refused => return Some(refusal(StatusCode::INTERNAL_SERVER_ERROR, REFUSED)),
            Fate::Conflict => return Some(refusal(StatusCode::CONFLICT, CONFLICT)),
            Fate::Delayed(delay) => self.clock.sleep(delay).await,
            Fate::Crash { made: false } => return self.kill(sender),
            Fate::AnswerLost | Fate::Crash { made: true } => {}
        }
        let answer = self.ask(sender, parts, Body::from(body)).await;
        self.auditor.catch_up();
        match fate {
            Fate::AnswerLost => Some(refusal(StatusCode::INTERNAL_SERVER_ERROR, LOST)),
            Fate::Crash { .. } => self.kill(sender),
            _ => Some(answer),
        }
    }

    async fn watch(&self, sender: &Sender, parts: Parts) -> Option<Response<Body>> {
        let fate = self.faults(sender).watch(&self.dice);
        let answer = match fate {
            WatchFate::Refused => refusal(StatusCode::INTERNAL_SERVER_ERROR, REFUSED),
            WatchFate::Expired => refusal(StatusCode::GONE, EXPIRED),
            WatchFate::Fine => self.ask(sender, parts, Body::empty()).await,
            WatchFate::Cut(chunks) => {
                let answer = self.ask(sender, parts, Body::empty()).await;
                answer.map(|body| Body::from_stream(body.into_data_stream().take(chunks)))
            }
            WatchFate::Late(delay) => {
                let answer = self.ask(sender, parts, Body::empty()).await;
                answer.map(|body| late(body, self.clock.clone(), delay))
            }
        };
        Some(answer)
    }

    async fn ask(&self, sender: &Sender, parts: Parts, body: Body) -> Response<Body> {
        let mut request = Request::from_parts(parts, body);
        request
            .extensions_mut()
            .insert(Identity::component(sender.user));
        match self.router.clone().oneshot(request).await {
            Ok(answer) => answer,
            Err(never) => match never {},
        }
    }

    fn faults(&self, sender: &Sender) -> Faults {
        match sender.life {
            Some(_) => *self.faults.lock(),
            None => Faults::default(),
        }
    }

    fn kill(&self, sender: &Sender) -> Option<Response<Body>> {
        if let Some(life) = &sender.life {
            life.end();
        }
        self.crashed.notify_one();
        None
    }

    fn write_down(&self, line: Line) {
        let at_millis = self.clock.now().duration_since(self.epoch).as_millis() as i64;
        self.history.lock().push(Line { at_millis, ..line });
    }
}

const REFUSED: (&str, &str) = ("InternalError", "the API server has a bad moment");
const LOST: (&str, &str) = ("InternalError", "the answer was lost");
const CONFLICT: (&str, &str) = ("Conflict", "the object has been modified");
const EXPIRED: (&str, &str) = ("Expired", "too old resource version");

fn refusal(code: StatusCode, (reason, message): (&str, &str)) -> Response<Body> {
    let status = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "reason": reason, "message": message, "code": code.as_u16(),
    });
    let mut answer = Response::new(Body::from(status.to_string()));
    *answer.status_mut() = code;
    answer
}

fn late(body: Body, clock: Clock, delay: Duration) -> Body {
    let chunks = body.into_data_stream().then(move |chunk| {
        let clock = clock.clone();
        async move {
            clock.sleep(delay).await;
            chunk
        }
    });
    Body::from_stream(chunks)
}

fn is_watch(parts: &Parts) -> bool {
    let query = parts.uri.query().unwrap_or_default();
    query
        .split('&')
        .any(|pair| pair == "watch=true" || pair == "watch=1")
}
