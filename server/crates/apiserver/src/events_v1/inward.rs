//! Requests of the newer group as their handlers know them.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Method, Uri, header};
use orrery_apis::{FieldErrors, event_v1};
use serde_json::{Value, json};

use super::{API_VERSION, NewerEvent, Validated};
use crate::auth::Identity;
use crate::body;
use crate::call::{Call, Told};
use crate::core::Core;
use crate::go_text;
use crate::incoming;
use crate::params::{CREATE, FieldValidation, Params, UPDATE, WriteParams};
use crate::problem::{Outcome, Problem};
use crate::registry::Resource;
use crate::strict;
use crate::yaml::{self, SaidTwice};

pub async fn inward(
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
            let json = incoming::json_as(&parts.headers, API_VERSION, "Event", sent)?;
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
