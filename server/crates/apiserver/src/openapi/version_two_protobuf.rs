//! The version 2 document as protobuf: the one form in which kubectl asks for it.
//!
//! Of the operations only PATCH is told, whose parameters those clients look up; of kinds all that a
//! schema says. The numbers are those of gnostic's `openapi.v2.Document`.

use serde_json::Value;

use crate::protobuf::message::{Writer, bytes_field};

/// The document's bytes.
pub fn document(document: &Value) -> Writer {
    let mut info = Writer::new();
    text(&mut info, 1, &document["info"]["title"]);
    text(&mut info, 2, &document["info"]["version"]);
    let mut paths = Writer::new();
    for (path, item) in fields(&document["paths"]) {
        let Some(operation) = item.get("patch") else {
            continue;
        };
        let mut told = Writer::new();
        bytes_field(&mut told, 8, &patch(operation));
        bytes_field(&mut paths, 2, &named(path, &told));
    }
    let mut definitions = Writer::new();
    for (name, definition) in fields(&document["definitions"]) {
        bytes_field(&mut definitions, 1, &named(name, &schema(definition)));
    }
    let mut whole = Writer::new();
    bytes_field(&mut whole, 1, b"2.0");
    bytes_field(&mut whole, 2, &info);
    bytes_field(&mut whole, 8, &paths);
    bytes_field(&mut whole, 9, &definitions);
    whole
}

fn fields(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn named(name: &str, value: &[u8]) -> Writer {
    let mut pair = Writer::new();
    bytes_field(&mut pair, 1, name.as_bytes());
    bytes_field(&mut pair, 2, value);
    pair
}

fn text(message: &mut Writer, number: u32, value: &Value) {
    if let Some(value) = value.as_str() {
        bytes_field(message, number, value.as_bytes());
    }
}

/// A value that stands as YAML, which JSON is.
fn any(value: &Value) -> Writer {
    let mut any = Writer::new();
    bytes_field(&mut any, 2, value.to_string().as_bytes());
    any
}

fn patch(operation: &Value) -> Writer {
    let mut told = Writer::new();
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        if parameter["in"] == "query" {
            bytes_field(&mut told, 8, &query_parameter(&parameter["name"]));
        }
    }
    const KIND: &str = "x-kubernetes-group-version-kind";
    bytes_field(&mut told, 13, &named(KIND, &any(&operation[KIND])));
    told
}

/// A parameter lies three choices deep: item, parameter that is no body, query.
fn query_parameter(name: &Value) -> Writer {
    let mut query = Writer::new();
    bytes_field(&mut query, 2, b"query");
    text(&mut query, 4, name);
    bytes_field(&mut query, 6, b"string");
    [3, 2, 1].into_iter().fold(query, |inner, number| {
        let mut outer = Writer::new();
        bytes_field(&mut outer, number, &inner);
        outer
    })
}

fn schema(value: &Value) -> Writer {
    let mut told = Writer::new();
    text(&mut told, 1, &value["$ref"]);
    text(&mut told, 2, &value["format"]);
    text(&mut told, 4, &value["description"]);
    for name in value["required"].as_array().into_iter().flatten() {
        text(&mut told, 19, name);
    }
    for word in value["enum"].as_array().into_iter().flatten() {
        bytes_field(&mut told, 20, &any(word));
    }
    if let Some(additional) = value.get("additionalProperties").filter(|v| v.is_object()) {
        bytes_field(&mut told, 21, &wrapped(&schema(additional)));
    }
    if let Some(kind) = value["type"].as_str() {
        bytes_field(&mut told, 22, &wrapped(kind.as_bytes()));
    }
    if let Some(items) = value.get("items") {
        bytes_field(&mut told, 23, &wrapped(&schema(items)));
    }
    if value["properties"].is_object() {
        let mut properties = Writer::new();
        for (name, property) in fields(&value["properties"]) {
            bytes_field(&mut properties, 1, &named(name, &schema(property)));
        }
        bytes_field(&mut told, 25, &properties);
    }
    for (name, extension) in fields(value).filter(|(name, _)| name.starts_with("x-")) {
        bytes_field(&mut told, 31, &named(name, &any(extension)));
    }
    told
}

/// A message whose first field is the whole of it.
fn wrapped(inner: &[u8]) -> Writer {
    let mut outer = Writer::new();
    bytes_field(&mut outer, 1, inner);
    outer
}
