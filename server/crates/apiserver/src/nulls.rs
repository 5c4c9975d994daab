//! Nulls in a document, which say that nothing is there.

use serde_json::{Map, Value};

/// Takes out every field that is null; a list keeps its items.
pub fn forget(value: &mut Value) {
    match value {
        Value::Object(map) => forget_in(map),
        Value::Array(items) => items.iter_mut().for_each(forget),
        _ => {}
    }
}

/// The same for an object's fields.
pub fn forget_in(map: &mut Map<String, Value>) {
    map.retain(|_, below| !below.is_null());
    map.values_mut().for_each(forget);
}
