//! JSON patches, bounded in what they may grow an object to.

use json_patch::{Patch, PatchOperation, patch};
use orrery_apis::go_syntax::{self, json_kind};
use serde_json::Value;

use crate::body;
use crate::problem::{Outcome, Problem};

/// A patch of more operations is refused, as upstream's `maxJSONPatchOperations`.
const MAX_OPERATIONS: usize = 10_000;
/// All that a patch may copy, as JSON text. A copy of what holds the last one doubles, so that forty
/// operations would fill any memory; upstream's limit is that of a body, too.
const MAX_COPIED_BYTES: usize = body::LIMIT_BYTES;

/// Why a patch does not apply.
#[derive(Debug)]
pub enum Misfit {
    Operation(json_patch::PatchError),
    CopiesTooMuch,
}

impl std::fmt::Display for Misfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Operation(error) => error.fmt(f),
            Self::CopiesTooMuch => write!(f, "its copies exceed {MAX_COPIED_BYTES} bytes"),
        }
    }
}

/// Reads a patch; 413 when it has too many operations.
pub fn read_json_patch(body: &[u8]) -> Outcome<Patch> {
    let patch: Patch = serde_json::from_slice(body).map_err(|_| unreadable(body))?;
    match patch.0.len() {
        count if count > MAX_OPERATIONS => Err(Problem::TooLarge(format!(
            "The allowed maximum operations in a JSON patch is {MAX_OPERATIONS}, got {count}"
        ))),
        _ => Ok(patch),
    }
}

/// Why a body is no list of operations. That an operation is none shows to upstream only as it is
/// applied, of which it tells no more than that.
fn unreadable(body: &[u8]) -> Problem {
    let told = match serde_json::from_slice(body) {
        Err(error) => go_syntax::fault(body).unwrap_or_else(|| error.to_string()),
        Ok(Value::Array(items)) => match items.iter().find(|item| !item.is_object()) {
            None => return Problem::Unprocessable("no operation".to_owned()),
            Some(item) => no_go_value(item, "jsonpatch.Operation"),
        },
        Ok(other) => no_go_value(&other, "jsonpatch.Patch"),
    };
    Problem::bad_request(format!("error decoding patch: {told}"))
}

fn no_go_value(value: &Value, kind: &str) -> String {
    let what = json_kind(value);
    format!("json: cannot unmarshal {what} into Go value of type {kind}")
}

/// Applies a patch; what is left of the document after a misfit is of no use.
pub fn json_patch(document: &mut Value, operations: &Patch) -> Result<(), Misfit> {
    let mut left = MAX_COPIED_BYTES;
    for operation in &operations.0 {
        if let PatchOperation::Copy(copy) = operation {
            let size = document.pointer(copy.from.as_str()).map_or(0, text_bytes);
            left = left.checked_sub(size).ok_or(Misfit::CopiesTooMuch)?;
        }
        patch(document, std::slice::from_ref(operation)).map_err(Misfit::Operation)?;
    }
    Ok(())
}

fn text_bytes(value: &Value) -> usize {
    serde_json::to_vec(value).map_or(0, |text| text.len())
}

#[cfg(test)]
mod tests {
    use json_patch::PatchErrorKind;
    use serde_json::json;

    use super::*;

    fn operations(value: Value) -> Patch {
        serde_json::from_value(value).expect("a patch")
    }

    #[test]
    fn k_20_operations_apply_in_turn() {
        let mut document = json!({"a": {"b": 1}, "list": [1, 3]});
        let all = operations(json!([
            {"op": "add", "path": "/list/1", "value": 2},
            {"op": "add", "path": "/list/-", "value": 4},
            {"op": "copy", "from": "/a", "path": "/c"},
            {"op": "move", "from": "/a/b", "path": "/a/d"},
            {"op": "replace", "path": "/a/d", "value": 5},
            {"op": "test", "path": "/a/d", "value": 5},
            {"op": "remove", "path": "/list/0"},
        ]));
        json_patch(&mut document, &all).expect("each fits what the last one left");
        assert_eq!(
            document,
            json!({"a": {"d": 5}, "c": {"b": 1}, "list": [2, 3, 4]})
        );
        let fails = operations(json!([{"op": "test", "path": "/a/d", "value": 6}]));
        let error = json_patch(&mut document, &fails).expect_err("it is five");
        assert!(
            matches!(&error, Misfit::Operation(error) if matches!(error.kind, PatchErrorKind::TestFailed)),
            "{error}"
        );
    }

    #[test]
    fn copies_of_copies_end_before_memory_does() {
        let mut document = json!({"data": {"a": "x".repeat(1000)}});
        let doubles = |n: u8| json!({"op": "copy", "from": "/data", "path": format!("/data/b{n}")});
        let all = operations((0..60).map(doubles).collect());
        let error = json_patch(&mut document, &all).expect_err("a thousand times two to the sixty");
        assert!(matches!(error, Misfit::CopiesTooMuch), "{error}");
        assert!(text_bytes(&document) < 2 * MAX_COPIED_BYTES);
    }
}
