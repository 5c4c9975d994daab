//! What the kinds' tests share: objects from JSON, as the API server would make them.

use jiff::Timestamp;
use serde_json::Value;

use crate::{FieldErrors, Kind, Update};

/// Ages are told at this instant.
pub fn now() -> Timestamp {
    "2026-01-01T01:00:00Z".parse().expect("a time")
}

/// Decoded and defaulted.
pub fn read<K: Kind>(value: Value) -> K {
    let mut object: K = serde_json::from_value(value).expect("an object of the kind");
    object.default_fields();
    object
}

/// Created: with uid and creation time five minutes ago.
pub fn created<K: Kind>(value: Value) -> K {
    let mut object: K = read(value);
    let meta = object.metadata_mut();
    meta.uid.get_or_insert_with(|| "u".to_owned());
    let five_minutes_ago = now() - jiff::SignedDuration::from_mins(5);
    meta.creation_timestamp = Some(k8s_openapi::apimachinery::pkg::apis::meta::v1::Time(
        five_minutes_ago,
    ));
    object.prepare_create(five_minutes_ago);
    object
}

/// The stored object with `patch` laid over it (null removes), as an update through `door` sees it.
pub fn updated<K: Kind>(old: &K, patch: &Value, door: Update) -> K {
    let mut value = serde_json::to_value(old).expect("a JSON object");
    merge(&mut value, patch);
    let mut object: K = read(value);
    object.prepare_update(old, door);
    if K::INFO.has_generation && object.spec_changed(old) {
        let meta = object.metadata_mut();
        meta.generation = Some(old.metadata().generation.unwrap_or_default() + 1);
        let new = object.clone();
        object.count_changes(&new, old);
    }
    object
}

/// The texts of the errors that such an update meets.
pub fn update_errors<K: Kind>(old: &K, patch: &Value, door: Update) -> Vec<String> {
    texts(&updated(old, patch, door).validate_update(old, door))
}

pub fn texts(errors: &FieldErrors) -> Vec<String> {
    errors.iter().map(ToString::to_string).collect()
}

/// The printed row, each cell as text.
pub fn row<K: Kind>(object: &K) -> Vec<String> {
    let printed = object.print(now());
    assert_eq!(
        printed.cells.len(),
        K::columns().len(),
        "as many cells as columns"
    );
    let text = |cell: &Value| {
        cell.as_str()
            .map_or_else(|| cell.to_string(), str::to_owned)
    };
    printed.cells.iter().map(text).collect()
}

/// Laid over: objects are merged, everything else replaced.
pub fn merge(value: &mut Value, patch: &Value) {
    let Value::Object(fields) = patch else {
        value.clone_from(patch);
        return;
    };
    if !value.is_object() {
        *value = Value::Object(serde_json::Map::new());
    }
    for (key, field) in fields {
        if field.is_null() {
            value.as_object_mut().expect("an object").remove(key);
        } else {
            merge(&mut value[key], field);
        }
    }
}
