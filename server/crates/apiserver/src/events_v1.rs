//! `events.k8s.io/v1`: requests and answers of core events under the newer names.
//!
//! One storage, one set of handlers: what comes in is renamed before they see it, what they answer
//! is renamed on its way out.

mod inward;
mod outward;

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use k8s_openapi::api::core::v1::Event;
use orrery_apis::{FieldErrors, event_v1};
use serde_json::{Value, json};

use self::inward::inward;
use self::outward::{lines, outward, renamed_event};
use crate::call::Call;
use crate::core::Core;
use crate::object::Object;
use crate::params;
use crate::problem::Outcome;
use crate::render;
use crate::router;
use crate::target::Target;
use crate::yaml::SaidTwice;

pub const GROUP: &str = "events.k8s.io";
const API_VERSION: &str = "events.k8s.io/v1";

/// Of a request that came through the newer group, what its handler cannot see any more.
#[derive(Clone, Default)]
pub struct NewerEvent {
    /// What there is to say of its patch's own fields, under the names that were sent (K-08).
    pub told: Vec<String>,
    /// What its applied configuration repeats, as it was sent.
    pub twice: SaidTwice,
}

/// Marks a request of whose fields all is said already.
#[derive(Clone, Copy)]
pub struct Validated;

/// What the newer group asks of an event beside what all are asked, of a new one when there is no `old`.
pub fn strict_errors(call: &Call, new: &dyn Object, old: Option<&dyn Object>) -> FieldErrors {
    let event = |object: &dyn Object| object.as_any().downcast_ref::<Event>().cloned();
    match (call.newer_event.is_some(), event(new), old.and_then(event)) {
        (true, Some(new), Some(old)) => event_v1::validate_strict_update(&new, &old),
        (true, Some(new), None) => event_v1::validate_strict(&new),
        _ => FieldErrors::new(),
    }
}

/// Serves a request for events of the newer group.
pub async fn serve(core: Arc<Core>, mut target: Target, request: Request) -> Outcome<Response> {
    let newer = target.resource;
    target.resource = core.resource("", "events").clone();
    let (request, warnings) = inward(&core, newer, request).await?;
    let watch = params::flag_in(request.uri().query(), "watch");
    let mut response = match router::served(core, target, request).await {
        Ok(response) => response,
        Err(problem) => axum::response::IntoResponse::into_response(problem),
    };
    render::warn(&mut response, &warnings);
    match watch && response.status().is_success() {
        true => Ok(response.map(|body| Body::from_stream(lines(body)))),
        false => outward(response).await,
    }
}

/// An event, or a part of one, under the names that its sender knows.
pub fn as_sent(call: &Call, mut value: Value) -> Value {
    if call.newer_event.is_some() {
        renamed_event(&mut value);
        if let Some(version) = value.get_mut("apiVersion") {
            *version = json!(API_VERSION);
        }
    }
    value
}

/// The version that its sender writes.
pub fn api_version(call: &Call) -> String {
    match call.newer_event {
        Some(_) => API_VERSION.to_owned(),
        None => call.resource.api_version(),
    }
}

/// The path of a field, `.involvedObject.name`, under the names that its sender knows.
pub fn path_as_sent(call: &Call, path: &str) -> String {
    match path
        .strip_prefix('.')
        .filter(|_| call.newer_event.is_some())
    {
        Some(label) => format!(".{}", event_v1::newer_label(label)),
        None => path.to_owned(),
    }
}

/// The same of what is said of a field: `unknown field "involvedObject.x"`.
pub fn told_as_sent(call: &Call, told: String) -> String {
    let parts = told.split_once('"').filter(|_| call.newer_event.is_some());
    match parts.and_then(|(what, rest)| Some((what, rest.strip_suffix('"')?))) {
        Some((what, path)) => format!("{what}\"{}\"", event_v1::newer_label(path)),
        None => told,
    }
}
