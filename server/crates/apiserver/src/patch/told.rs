//! What a patch made of an object, as upstream tells of it: where the patch went, keys are sorted, as Go's maps have
//! them; what it left alone stands in the order of Go's types, in which the object was written before.

use std::collections::BTreeMap;

use json_patch::{Patch, PatchOperation};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::go_json;
use crate::go_types;

/// No document is nested more deeply.
const MOST_LEVELS: usize = 128;

/// The text of what was patched. Of `touched`, which is a merge patch or comes of [`touched`], only the objects count:
/// they stand for those that the patch went into.
pub fn told(patched: &Value, touched: &Value) -> String {
    let ordered = go_types::ordered(&go_json::to_vec(patched));
    let whole: &RawValue = serde_json::from_slice(&ordered).expect("JSON that was just written");
    let mut out = String::with_capacity(ordered.len());
    write(whole, Some(touched), &mut out);
    out
}

/// An object for each object and list that the operations go into, by the names and indexes on the way.
pub fn touched(operations: &Patch) -> Value {
    let mut touched = Map::new();
    for operation in &operations.0 {
        touch(&mut touched, operation.path().as_str());
        match operation {
            PatchOperation::Move(moves) => touch(&mut touched, moves.from.as_str()),
            PatchOperation::Copy(copy) => touch(&mut touched, copy.from.as_str()),
            _ => {}
        }
    }
    Value::Object(touched)
}

fn touch(touched: &mut Map<String, Value>, pointer: &str) {
    // the last step names a value, which stays as it is
    let way = pointer
        .rsplit_once('/')
        .map_or("", |(way, _)| way)
        .split('/');
    let mut into = touched;
    for step in way.skip(1).take(MOST_LEVELS) {
        let name = step.replace("~1", "/").replace("~0", "~");
        let below = into.entry(name).or_insert_with(|| Map::new().into());
        let Value::Object(below) = below else { return };
        into = below;
    }
}

fn write(raw: &RawValue, touched: Option<&Value>, out: &mut String) {
    let text = raw.get();
    match touched {
        Some(Value::Object(touched)) if text.starts_with('{') => {
            let fields: BTreeMap<String, &RawValue> =
                serde_json::from_str(text).expect("an object of the text above");
            let mut before = '{';
            for (name, below) in fields {
                out.push(before);
                out.push_str(&String::from_utf8_lossy(&go_json::to_vec(&name)));
                out.push(':');
                write(below, touched.get(&name), out);
                before = ',';
            }
            out.push_str(if before == '{' { "{}" } else { "}" });
        }
        Some(Value::Object(touched)) if text.starts_with('[') => {
            items(text, |at| touched.get(&at.to_string()), out);
        }
        Some(Value::Array(touched)) if text.starts_with('[') => {
            items(text, |at| touched.get(at), out);
        }
        _ => out.push_str(text),
    }
}

fn items<'v>(list: &str, touched: impl Fn(usize) -> Option<&'v Value>, out: &mut String) {
    let items: Vec<&RawValue> = serde_json::from_str(list).expect("a list of the text above");
    out.push('[');
    for (at, item) in items.into_iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        write(item, touched(at), out);
    }
    out.push(']');
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pod() -> Value {
        json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "p", "labels": {"b": "<", "a": "1"}, "generation": 1},
            "spec": {
                "volumes": [],
                "containers": [{"name": "c", "image": "i", "command": ["x"]}, {"name": "d", "image": "i"}],
            },
        })
    }

    #[test]
    fn k_08_what_a_merge_patch_goes_into_is_sorted() {
        let rows = [
            (
                json!({}),
                r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","generation":1,"labels":{"a":"1","b":"\u003c"}},"spec":{"volumes":[],"containers":[{"name":"c","image":"i","command":["x"]},{"name":"d","image":"i"}]}}"#,
            ),
            (
                json!({"metadata": {"labels": null}, "spec": {"containers": [{"name": "c"}]}, "status": {}}),
                r#"{"apiVersion":"v1","kind":"Pod","metadata":{"generation":1,"labels":{"a":"1","b":"\u003c"},"name":"p"},"spec":{"containers":[{"command":["x"],"image":"i","name":"c"},{"name":"d","image":"i"}],"volumes":[]}}"#,
            ),
        ];
        for (patch, want) in rows {
            assert_eq!(told(&pod(), &patch), want, "{patch}");
        }
    }

    #[test]
    fn k_08_so_is_what_operations_go_into() {
        let operations: Patch = serde_json::from_value(json!([
            {"op": "test", "path": "/spec/containers/1/name", "value": "d"},
            {"op": "copy", "from": "/metadata/labels/a", "path": "/kind"},
            {"op": "add", "path": "", "value": {}},
        ]))
        .expect("a patch");
        let touched = touched(&operations);
        let want = json!({"spec": {"containers": {"1": {}}}, "metadata": {"labels": {}}});
        assert_eq!(touched, want);
        assert_eq!(
            told(&pod(), &touched),
            r#"{"apiVersion":"v1","kind":"Pod","metadata":{"generation":1,"labels":{"a":"1","b":"\u003c"},"name":"p"},"spec":{"containers":[{"name":"c","image":"i","command":["x"]},{"image":"i","name":"d"}],"volumes":[]}}"#
        );
        assert_eq!(told(&json!({}), &json!({})), "{}");
    }
}
