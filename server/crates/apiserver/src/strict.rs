//! What a JSON text says too much, in the order of its fields (K-08): those that its type does not know, and object
//! keys that it repeats, of which serde keeps the last one and says nothing.

use std::collections::HashSet;
use std::fmt;

use orrery_apis::go_quote::quoted;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::params::FieldValidation;

/// As many errors as upstream's decoder keeps.
const MAX_TOLD: usize = 100;
/// What is told together, about: a key of a megabyte would be told with each that is repeated below it.
const MAX_TOLD_BYTES: usize = 1 << 20;
/// How much is written of paths, most of them only to be looked up: enough for the fields of the largest body, but not
/// where the path of each begins with a key of a megabyte. Behind it nothing more is found.
const MAX_PATH_BYTES: usize = 64 << 20;

/// What is to be said of repeated keys, unless nobody wants to hear of unknown fields either.
pub fn told(validation: FieldValidation, json: &[u8]) -> Vec<String> {
    told_among(validation, json, &[])
}

/// The same with what is said of unknown fields. Each error is told once, and nothing of what stands below a
/// field that nobody reads.
pub fn told_among(validation: FieldValidation, json: &[u8], unknown: &[String]) -> Vec<String> {
    if validation == FieldValidation::Ignore {
        return Vec::new();
    }
    let mut found = Found {
        unknown: unknown.iter().map(String::as_str).collect(),
        seen: HashSet::new(),
        told: Vec::new(),
        told_bytes: 0,
        path_bytes: 0,
    };
    let walk = Walk {
        path: &mut Vec::new(),
        found: &mut found,
    };
    // text that is not JSON repeats nothing
    let _ = walk.deserialize(&mut serde_json::Deserializer::from_slice(json));
    for text in unknown {
        found.tell(text.clone());
    }
    found.told
}

/// What is said of a field that its type does not know.
pub fn unknown_field(path: &str) -> String {
    format!("unknown field {}", quoted(path))
}

/// The errors so far.
struct Found<'u> {
    unknown: HashSet<&'u str>,
    seen: HashSet<String>,
    told: Vec<String>,
    told_bytes: usize,
    path_bytes: usize,
}

impl Found<'_> {
    fn tell(&mut self, text: String) {
        if !self.is_full() && self.seen.insert(text.clone()) {
            self.told_bytes += text.len();
            self.told.push(text);
        }
    }

    fn is_full(&self) -> bool {
        self.told.len() >= MAX_TOLD || self.told_bytes >= MAX_TOLD_BYTES
    }

    /// Tells of the field if nobody knows it.
    fn tell_unknown(&mut self, path: &str) -> bool {
        let text = unknown_field(path);
        let is_unknown = self.unknown.contains(text.as_str());
        if is_unknown {
            self.tell(text);
        }
        is_unknown
    }
}

enum Step {
    Key(String),
    Index(usize),
}

struct Walk<'a, 'u> {
    path: &'a mut Vec<Step>,
    found: &'a mut Found<'u>,
}

impl<'u> Walk<'_, 'u> {
    fn below(&mut self) -> Walk<'_, 'u> {
        Walk {
            path: self.path,
            found: self.found,
        }
    }

    fn is_told_unknown(&mut self) -> bool {
        if self.found.unknown.is_empty() || self.found.is_full() {
            return false;
        }
        let path = self.text();
        path.is_some_and(|path| self.found.tell_unknown(&path))
    }

    fn tell_repeated(&mut self) {
        if !self.found.is_full()
            && let Some(path) = self.text()
        {
            let path = quoted(&path);
            self.found.tell(format!("duplicate field {path}"));
        }
    }

    /// The path, unless too much was written of paths.
    fn text(&mut self) -> Option<String> {
        if self.found.path_bytes > MAX_PATH_BYTES {
            return None;
        }
        let mut text = String::new();
        for step in self.path.iter() {
            match step {
                Step::Key(key) if text.is_empty() => text.push_str(key),
                Step::Key(key) => text.push_str(&format!(".{key}")),
                Step::Index(index) => text.push_str(&format!("[{index}]")),
            }
        }
        self.found.path_bytes += text.len();
        Some(text)
    }
}

impl<'de> DeserializeSeed<'de> for Walk<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
        let mut index = 0;
        loop {
            self.path.push(Step::Index(index));
            let more = seq.next_element_seed(self.below())?;
            self.path.pop();
            if more.is_none() {
                return Ok(());
            }
            index += 1;
        }
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        let mut seen: HashSet<String> = HashSet::new();
        while let Some(key) = map.next_key::<String>()? {
            let repeated = !seen.insert(key.clone());
            self.path.push(Step::Key(key));
            if self.is_told_unknown() {
                map.next_value::<IgnoredAny>()?;
            } else {
                if repeated {
                    self.tell_repeated();
                }
                map.next_value_seed(self.below())?;
            }
            self.path.pop();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Row {
        why: &'static str,
        json: &'static str,
        unknown: &'static [&'static str],
        told: &'static [&'static str],
    }

    #[test]
    fn k_08_strict_errors_stand_in_the_order_of_the_text() {
        let rows = [
            Row {
                why: "as they come",
                json: r#"{"foo":1,"data":{"a":1,"a":2},"bar":2}"#,
                unknown: &["bar", "foo"],
                told: &[
                    r#"unknown field "foo""#,
                    r#"duplicate field "data.a""#,
                    r#"unknown field "bar""#,
                ],
            },
            Row {
                why: "an unknown field that is repeated is unknown, and nobody looks into it",
                json: r#"{"foo":{"x":1,"x":2},"foo":{"x":1}}"#,
                unknown: &["foo", "foo"],
                told: &[r#"unknown field "foo""#],
            },
            Row {
                why: "a repeated field is read again",
                json: r#"{"spec":{"a":1,"a":2},"spec":{"a":1,"a":2,"b":{"c":1,"c":2}}}"#,
                unknown: &[],
                told: &[
                    r#"duplicate field "spec.a""#,
                    r#"duplicate field "spec""#,
                    r#"duplicate field "spec.b.c""#,
                ],
            },
            Row {
                why: "by the place in a list",
                json: r#"{"l":[{"a":1},{"z":1,"a":1,"a":1}]}"#,
                unknown: &["l[1].z"],
                told: &[r#"unknown field "l[1].z""#, r#"duplicate field "l[1].a""#],
            },
        ];
        for row in rows {
            let unknown: Vec<_> = row.unknown.iter().map(|path| unknown_field(path)).collect();
            let json = row.json.as_bytes();
            let told = told_among(FieldValidation::Warn, json, &unknown);
            assert_eq!(told, row.told, "{}", row.why);
            let ignored = told_among(FieldValidation::Ignore, json, &unknown);
            assert_eq!(ignored, [""; 0], "{}", row.why);
        }
    }

    #[test]
    fn a_long_key_is_not_told_with_all_that_stands_below_it() {
        let long = "k".repeat(1 << 19);
        let repeats = r#""a":1,"a":2,"b":3,"b":4,"c":5,"c":6"#;
        let json = format!(r#"{{"{long}":{{{repeats}}}}}"#);
        let told = told(FieldValidation::Strict, json.as_bytes());
        let want = ["a", "b"].map(|key| format!("duplicate field \"{long}.{key}\""));
        assert_eq!(told, want);

        let fields: Vec<_> = (0..1_000).map(|n| format!("\"{n}\":1")).collect();
        let json = format!(
            r#"{{"{long}":{{{}}},"foo":1,"a":1,"a":1}}"#,
            fields.join(",")
        );
        let unknown = [unknown_field("foo")];
        let told = told_among(FieldValidation::Strict, json.as_bytes(), &unknown);
        assert_eq!(told, unknown, "behind all that is looked up");
    }

    #[test]
    fn k_08_a_hundred_strict_errors_are_enough() {
        let unknown: Vec<_> = (0..150).map(|n| unknown_field(&format!("f{n}"))).collect();
        let fields: Vec<_> = (0..150).map(|n| format!("\"f{n}\":1")).collect();
        let json = format!("{{{}}}", fields.join(","));
        let told = told_among(FieldValidation::Strict, json.as_bytes(), &unknown);
        assert_eq!(told, unknown[..100]);
    }
}
