//! kubectl's own annotation of what it last applied, kept true while an object moves from client-side to
//! server-side apply and back: upstream's lastAppliedManager and lastAppliedUpdater.

use serde_json::Value;

use crate::apply::{self, Conflict};
use crate::go_json;
use crate::shapes::Shape;

/// The manager for which this holds. Others, also of kubectl, opt out by another name.
pub const KUBECTL: &str = "kubectl";

const ANNOTATION: &str = "kubectl.kubernetes.io/last-applied-configuration";
/// Annotations of one object together, as validation has it.
const MAX_ANNOTATIONS_BYTES: usize = 256 * 1024;

/// The conflicts that remain: what kubectl applied last in its own old way, and still stands, is its.
pub fn remaining(live: &Value, conflicts: Vec<Conflict>, shape: &Shape) -> Vec<Conflict> {
    let said = live["metadata"]["annotations"][ANNOTATION].as_str();
    let said: Option<Value> = said.and_then(|text| serde_json::from_str(text).ok());
    let Some(said) = said.filter(|said| said["apiVersion"] == live["apiVersion"]) else {
        return conflicts;
    };
    let own = apply::agreed(&said, live, shape);
    let others = conflicts.into_iter();
    others
        .filter(|conflict| !own.contains(&conflict.path))
        .collect()
}

/// Writes `config` into the annotation of an object that has one.
pub fn update(object: &mut Value, config: &Value) {
    let annotations = object
        .get_mut("metadata")
        .and_then(|metadata| metadata.get_mut("annotations"))
        .and_then(Value::as_object_mut);
    let Some(annotations) = annotations.filter(|all| all.contains_key(ANNOTATION)) else {
        return;
    };
    let mut config = config.clone();
    let own = config
        .get_mut("metadata")
        .and_then(|m| m.get_mut("annotations"));
    if let Some(own) = own.and_then(Value::as_object_mut) {
        own.remove(ANNOTATION);
    }
    let mut text = String::from_utf8(go_json::to_vec(&config)).expect("JSON is UTF-8");
    text.push('\n');
    annotations.insert(ANNOTATION.to_owned(), Value::String(text));
    let size = |(name, value): (&String, &Value)| name.len() + value.as_str().map_or(0, str::len);
    if annotations.iter().map(size).sum::<usize>() > MAX_ANNOTATIONS_BYTES {
        annotations.remove(ANNOTATION);
    }
}
