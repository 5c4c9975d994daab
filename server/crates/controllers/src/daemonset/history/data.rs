//! What a revision stores: the template as a patch that puts it back (DS-47, DS-48).
//!
//! Clients build the same from the DaemonSet and compare bytes, so it is what Go's typed encoder
//! writes: keys sorted, nothing unset, structs there even when empty. The API server's defaults have
//! put those structs into the template. Absent: the escapes of `<`, `>` and `&`, which belong to
//! whoever turns a value into bytes.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::PodTemplateSpec;
use orrery_apis::go_zero::AsGo;
use serde_json::{Map, Value, json};

/// Maps, which Go leaves out when they are empty; other objects are structs, whose fields are [`AsGo`]'s.
const MAPS: [&str; 10] = [
    "annotations",
    "labels",
    "limits",
    "matchLabels",
    "nodeSelector",
    "options",
    "overhead",
    "requests",
    "userAnnotations",
    "volumeAttributes",
];
/// The one list that Go writes even when it is empty.
const ALWAYS_WRITTEN: &str = "sources";

/// The data of this template's revision.
pub fn revision_data(template: &PodTemplateSpec) -> Value {
    let template = PodTemplateSpec {
        metadata: Some(template.metadata.clone().unwrap_or_default()),
        spec: Some(template.spec.clone().unwrap_or_default()),
    };
    let template = serde_json::to_value(AsGo(&template));
    let template = template.expect("a template has only text keys");
    let mut template = canonical(template);
    if let Value::Object(fields) = &mut template {
        let patch = ("$patch".to_owned(), json!("replace"));
        // First also where a map keeps the order of its making.
        *fields = [patch].into_iter().chain(std::mem::take(fields)).collect();
    }
    json!({"spec": {"template": template}})
}

fn canonical(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields = fields
                .into_iter()
                .filter(|(key, value)| is_written(key, value));
            let fields = fields.map(|(key, value)| match value.is_object() && is_map(&key) {
                true => (key, sorted(value)),
                false => (key, canonical(value)),
            });
            sorted(fields.collect())
        }
        Value::Array(items) => items.into_iter().map(canonical).collect(),
        other => other,
    }
}

/// The entries of an object by key; a map's are the client's own and are all kept.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields: BTreeMap<_, _> = fields.into_iter().collect();
            Value::Object(Map::from_iter(fields))
        }
        other => other,
    }
}

fn is_written(key: &str, value: &Value) -> bool {
    match value {
        Value::Array(items) => !items.is_empty() || key == ALWAYS_WRITTEN,
        Value::Object(fields) => !fields.is_empty() || !is_map(key),
        _ => true,
    }
}

fn is_map(key: &str) -> bool {
    MAPS.contains(&key)
}
