//! `events.k8s.io/v1`: requests and answers of core events under the newer names.
//!
//! One storage, one set of handlers: what comes in is renamed before they see it, what they answer
//! is renamed on its way out.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use http::request::Parts;
use http::{HeaderValue, Method, Uri, header};
use http_body_util::BodyExt;
use k8s_openapi::api::core::v1::Event;
use orrery_apis::{FieldErrors, event_v1};
use serde_json::{Value, json};

use crate::auth::Identity;
use crate::body;
use crate::call::{Call, Told};
use crate::core::Core;
use crate::go_json;
use crate::go_text;
use crate::go_types;
use crate::incoming;
use crate::object::Object;
use crate::params::{CREATE, FieldValidation, Params, UPDATE, WriteParams};
use crate::problem::{Outcome, Problem};
use crate::registry::Resource;
use crate::render;
use crate::router;
use crate::strict;
use crate::target::Target;
use crate::yaml::{self, SaidTwice};

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
    let watch = Params::parse(request.uri().query()).flag("watch");
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

async fn inward(
    core: &Arc<Core>,
    newer: Arc<Resource>,
    request: Request,
) -> Outcome<(Request, Vec<String>)> {
    let (mut parts, body) = request.into_parts();
    parts.uri = renamed_selectors(&parts.uri)?;
    let mut warnings = Vec::new();
    let mut event = NewerEvent::default();
    let body = match parts.method {
        Method::POST | Method::PUT => {
            let sent = body::read(body).await?;
            warnings = read_as_newer(core, newer, &parts, &sent)?;
            // what there is to say of its fields is said here, under the names that were sent
            parts.extensions.insert(Validated);
            let json = body::json(&parts.headers, sent)?;
            let json_type = HeaderValue::from_static("application/json");
            parts.headers.insert(header::CONTENT_TYPE, json_type);
            Body::from(renamed_body(json))
        }
        Method::PATCH => {
            let sent = body::read(body).await?;
            let yaml = body::media_type(&parts.headers).ends_with("+yaml");
            let json = match yaml {
                // what is no YAML goes on as it is: the handler says what is wrong with it
                true => {
                    event.twice = SaidTwice::find(&sent);
                    yaml::to_json(&sent).map_or(sent, Bytes::from)
                }
                false => {
                    let json = go_text::characters(sent);
                    let (json, told) = of_newer_alone(json, validation(&parts));
                    event.told = told;
                    json
                }
            };
            Body::from(renamed_body(json))
        }
        _ => body,
    };
    parts.extensions.insert(event);
    Ok((Request::from_parts(parts, body), warnings))
}

/// What is to be said of unknown fields, of Orrery's own components nothing. Wrong options are the handler's.
fn validation(parts: &Parts) -> FieldValidation {
    let sender: Option<&Identity> = parts.extensions.get();
    let params = Params::parse(parts.uri.query());
    match WriteParams::check(&params, &mut FieldErrors::new()).field_validation {
        _ if sender.is_some_and(Identity::is_component) => FieldValidation::Ignore,
        validation => validation,
    }
}

/// A patch without the fields that core events alone have, and what is to be said of it.
fn of_newer_alone(json: Bytes, validation: FieldValidation) -> (Bytes, Vec<String>) {
    let mut told = strict::told(validation, &json);
    let Ok(Value::Object(mut patch)) = serde_json::from_slice(&json) else {
        return (json, told);
    };
    let known = patch.len();
    patch.retain(|name, _| {
        let foreign = event_v1::is_of_core(name);
        if foreign && validation != FieldValidation::Ignore {
            told.push(format!("unknown field {name:?}"));
        }
        !foreign
    });
    match patch.len() == known {
        true => (json, told),
        false => (Value::Object(patch).to_string().into(), told),
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

/// Decodes a body as the newer group has it, for what is to be said of it (K-08).
fn read_as_newer(
    core: &Arc<Core>,
    newer: Arc<Resource>,
    parts: &Parts,
    sent: &Bytes,
) -> Outcome<Vec<String>> {
    let params = Params::parse(parts.uri.query());
    let options = match parts.method {
        Method::PUT => UPDATE,
        _ => CREATE,
    };
    WriteParams::read(&params, options)?;
    let call = Call {
        core: core.clone(),
        resource: newer,
        namespace: None,
        name: String::new(),
        params,
        headers: parts.headers.clone(),
        manager: None,
        newer_event: Some(NewerEvent::default()),
        is_component: false,
        told: Told::default(),
    };
    let (_, warnings) = incoming::object(&call, timed(sent), validation(parts))?;
    Ok(warnings)
}

/// The body with a time for its series, which our type cannot be without: that there is none is for validation
/// to tell.
fn timed(sent: &Bytes) -> Bytes {
    let Ok(Value::Object(mut event)) = serde_json::from_slice(sent) else {
        return sent.clone();
    };
    let series = event.get_mut("series").and_then(Value::as_object_mut);
    let untimed = series.filter(|series| series.get("lastObservedTime").is_none_or(Value::is_null));
    match untimed {
        None => sent.clone(),
        Some(series) => {
            let never = json!("0001-01-01T00:00:00.000000Z");
            series.insert("lastObservedTime".to_owned(), never);
            Value::Object(event).to_string().into()
        }
    }
}

/// What is no JSON goes on as it is: the handler says what is wrong with it.
fn renamed_body(json: Bytes) -> Bytes {
    let Ok(mut value) = serde_json::from_slice::<Value>(&json) else {
        return json;
    };
    match &mut value {
        Value::Object(event) => {
            event_v1::to_core(event);
            if event.get("apiVersion").is_some_and(|v| v == API_VERSION) {
                event.insert("apiVersion".to_owned(), json!("v1"));
            }
        }
        Value::Array(operations) => operations.iter_mut().for_each(renamed_operation),
        _ => {}
    }
    serde_json::to_vec(&value)
        .expect("a JSON value has string keys")
        .into()
}

/// An operation of a JSON patch.
fn renamed_operation(operation: &mut Value) {
    for key in ["path", "from"] {
        let Some(path) = operation.get(key).and_then(Value::as_str) else {
            continue;
        };
        let path = path.strip_prefix('/').map(|rest| {
            let (first, below) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            format!("/{}{below}", event_v1::field_label(first))
        });
        if let Some(path) = path {
            operation[key] = json!(path);
        }
    }
}

fn renamed_selectors(uri: &Uri) -> Outcome<Uri> {
    let pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (key, value) in pairs {
        match &*key {
            "fieldSelector" => query.append_pair(&key, &renamed_selector(&value)?),
            _ => query.append_pair(&key, &value),
        };
    }
    let path = format!("{}?{}", uri.path(), query.finish());
    path.parse()
        .map_err(|_| Problem::bad_request("the query string cannot be read"))
}

fn renamed_selector(selector: &str) -> Outcome<String> {
    let terms = selector.split(',').map(|term| {
        let label = term.find(['=', '!']).unwrap_or(term.len());
        let (label, rest) = term.split_at(label);
        if event_v1::is_of_core(label.split('.').next().unwrap_or_default()) {
            let told = format!("field label not supported: {label}");
            return Err(Problem::BadRequest(told));
        }
        Ok(format!("{}{rest}", event_v1::field_label(label)))
    });
    let terms: Vec<String> = terms.collect::<Outcome<_>>()?;
    Ok(terms.join(","))
}

async fn outward(response: Response) -> Outcome<Response> {
    let (mut parts, body) = response.into_parts();
    let collected = body.collect().await;
    let bytes = collected
        .map_err(|error| Problem::Internal(error.to_string()))?
        .to_bytes();
    let media = parts.headers.get(header::CONTENT_TYPE);
    let yaml = media.is_some_and(|media| media.as_bytes().starts_with(b"application/yaml"));
    let value = match yaml {
        true => std::str::from_utf8(&bytes)
            .ok()
            .and_then(|text| serde_saphyr::from_str::<Value>(text).ok()),
        false => serde_json::from_slice(&bytes).ok(),
    };
    let body = match value {
        None => bytes,
        Some(mut value) => {
            renamed(&mut value);
            match yaml {
                true => yaml::from_json(&value).into(),
                false => render::ended(&ordered(&value)),
            }
        }
    };
    parts.headers.remove(header::CONTENT_LENGTH);
    Ok(Response::from_parts(parts, Body::from(body)))
}

fn ordered(value: &Value) -> Vec<u8> {
    go_types::ordered(&go_json::to_vec(value))
}

/// Renames whatever a handler answers: events, lists, Tables of whole objects, and Statuses.
fn renamed(value: &mut Value) {
    let kind = value
        .get("kind")
        .and_then(Value::as_str)
        .unwrap_or_default();
    match kind {
        "Event" => {
            value["apiVersion"] = json!(API_VERSION);
            renamed_event(value);
        }
        "EventList" => {
            value["apiVersion"] = json!(API_VERSION);
            below(value, "items").for_each(renamed_event);
        }
        "Table" => below(value, "rows")
            .filter_map(|row| row.get_mut("object"))
            .for_each(renamed),
        "Status" => renamed_status(value),
        _ => {}
    }
}

fn below<'a>(value: &'a mut Value, list: &str) -> impl Iterator<Item = &'a mut Value> {
    let list = value.get_mut(list).and_then(Value::as_array_mut);
    list.into_iter().flatten()
}

fn renamed_event(event: &mut Value) {
    if let Value::Object(event) = event {
        event_v1::from_core(event);
    }
}

/// What is invalid is so by the core kind's strategy, which both groups have.
fn renamed_status(status: &mut Value) {
    if status
        .get("reason")
        .is_some_and(|reason| reason == "Invalid")
    {
        return;
    }
    if let Some(Value::Object(details)) = status.get_mut("details") {
        details.insert("group".to_owned(), json!(GROUP));
    }
    let message = status.get("message").and_then(Value::as_str);
    let longer = message.map(|message| message.replacen("events \"", "events.events.k8s.io \"", 1));
    if let Some(longer) = longer {
        status["message"] = json!(longer);
    }
}

/// A watch's events, renamed line by line.
fn lines(body: Body) -> impl Stream<Item = Result<Bytes, axum::Error>> {
    let state = (body.into_data_stream(), Vec::new());
    stream::unfold(state, |(mut chunks, mut buffer)| async move {
        loop {
            if let Some(end) = buffer.iter().rposition(|byte| *byte == b'\n') {
                let rest = buffer.split_off(end + 1);
                let renamed = Bytes::from(renamed_lines(&buffer));
                return Some((Ok(renamed), (chunks, rest)));
            }
            match chunks.next().await? {
                Ok(chunk) => buffer.extend_from_slice(&chunk),
                Err(error) => return Some((Err(error), (chunks, buffer))),
            }
        }
    })
}

fn renamed_lines(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 64);
    for line in text.split(|byte| *byte == b'\n').filter(|l| !l.is_empty()) {
        match serde_json::from_slice::<Value>(line) {
            Ok(mut event) => {
                let object = event.get_mut("object").map(|object| {
                    renamed(object);
                    ordered(object)
                });
                let type_ = event.get("type").and_then(Value::as_str);
                let opening = format!("{{\"type\":\"{}\",\"object\":", type_.unwrap_or_default());
                out.extend_from_slice(opening.as_bytes());
                out.extend(object.unwrap_or_default());
                out.push(b'}');
            }
            Err(_) => out.extend_from_slice(line),
        }
        out.push(b'\n');
    }
    out
}
