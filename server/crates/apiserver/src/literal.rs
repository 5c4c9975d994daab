//! How a number is written in a text, which a decoded value does not keep: Go tells people of `1e0`, not of 1.0.

use std::collections::BTreeMap;

use serde_json::Value;
use serde_json::value::RawValue;

/// The text of `wanted`, which is a part of what `json` was decoded to.
pub fn of(json: &[u8], root: &Value, wanted: &Value) -> Option<String> {
    let mut steps = Vec::new();
    find(root, wanted, &mut steps).then_some(())?;
    let mut rest: &RawValue = serde_json::from_slice(json).ok()?;
    for step in steps {
        rest = match step {
            Step::Key(key) => {
                let mut fields: BTreeMap<String, &RawValue> =
                    serde_json::from_str(rest.get()).ok()?;
                fields.remove(key)?
            }
            Step::At(at) => {
                let items: Vec<&RawValue> = serde_json::from_str(rest.get()).ok()?;
                items.into_iter().nth(at)?
            }
        };
    }
    Some(rest.get().to_owned())
}

enum Step<'a> {
    Key(&'a str),
    At(usize),
}

/// The way to that very value, not to one like it.
fn find<'a>(value: &'a Value, wanted: &Value, steps: &mut Vec<Step<'a>>) -> bool {
    if std::ptr::eq(value, wanted) {
        return true;
    }
    let mut below = |step: Step<'a>, value: &'a Value| {
        steps.push(step);
        let found = find(value, wanted, steps);
        if !found {
            steps.pop();
        }
        found
    };
    match value {
        Value::Object(map) => map.iter().any(|(key, value)| below(Step::Key(key), value)),
        Value::Array(items) => {
            let mut items = items.iter().enumerate();
            items.any(|(at, value)| below(Step::At(at), value))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::of;

    #[test]
    fn numbers_as_they_are_written() {
        let json = br#" {"a": 1.0, "b": [1, {"c": 1e0}], "d\"": -0, "e": 1.0} "#;
        let root: Value = serde_json::from_slice(json).expect("JSON");
        let rows = [
            (&root["a"], "1.0"),
            (&root["b"][0], "1"),
            (&root["b"][1]["c"], "1e0"),
            (&root["d\""], "-0"),
        ];
        for (value, written) in rows {
            assert_eq!(of(json, &root, value).as_deref(), Some(written));
        }
        assert_eq!(of(json, &root, &Value::from(1)), None, "nowhere in it");
    }
}
