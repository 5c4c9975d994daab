//! Answers of core events' handlers as the newer group gives them.

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use http::header;
use http_body_util::BodyExt;
use orrery_apis::event_v1;
use serde_json::{Value, json};

use super::{API_VERSION, GROUP};
use crate::go_json;
use crate::go_types;
use crate::problem::{Outcome, Problem};
use crate::render;

pub async fn outward(response: Response) -> Outcome<Response> {
    let (mut parts, body) = response.into_parts();
    let collected = body.collect().await;
    let bytes = collected
        .map_err(|error| Problem::Internal(error.to_string()))?
        .to_bytes();
    let body = match serde_json::from_slice::<Value>(&bytes) {
        Err(_) => bytes,
        Ok(mut value) => {
            renamed(&mut value);
            render::ended(&ordered(&value))
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

pub fn renamed_event(event: &mut Value) {
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
pub fn lines(body: Body) -> impl Stream<Item = Result<Bytes, axum::Error>> {
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
