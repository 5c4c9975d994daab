//! Why a strategic merge patch cannot be applied, in upstream's words.

use serde_json::{Map, Value};

use crate::mismatch::go_value;

/// A patch that contradicts itself or its object; the text says how.
pub type Wrong = String;

/// Go's names of what JSON's lists and objects become.
pub const LIST: &str = "[]interface {}";
pub const MAP: &str = "map[string]interface {}";

/// A `$patch` that says what nobody can do.
pub fn unknown_directive(directive: &Value, map: &Map<String, Value>) -> Wrong {
    let directive = go_value(directive);
    format!("unknown patch type: {directive} in map: {}", shown(map))
}

/// An element that cannot be told from others.
pub fn without_key(map: &Map<String, Value>, key: &str) -> Wrong {
    let map = shown(map);
    format!("map: {map} does not contain declared merge key: {key}")
}

/// A value of another type than `expected`, which is Go's name of it.
pub fn another_type(expected: &str, value: &Value) -> Wrong {
    let received = match value {
        Value::Null => "%!s(<nil>)",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::String(_) => "string",
        Value::Array(_) => LIST,
        Value::Object(_) => MAP,
    };
    format!("expected a {expected}, but received a {received}")
}

/// Items that stand in another order than the one that the patch sets, or are not in it.
pub fn another_order(patch: &[Value], order: &[Value]) -> Wrong {
    let shown = |list: &[Value]| go_value(&Value::Array(list.to_vec()));
    format!(
        "The order in patch list:\n{}\n doesn't match $setElementOrder list:\n{}\n",
        shown(patch),
        shown(order)
    )
}

fn shown(map: &Map<String, Value>) -> String {
    go_value(&Value::Object(map.clone()))
}
