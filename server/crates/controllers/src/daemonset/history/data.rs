//! What a revision stores: the template as a patch that puts it back (DS-47, DS-48).
//!
//! Clients build the same from the DaemonSet and compare bytes, so it is what Go's typed encoder
//! writes: keys sorted, nothing unset, structs there even when empty. The API server's defaults have
//! put those structs into the template. Absent: the escapes of `<`, `>` and `&`, which belong to
//! whoever turns a value into bytes.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::PodTemplateSpec;
use serde_json::{Map, Value, json};

/// Maps, which Go leaves out when they are empty; other objects are structs, which it writes.
const MAPS: [&str; 9] = [
    "annotations",
    "labels",
    "limits",
    "matchLabels",
    "nodeSelector",
    "options",
    "overhead",
    "requests",
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
    let template = serde_json::to_value(template).expect("a template has only text keys");
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
            let sorted: BTreeMap<_, _> = fields.map(|(k, v)| (k, canonical(v))).collect();
            Value::Object(Map::from_iter(sorted))
        }
        Value::Array(items) => items.into_iter().map(canonical).collect(),
        other => other,
    }
}

fn is_written(key: &str, value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(items) => !items.is_empty() || key == ALWAYS_WRITTEN,
        Value::Object(fields) => !fields.is_empty() || !MAPS.contains(&key),
        _ => true,
    }
}
