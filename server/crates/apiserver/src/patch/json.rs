//! JSON patches, bounded in what they may grow an object to.

use json_patch::{Patch, PatchOperation, patch};
use orrery_apis::go_syntax::{self, json_kind};
use orrery_apis::json_depth::{self, READ_DEPTH, depth};
use serde_json::{Map, Value};

use crate::body;
use crate::params::FieldValidation;
use crate::problem::{Outcome, Problem};

/// A patch of more operations is refused, as upstream's `maxJSONPatchOperations`.
const MAX_OPERATIONS: usize = 10_000;
/// All that a patch may copy, or move deeper, as JSON text. A copy of what holds the last one doubles, so that forty
/// operations would fill any memory; upstream's limit is that of a body, too.
const MAX_COPIED_BYTES: usize = body::LIMIT_BYTES;

/// Why a patch does not apply.
#[derive(Debug)]
pub enum Misfit {
    Operation(json_patch::PatchError),
    CopiesTooMuch,
    /// Each operation can go as deep again as the last one did, and whoever walks through the document needs a frame of
    /// the stack for each level.
    TooDeep,
}

impl std::fmt::Display for Misfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Operation(error) => error.fmt(f),
            Self::CopiesTooMuch => write!(
                f,
                "what it copies or moves exceeds {MAX_COPIED_BYTES} bytes"
            ),
            Self::TooDeep => write!(
                f,
                "what the patch makes is nested more than {READ_DEPTH} levels deep, which is the limit here"
            ),
        }
    }
}

impl From<Misfit> for Problem {
    fn from(misfit: Misfit) -> Self {
        match misfit {
            Misfit::TooDeep => Self::BadRequest(misfit.to_string()),
            misfit => Self::Unprocessable(misfit.to_string()),
        }
    }
}

/// Reads a patch; 413 when it has too many operations.
pub fn read_json_patch(body: &[u8], validation: FieldValidation) -> Outcome<Patch> {
    let mut operations = listed(body, validation).map_err(Problem::BadRequest)?;
    let count = operations.len();
    if count > MAX_OPERATIONS {
        return Err(Problem::TooLarge(format!(
            "The allowed maximum operations in a JSON patch is {MAX_OPERATIONS}, got {count}"
        )));
    }
    operations.iter_mut().for_each(without_value);
    // that an operation is none shows to upstream only as it is applied, of which it tells no more than that
    serde_json::from_value(Value::Array(operations))
        .map_err(|error| Problem::Unprocessable(error.to_string()))
}

/// What Go makes a list of operations of. Who wants to hear of unknown fields has the body read into
/// operations first, and is told of that.
fn listed(body: &[u8], validation: FieldValidation) -> Result<Vec<Value>, String> {
    let (list, item, before) = match validation {
        FieldValidation::Ignore => ("jsonpatch.Patch", "jsonpatch.Operation", ""),
        _ => (
            "[]handlers.jsonPatchOp",
            "handlers.jsonPatchOp",
            "error decoding patch: ",
        ),
    };
    let told = |why: String| format!("{before}{why}");
    let read = serde_json::from_slice(body);
    let read = read.map_err(|error: serde_json::Error| {
        let own = || json_depth::told(&error.to_string(), body);
        told(go_syntax::fault(body).unwrap_or_else(own))
    })?;
    let operations = match read {
        Value::Array(operations) => operations,
        Value::Null => Vec::new(),
        other => return Err(told(no_go_value(&other, list))),
    };
    for operation in &operations {
        let wrong = match operation {
            Value::Object(fields) if validation != FieldValidation::Ignore => no_text(fields),
            Value::Object(_) | Value::Null => None,
            other => Some(no_go_value(other, item)),
        };
        if let Some(wrong) = wrong {
            return Err(told(wrong));
        }
    }
    Ok(operations)
}

fn no_go_value(value: &Value, kind: &str) -> String {
    let what = json_kind(value);
    format!("json: cannot unmarshal {what} into Go value of type {kind}")
}

/// A field of an operation that is a text to Go.
fn no_text(fields: &Map<String, Value>) -> Option<String> {
    let mut texts = ["op", "path", "from"].into_iter();
    texts.find_map(|name| {
        let value = fields.get(name)?;
        let what = json_kind(value);
        (!value.is_string() && !value.is_null()).then(|| {
            format!(
                "json: cannot unmarshal {what} into Go struct field jsonPatchOp.{name} of type string"
            )
        })
    })
}

/// To Go, a value that is left out is null.
fn without_value(operation: &mut Value) {
    if let Value::Object(fields) = operation
        && fields
            .get("op")
            .is_some_and(|op| op == "add" || op == "replace")
    {
        fields.entry("value").or_insert(Value::Null);
    }
}

/// What there is to say of a patch's own fields, of which some are `told` already (K-08).
pub fn strict_operations(
    mut told: Vec<String>,
    body: &[u8],
    validation: FieldValidation,
) -> Vec<String> {
    if validation != FieldValidation::Ignore {
        let operations: Vec<Map<String, Value>> = serde_json::from_slice(body).unwrap_or_default();
        for (at, operation) in operations.iter().enumerate() {
            let unknown = operation
                .keys()
                .filter(|name| !matches!(name.as_str(), "op" | "path" | "from" | "value"));
            told.extend(unknown.map(|name| format!("unknown field \"[{at}].{name}\"")));
        }
    }
    let told = told.into_iter();
    told.map(|told| format!("json patch {told}")).collect()
}

/// Applies a patch; what is left of the document after a misfit is of no use.
pub fn json_patch(document: &mut Value, operations: &Patch) -> Result<(), Misfit> {
    let mut left = MAX_COPIED_BYTES;
    for operation in &operations.0 {
        let taken = taken(document, operation);
        let size = taken.map_or(0, text_bytes);
        left = left.checked_sub(size).ok_or(Misfit::CopiesTooMuch)?;
        let above = levels(operation.path().as_str());
        let put = added(operation).or(taken);
        if put.is_some_and(|value| above + depth(value) > READ_DEPTH) {
            return Err(Misfit::TooDeep);
        }
        if !finds_nothing(document, operation) {
            patch(document, std::slice::from_ref(operation)).map_err(Misfit::Operation)?;
        }
    }
    Ok(())
}

fn added(operation: &PatchOperation) -> Option<&Value> {
    match operation {
        PatchOperation::Add(add) => Some(&add.value),
        PatchOperation::Replace(replace) => Some(&replace.value),
        _ => None,
    }
}

/// What of the document stands there twice afterwards, or deeper.
fn taken<'a>(document: &'a Value, operation: &PatchOperation) -> Option<&'a Value> {
    let from = match operation {
        PatchOperation::Copy(copy) => copy.from.as_str(),
        PatchOperation::Move(moved) => {
            let (from, to) = (moved.from.as_str(), moved.path.as_str());
            (levels(from) < levels(to)).then_some(from)?
        }
        _ => return None,
    };
    document.pointer(from)
}

/// How many values hold the one at that path.
fn levels(path: &str) -> usize {
    path.matches('/').count()
}

/// Go's library takes a field that is not there for null, when it is tested for that.
fn finds_nothing(document: &Value, operation: &PatchOperation) -> bool {
    let PatchOperation::Test(test) = operation else {
        return false;
    };
    let path = test.path.as_str();
    let owner = path.rsplit_once('/').map(|(owner, _)| owner);
    let owner = owner.and_then(|owner| document.pointer(owner));
    test.value.is_null() && document.pointer(path).is_none() && owner.is_some_and(Value::is_object)
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
    fn k_20_what_is_not_there_is_null_to_a_test() {
        let rows = [
            ("/a/x", true),
            ("/x", true),
            ("/a/b", false),
            ("/x/y", false),
            ("/list/7", false),
        ];
        for (path, passes) in rows {
            let mut document = json!({"a": {"b": 1}, "list": [1]});
            let test = operations(json!([{"op": "test", "path": path, "value": null}]));
            assert_eq!(json_patch(&mut document, &test).is_ok(), passes, "{path}");
        }
    }

    #[test]
    fn k_20_reads_what_go_reads() {
        use FieldValidation::{Ignore, Strict, Warn};
        let text = |field: &str| {
            format!(
                "error decoding patch: json: cannot unmarshal number into Go struct field jsonPatchOp.{field} of type string"
            )
        };
        let rows = [
            ("null", Warn, Ok(0)),
            (r#"[{"op": "add", "path": "/a"}]"#, Warn, Ok(1)),
            (
                "{}",
                Warn,
                Err("error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp".to_owned()),
            ),
            (
                "{}",
                Ignore,
                Err("json: cannot unmarshal object into Go value of type jsonpatch.Patch".to_owned()),
            ),
            (
                "[5]",
                Ignore,
                Err("json: cannot unmarshal number into Go value of type jsonpatch.Operation".to_owned()),
            ),
            ("[", Ignore, Err("unexpected end of JSON input".to_owned())),
            (r#"[{"op": 1}]"#, Warn, Err(text("op"))),
            (r#"[{"op": "add", "path": 1}]"#, Strict, Err(text("path"))),
        ];
        for (body, validation, expected) in rows {
            let read = read_json_patch(body.as_bytes(), validation);
            let read = read.map(|patch| patch.0.len());
            let read = read.map_err(|problem| problem.status().message.unwrap_or_default());
            assert_eq!(read, expected, "{body}");
        }
    }

    #[test]
    fn k_08_an_operation_has_four_fields() {
        let body = br#"[{"op": "add", "path": "/a"}, {"op": "add", "path": "/a", "note": "x"}]"#;
        let told = vec!["duplicate field \"[0].op\"".to_owned()];
        assert_eq!(
            strict_operations(told, body, FieldValidation::Warn),
            [
                "json patch duplicate field \"[0].op\"",
                "json patch unknown field \"[1].note\""
            ]
        );
        assert!(strict_operations(Vec::new(), body, FieldValidation::Ignore).is_empty());
    }

    #[test]
    fn no_patch_makes_more_levels_than_can_be_read() {
        let nested = |levels: usize| (0..levels).fold(json!(1), |inner, _| json!({"a": inner}));
        let within = |levels: usize| format!("/x{}", "/a".repeat(levels));
        let add = json!({"op": "add", "path": "/x", "value": nested(100)});
        let beside = json!({"op": "add", "path": "/y", "value": nested(26)});
        let rows = [
            (
                "a value",
                vec![json!({"op": "add", "path": "/x", "value": nested(126)})],
                true,
            ),
            (
                "one of more",
                vec![json!({"op": "add", "path": "/x", "value": nested(127)})],
                false,
            ),
            (
                "a copy",
                vec![
                    add.clone(),
                    beside.clone(),
                    json!({"op": "copy", "from": "/y", "path": within(100)}),
                ],
                true,
            ),
            (
                "a copy within itself",
                vec![
                    add.clone(),
                    json!({"op": "copy", "from": "/x", "path": within(100)}),
                ],
                false,
            ),
            (
                "a move",
                vec![
                    add.clone(),
                    beside.clone(),
                    json!({"op": "move", "from": "/y", "path": within(100)}),
                ],
                true,
            ),
            (
                "the replacement of what is deep",
                vec![
                    add,
                    json!({"op": "replace", "path": within(100), "value": nested(27)}),
                ],
                false,
            ),
        ];
        for (why, all, fits) in rows {
            let mut document = json!({});
            let made = json_patch(&mut document, &operations(Value::Array(all)));
            assert_eq!(made.is_ok(), fits, "{why}");
            assert!(fits || matches!(made, Err(Misfit::TooDeep)), "{why}");
            let text = serde_json::to_vec(&document).expect("JSON");
            serde_json::from_slice::<Value>(&text).expect("it can be read again");
        }
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
