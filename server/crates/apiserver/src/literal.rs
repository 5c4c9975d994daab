//! How a number is written in a text, which a decoded value does not keep: Go tells people of `1e0`, not of 1.0, to it
//! `-0` is an integer, and a number that no float64 holds is none only to the field that it is of.

use std::borrow::Cow;
use std::collections::BTreeMap;

use memchr::memmem;
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

/// The text with its numbers as serde reads them: in place of one that no float64 holds stands one that is no integer
/// either, which is for telling of alone.
pub fn legible(json: &[u8]) -> Vec<u8> {
    rewritten(json, |number| {
        let is_too_large = number.parse::<f64>().is_ok_and(f64::is_infinite);
        is_too_large.then_some("0.5").or_else(|| whole_zero(number))
    })
}

/// The text with a `0` for each `-0`.
pub fn with_whole_zeros(json: &[u8]) -> Cow<'_, [u8]> {
    match memmem::find(json, b"-0") {
        Some(_) => Cow::Owned(rewritten(json, whole_zero)),
        None => Cow::Borrowed(json),
    }
}

fn whole_zero(number: &str) -> Option<&'static str> {
    (number == "-0").then_some("0")
}

/// The text of which each number stands, in its place, as `read` has it, which is no longer than it was.
fn rewritten(json: &[u8], read: impl Fn(&str) -> Option<&'static str>) -> Vec<u8> {
    let mut told = json.to_vec();
    let mut at = 0;
    while let Some(byte) = json.get(at) {
        let rest = &json[at..];
        at += match byte {
            b'"' => text_len(rest),
            b'-' | b'0'..=b'9' => {
                let len = number_len(rest);
                let written = std::str::from_utf8(&rest[..len]).unwrap_or_default();
                if let Some(other) = read(written) {
                    let place = &mut told[at..at + len];
                    place.fill(b' ');
                    place[..other.len()].copy_from_slice(other.as_bytes());
                }
                len
            }
            _ => 1,
        };
    }
    told
}

/// How long a text is that begins here, its quotes included.
fn text_len(rest: &[u8]) -> usize {
    let mut at = 1;
    while let Some(byte) = rest.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    rest.len()
}

fn number_len(rest: &[u8]) -> usize {
    let is_of_one = |byte: &&u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
    rest.iter().take_while(is_of_one).count()
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

    use super::{legible, of, with_whole_zeros};

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

    #[test]
    fn k_03_numbers_as_go_reads_them() {
        let json = r#"{"a": -0, "b": [-0,-1e999, 1e308, -0.0], "-0": "-0 \" -0", "c": "1e400"#;
        let rows = [
            (
                with_whole_zeros(json.as_bytes()).into_owned(),
                r#"{"a": 0 , "b": [0 ,-1e999, 1e308, -0.0], "-0": "-0 \" -0", "c": "1e400"#,
            ),
            (
                legible(json.as_bytes()),
                r#"{"a": 0 , "b": [0 ,0.5   , 1e308, -0.0], "-0": "-0 \" -0", "c": "1e400"#,
            ),
        ];
        for (read, want) in rows {
            assert_eq!(String::from_utf8_lossy(&read), want);
        }
    }
}
