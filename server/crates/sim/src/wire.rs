//! The way of every request: written down, spoilt if the dice say so, and audited before it is answered.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures::{StreamExt, stream};
use http::request::Parts;
use http::{Request, Response, StatusCode, Uri};
use jiff::SignedDuration;
use kube::Client;
use orrery_apiserver::Identity;
use orrery_clock::Clock;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::audit::Auditor;
use crate::faults::{Asked, Fate, Faults, WatchFate};
use crate::history::{Chronicle, Request as Written, digest};
use crate::host::{Host, Unreachable};
use crate::life::Life;

/// A cheap handle.
#[derive(Clone)]
pub struct Wire(Arc<Shared>);

struct Shared {
    host: Host,
    clock: Clock,
    /// Chance of its own, so that faults do not change the names that the API server gives.
    dice: Clock,
    faults: Mutex<Faults>,
    chronicle: Chronicle,
    auditor: Auditor,
}

/// Who sends.
#[derive(Clone)]
pub struct Sender {
    pub user: &'static str,
    /// Of the process that sends; what dies answers nobody. None: neither dies nor meets faults.
    pub life: Option<Life>,
    /// How often the dice kill it at a write, in a thousand.
    pub deadly: fn(&Faults) -> u16,
}

/// `None` when the sender died of the request.
type Answer = Option<Result<Response<Body>, Unreachable>>;

impl Wire {
    pub fn new(host: Host, clock: Clock, dice: Clock, audit: (Auditor, Chronicle)) -> Self {
        let (auditor, chronicle) = audit;
        Self(Arc::new(Shared {
            host,
            clock,
            dice,
            faults: Mutex::default(),
            chronicle,
            auditor,
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

    pub fn host(&self) -> &Host {
        &self.0.host
    }

    pub fn chronicle(&self) -> &Chronicle {
        &self.0.chronicle
    }
}

impl Shared {
    async fn carry(
        self: Arc<Self>,
        sender: Sender,
        request: Request<kube::client::Body>,
    ) -> Result<Response<Body>, Unreachable> {
        let (parts, body) = request.into_parts();
        let body = body.collect_bytes().await;
        let body = body.expect("a body in memory cannot fail to be read");
        if sender.life.as_ref().is_some_and(Life::is_over) {
            return pending().await;
        }
        let mut written = Written {
            user: sender.user,
            method: parts.method.clone(),
            path: parts.uri.to_string(),
            body: digest(&body),
            code: 0,
            fault: String::new(),
        };
        let (fault, answer) = match is_watch(&parts) {
            true => self.watch(&sender, parts).await,
            false => self.request(&sender, parts, body).await,
        };
        written.fault = fault;
        match &answer {
            Some(Ok(answer)) => written.code = answer.status().as_u16(),
            Some(Err(unreachable)) if written.fault.is_empty() => {
                written.fault = unreachable.to_string();
            }
            _ => {}
        }
        self.chronicle.request(written);
        match answer {
            Some(answer) => answer,
            None => pending().await,
        }
    }

    async fn request(&self, sender: &Sender, mut parts: Parts, body: Bytes) -> (String, Answer) {
        let faults = self.faults(sender);
        if faults != Faults::NONE {
            parts.uri = with_small_pages(&parts.uri);
        }
        let asked = Asked {
            method: &parts.method,
            next_page: query(&parts).any(|pair| pair.starts_with("continue=")),
            deadly: (sender.deadly)(&faults),
        };
        let fate = faults.request(&self.dice, asked);
        let delayed = matches!(fate, Fate::Delayed(_));
        let told = fate.to_string();
        let answer = self.meet(fate, sender, parts, body).await;
        match answer {
            Some(Err(_)) if delayed => (String::new(), answer),
            _ => (told, answer),
        }
    }

    async fn meet(&self, fate: Fate, sender: &Sender, parts: Parts, body: Bytes) -> Answer {
        match fate {
            Fate::Fine | Fate::AnswerLost | Fate::Crash { made: true } => {}
            Fate::Refused => return refusal(StatusCode::INTERNAL_SERVER_ERROR, REFUSED),
            Fate::Conflict => return refusal(StatusCode::CONFLICT, CONFLICT),
            Fate::PageExpired => return refusal(StatusCode::GONE, EXPIRED),
            Fate::Delayed(delay) => {
                if let Err(unreachable) = self.connected_for(delay).await {
                    return Some(Err(unreachable));
                }
            }
            Fate::Crash { made: false } => return kill(sender),
            Fate::ServerCrash(outage) => {
                let doom = self.host.doom().await;
                doom.approaches(outage.operations);
                let _ = self.ask(sender, parts, Body::from(body)).await;
                doom.strikes(outage);
                return Some(Err(Unreachable::Reset));
            }
        }
        let answer = self.ask(sender, parts, Body::from(body)).await;
        self.auditor.catch_up();
        match fate {
            Fate::AnswerLost => refusal(StatusCode::INTERNAL_SERVER_ERROR, LOST),
            Fate::Crash { .. } => kill(sender),
            _ => Some(answer),
        }
    }

    async fn watch(&self, sender: &Sender, parts: Parts) -> (String, Answer) {
        let fate = self.faults(sender).watch(&self.dice);
        let answer = match fate {
            WatchFate::Refused => refusal(StatusCode::INTERNAL_SERVER_ERROR, REFUSED),
            WatchFate::Expired => refusal(StatusCode::GONE, EXPIRED),
            _ => {
                let answer = self.follow(sender, parts).await;
                Some(answer.map(|answer| self.spoil(fate, answer)))
            }
        };
        (fate.to_string(), answer)
    }

    fn spoil(&self, fate: WatchFate, answer: Response<Body>) -> Response<Body> {
        match fate {
            WatchFate::Cut(chunks) => {
                answer.map(|body| Body::from_stream(body.into_data_stream().take(chunks)))
            }
            WatchFate::Outdated(chunks) => answer.map(|body| ending_with(body, chunks, outdated())),
            WatchFate::Silent(chunks, lasts) => {
                let (clock, auditor) = (self.clock.clone(), self.auditor.clone());
                let silence = async move {
                    auditor.blind_for(SignedDuration::try_from(lasts).unwrap_or_default());
                    clock.sleep(lasts).await;
                    Err(axum::Error::new(Unreachable::TimedOut))
                };
                answer.map(|body| ending_with(body, chunks, silence))
            }
            WatchFate::Late(delay) => answer.map(|body| late(body, self.clock.clone(), delay)),
            _ => answer,
        }
    }

    /// An answer whose body breaks off when the server dies.
    async fn follow(&self, sender: &Sender, parts: Parts) -> Result<Response<Body>, Unreachable> {
        let reset = self.host.connect()?.reset();
        let answer = self.ask(sender, parts, Body::empty()).await?;
        Ok(answer.map(|body| breaking_off(body, reset)))
    }

    /// On the way to the server, which may die meanwhile.
    async fn connected_for(&self, delay: Duration) -> Result<(), Unreachable> {
        let connection = self.host.connect()?;
        tokio::select! {
            biased;
            () = self.clock.sleep(delay) => Ok(()),
            reset = connection.reset() => Err(reset),
        }
    }

    async fn ask(
        &self,
        sender: &Sender,
        parts: Parts,
        body: Body,
    ) -> Result<Response<Body>, Unreachable> {
        let _alive = match sender.life {
            Some(_) => None,
            None => Some(self.host.keep_alive().await),
        };
        let connection = self.host.connect()?;
        let mut request = Request::from_parts(parts, body);
        request
            .extensions_mut()
            .insert(Identity::component(sender.user));
        let answer = connection.router.clone().oneshot(request);
        tokio::select! {
            biased;
            answer = answer => match answer {
                Ok(answer) => Ok(answer),
                Err(never) => match never {},
            },
            reset = connection.reset() => Err(reset),
        }
    }

    fn faults(&self, sender: &Sender) -> Faults {
        match sender.life {
            Some(_) => *self.faults.lock(),
            None => Faults::default(),
        }
    }
}

fn kill(sender: &Sender) -> Answer {
    if let Some(life) = &sender.life {
        life.end();
    }
    None
}

/// Objects of one page of a list while anything goes wrong.
const SMALL_PAGE: usize = 20;

const REFUSED: (&str, &str) = ("InternalError", "the API server has a bad moment");
const LOST: (&str, &str) = ("InternalError", "the answer was lost");
const CONFLICT: (&str, &str) = ("Conflict", "the object has been modified");
const EXPIRED: (&str, &str) = ("Expired", "too old resource version");

fn refusal(code: StatusCode, why: (&str, &str)) -> Answer {
    let mut answer = Response::new(Body::from(status(code, why).to_string()));
    *answer.status_mut() = code;
    Some(Ok(answer))
}

fn status(code: StatusCode, (reason, message): (&str, &str)) -> Value {
    json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "reason": reason, "message": message, "code": code.as_u16(),
    })
}

/// The event by which a server ends a watch whose history is gone.
async fn outdated() -> Result<Bytes, axum::Error> {
    let event = json!({"type": "ERROR", "object": status(StatusCode::GONE, EXPIRED)});
    Ok(Bytes::from(format!("{event}\n")))
}

/// Shows so many chunks and then the last; an end that comes before is the end.
fn ending_with(
    body: Body,
    chunks: usize,
    last: impl Future<Output = Result<Bytes, axum::Error>> + Send + 'static,
) -> Body {
    let shown = Arc::new(AtomicUsize::new(0));
    let count = shown.clone();
    let first = body.into_data_stream().take(chunks).inspect(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
    });
    let last = stream::once(async move {
        match shown.load(Ordering::Relaxed) == chunks {
            true => Some(last.await),
            false => None,
        }
    });
    Body::from_stream(first.chain(last.filter_map(std::future::ready)))
}

/// What asks for pages of any size gets small ones, so that few objects make several.
fn with_small_pages(uri: &Uri) -> Uri {
    const LIMIT: &str = "limit=";
    let text = uri.to_string();
    let Some((before, rest)) = text.split_once(LIMIT) else {
        return uri.clone();
    };
    let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    let small = format!("{before}{LIMIT}{SMALL_PAGE}{rest}");
    small.parse().expect("a number for a number")
}

fn breaking_off(body: Body, reset: impl Future<Output = Unreachable> + Send + 'static) -> Body {
    // the end of the body ends both, before the other side is asked
    let chunks = body.into_data_stream().map(Some);
    let chunks = chunks.chain(stream::iter([None]));
    let broken = stream::once(async move { Some(Err(axum::Error::new(reset.await))) });
    let both = stream::select(chunks, broken);
    let until_the_end = both.take_while(|chunk| std::future::ready(chunk.is_some()));
    Body::from_stream(until_the_end.filter_map(std::future::ready))
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

fn query(parts: &Parts) -> impl Iterator<Item = &str> {
    parts.uri.query().unwrap_or_default().split('&')
}

fn is_watch(parts: &Parts) -> bool {
    query(parts).any(|pair| pair == "watch=true" || pair == "watch=1")
}
