//! `?timeout=`: how long the client wants to wait, as upstream's request deadline has it.

use std::future::Future;
use std::time::Duration;

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::Method;

use crate::params;
use crate::problem::{Outcome, Problem};
use crate::proxy;
use crate::registry::Registry;
use crate::target::{self, Target};

/// No client waits longer: more is told as this, upstream's `--request-timeout`.
const LONGEST: Duration = Duration::from_secs(60);

/// The deadline that the request sets itself, or 400. Watches, logs and streams have none, nor has
/// what is passed on.
pub fn of(registry: &Registry, request: &Request) -> Outcome<Option<Duration>> {
    let Some(text) = params::value_in(request.uri().query(), "timeout") else {
        return Ok(None);
    };
    if is_long_running(registry, request) {
        return Ok(None);
    }
    let nanos = orrery_schedule::parse_duration_nanos(&text).map_err(|why| {
        Problem::BadRequest(format!(
            "invalid timeout specified in the request URL - {why}"
        ))
    })?;
    // nothing and less than nothing mean that the client does not care
    let asked = u64::try_from(nanos).ok().map(Duration::from_nanos);
    Ok(asked.filter(|asked| !asked.is_zero() && *asked < LONGEST))
}

/// The answer, or 504 when it does not come in time.
pub async fn within(deadline: Duration, answer: impl Future<Output = Response>) -> Response {
    match tokio::time::timeout(deadline, answer).await {
        Ok(response) => response,
        Err(_) => Problem::TimedOut.into_response(),
    }
}

fn is_long_running(registry: &Registry, request: &Request) -> bool {
    if proxy::is_proxied(request.uri().path()) {
        return true;
    }
    let segments: Vec<&str> = request.uri().path().trim_matches('/').split('/').collect();
    let Some((group, version, rest)) = target::parts(&segments) else {
        return false;
    };
    if let ["watch", _, ..] = rest {
        return true;
    }
    let Ok(target) = Target::read(registry, group, version, rest) else {
        return false;
    };
    match target.subresource.as_deref() {
        Some(part) => matches!(part, "attach" | "exec" | "log" | "portforward"),
        None => {
            let reads = matches!(*request.method(), Method::GET | Method::HEAD);
            reads && target.name.is_none() && params::flag_in(request.uri().query(), "watch")
        }
    }
}
