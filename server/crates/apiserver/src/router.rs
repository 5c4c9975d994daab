//! From an HTTP request to a handler, and from its outcome to a response.
//!
//! Paths are taken apart here rather than by route patterns, as upstream's RequestInfo does it: one
//! rule covers every kind, and an unknown path is answered with a Status.

mod admit;
mod served;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode, header};
use orrery_apis::Info;
use tokio::time::Instant;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::{CompressionLayer, Predicate};

use self::admit::{admit, is_open, is_version};
pub use self::served::served;
use crate::absent;
use crate::auth::Identity;
use crate::authorize::{self, Act};
use crate::bindings;
use crate::component_statuses;
use crate::core::Core;
use crate::discovery;
use crate::events_v1;
use crate::form::Form;
use crate::health;
use crate::issuer;
use crate::metrics;
use crate::monitoring;
use crate::openapi;
use crate::params::{self, Params};
use crate::pretty;
use crate::problem::{Outcome, Problem};
use crate::proxy::{self, Proxied};
use crate::render::{self, Compressible};
use crate::reviews;
use crate::root;
use crate::streams::{Stream, WatchSocket};
use crate::target::{self, Target};
use crate::traffic::Asked;
use crate::watch_path;

/// The whole surface as one router.
pub fn router(core: Arc<Core>) -> Router {
    Router::new()
        .fallback(serve)
        .layer(middleware::from_fn_with_state(core.clone(), admit))
        .layer(CompressionLayer::new().gzip(true).compress_when(WorthIt))
        .layer(CatchPanicLayer::custom(panicked))
        .with_state(core)
}

/// Compresses what [`Compressible`] marks: never a watch or a log, which must flush at once.
#[derive(Clone, Copy)]
struct WorthIt;

impl Predicate for WorthIt {
    fn should_compress<B: http_body::Body>(&self, response: &http::Response<B>) -> bool {
        response.extensions().get::<Compressible>().is_some()
    }
}

fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    tracing::error!("a handler panicked");
    Problem::Internal("the handler of this request failed; see the server's log".to_owned())
        .into_response()
}

async fn serve(State(core): State<Arc<Core>>, request: Request) -> Response {
    let head_only = request.method() == Method::HEAD;
    let form = Form::of(&request);
    let path = request.uri().path().to_owned();
    let begun = Instant::now();
    let in_flight = core.traffic.begin(request.method());
    let mut asked = Asked::path(&request);
    let mut response = match dispatch(core.clone(), request, &mut asked).await {
        Ok(response) => response,
        Err(Problem::NoSuchPath) if !discovery::is_routed(&core.registry, &path) => nowhere(),
        Err(problem) => problem.into_response(),
    };
    response = form.give(response).await;
    drop(in_flight);
    core.traffic
        .answered(asked, response.status(), begun.elapsed());
    if head_only {
        *response.body_mut() = Body::empty();
    }
    response
}

/// What no API answers for is answered by Go's own multiplexer upstream, with no Status.
fn nowhere() -> Response {
    let text = Body::from("404 page not found\n");
    let mut response = render::plain(text);
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

async fn dispatch(core: Arc<Core>, mut request: Request, asked: &mut Asked) -> Outcome<Response> {
    if is_open(request.uri().path()) {
        return open(&core, &request);
    }
    let identity = request.extensions().get::<Identity>().cloned();
    let identity = identity.ok_or(Problem::Unauthorized)?;
    // nothing begins so upstream, though what follows be known
    if request.uri().path().starts_with("//") {
        return Err(Problem::NoSuchPath);
    }
    if let Some(proxied) = Proxied::of(request.uri().path()) {
        *asked = Asked::proxied(proxied.plural);
        return proxy::serve(core, proxied, &identity, request).await;
    }
    watch_path::straighten(&core.registry, &mut request)?;
    let path = request.uri().path().to_owned();
    let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
    if let ["apis", rest @ ..] = segments.as_slice()
        && let Some((review, namespace)) = reviews::find(rest)
    {
        let kind = (review.group, "v1", review.plural);
        *asked = Asked::unstored(kind, (true, namespace.is_some()), &request);
        return reviews::serve(&core, review, namespace, &identity, request).await;
    }
    if let ["apis", metrics::GROUP, metrics::VERSION, rest @ ..] = segments.as_slice()
        && !rest.is_empty()
    {
        *asked = metrics::asked(rest, &request);
        return metrics::serve(&core, rest, &identity, request).await;
    }
    if let Some(namespace) = bindings::find(&segments) {
        let kind = ("", "v1", bindings::PLURAL);
        *asked = Asked::unstored(kind, (true, true), &request);
        return bindings::serve(core, namespace, &identity, request).await;
    }
    if let Some(wanted) = component_statuses::find(&segments) {
        let kind = ("", "v1", component_statuses::PLURAL);
        *asked = Asked::unstored(kind, (wanted.is_one(), false), &request);
        return component_statuses::serve(&core, &wanted, &identity, &request);
    }
    if let Some(absent) = absent::find(&segments)
        && request.method() == Method::GET
        && !params::flag_in(request.uri().query(), "watch")
    {
        return absent::list(&core, &absent, &identity);
    }
    let parts = target::parts(&segments).filter(|(_, _, rest)| !rest.is_empty());
    let target = match (segments.as_slice(), parts) {
        (_, Some((group, version, rest))) => Target::read(&core.registry, group, version, rest)?,
        (other, None) => {
            authorize::check_path(&identity, request.method(), &path)?;
            let reads = matches!(*request.method(), Method::GET | Method::HEAD);
            return match other {
                // the others are answered whatever is asked of them
                ["api"] | ["apis", _, _] if request.method() != Method::GET => {
                    Err(Problem::MethodNotAllowed)
                }
                ["api" | "apis", ..] => discovery::serve(&core, &segments, request.headers()),
                ["openapi", rest @ ..] => openapi::serve(&core, rest, &request),
                other if issuer::is_issuers(other) => issuer::serve(&core, other, request.method()),
                ["metrics"] if reads => Ok(monitoring::serve(&core)),
                ["" | "index.html"] if reads => Ok(root::serve(&core.registry)),
                _ => Err(Problem::NoSuchPath),
            };
        }
    };
    *asked = Asked::of(&target, &request);
    authorize(&identity, &target, &request)?;
    if reads_by_name(&target, request.method()) {
        target.check_name()?;
    }
    resource(core, target, request).await
}

/// Health and version.
fn open(core: &Core, request: &Request) -> Outcome<Response> {
    match request.uri().path() {
        path if is_version(path) && request.method() != Method::GET => {
            Err(Problem::MethodNotAllowed)
        }
        path if is_version(path) => {
            let version = serde_json::to_vec(&core.version).expect("a version is plain data");
            let body = Body::from(pretty::indent(&version));
            Ok(render::typed(body, "application/json"))
        }
        path => health::serve(core, path, &Params::parse(request.uri().query())),
    }
}

fn authorize(identity: &Identity, target: &Target, request: &Request) -> Outcome<()> {
    // only what is read can be watched
    let watch = matches!(*request.method(), Method::GET | Method::HEAD)
        && params::flag_in(request.uri().query(), "watch");
    let subresource = target.subresource.as_deref().unwrap_or_default();
    let act = Act {
        verb: match Stream::of(subresource) {
            // a websocket is opened by GET, and still makes something run (K-24)
            Some(_) => "create",
            None => authorize::verb(request.method(), target.name.is_some(), watch),
        },
        group: target.resource.info.group,
        resource: target.resource.info.plural,
        subresource,
        namespace: target.place(),
        name: target.name.as_deref().unwrap_or_default(),
    };
    authorize::check(identity, target.resource.name, &act)
}

/// True where an object is looked for by its name, which a method that nothing is done by does not.
fn reads_by_name(target: &Target, method: &Method) -> bool {
    match *method {
        Method::POST => target.subresource.is_some(),
        Method::GET | Method::PUT | Method::PATCH | Method::DELETE => true,
        _ => false,
    }
}

async fn resource(core: Arc<Core>, target: Target, mut request: Request) -> Outcome<Response> {
    let socket = WatchSocket::wanted(&mut request)?;
    let deprecation = deprecation(target.resource.info);
    let mut outcome = match target.resource.info.group {
        events_v1::GROUP => Box::pin(events_v1::serve(core, target, request)).await,
        _ => served(core, target, request).await,
    };
    if let (Some(text), Ok(response)) = (deprecation, &mut outcome) {
        render::warn_first(response, text);
    }
    let outcome = match socket {
        Some(socket) => outcome.map(|answer| socket.carry(answer)),
        None => outcome,
    };
    match (deprecation, outcome) {
        // what has no handler warns of nothing
        (_, Err(Problem::MethodNotAllowed)) => Err(Problem::MethodNotAllowed),
        (Some(text), Err(problem)) => {
            let mut refused = problem.into_response();
            render::warn_first(&mut refused, text);
            Ok(refused)
        }
        (_, outcome) => outcome,
    }
}

/// What upstream warns of whoever uses the kind.
fn deprecation(info: &Info) -> Option<&'static str> {
    match (info.group, info.plural) {
        ("", "endpoints") => {
            Some("v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice")
        }
        _ => None,
    }
}

/// The client's ETag, if it still holds what it had.
pub fn not_modified(headers: &http::HeaderMap, etag: &str) -> bool {
    let known = headers.get_all(header::IF_NONE_MATCH).iter();
    known.filter_map(|v| v.to_str().ok()).any(|v| {
        v.split(',')
            .any(|tag| tag.trim().trim_start_matches("W/") == etag)
    })
}
