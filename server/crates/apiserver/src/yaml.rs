//! YAML bodies as JSON, and the keys that they repeat: of equal ones the last counts, as in Go's decoder. And answers
//! as YAML.

mod order;
mod plain;
mod words;
mod write;

use std::collections::{HashMap, HashSet};
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_saphyr::{DuplicateKeyPolicy, Options, Spanned};

use crate::go_numbers;

pub use write::from_json;

/// How upstream opens the list of what a strict reading found.
const STRICT_HEAD: &str = "yaml: unmarshal errors:";

/// YAML text as JSON text, or why it is none: `yaml: line 2: …`.
pub fn to_json(body: &[u8]) -> Result<Vec<u8>, String> {
    let text = std::str::from_utf8(body).map_err(|_| "yaml: invalid UTF-8".to_owned())?;
    let mut value: Value = serde_saphyr::from_str_with_options(first_document(text), options())
        .map_err(|error| words::in_go(&error.to_string(), first_document(text)))?;
    // so that `5.0` is an integer in YAML, where in JSON it is none
    go_numbers::write_whole(&mut value);
    Ok(serde_json::to_vec(&value).expect("a JSON value has string keys"))
}

/// All that Go's decoder reads of several documents.
fn first_document(text: &str) -> &str {
    let mut begun = false;
    let mut end = 0;
    for line in text.split_inclusive('\n') {
        let word = line.split_ascii_whitespace().next().unwrap_or_default();
        let is_marker = matches!(word, "---" | "...") && line.starts_with(word);
        if is_marker && begun {
            return &text[..end];
        }
        begun |= is_marker || !(word.is_empty() || word.starts_with(['#', '%']));
        end += line.len();
    }
    text
}

/// What a strict reading of YAML has to say: `line 2: key "a" already set in map`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SaidTwice(Vec<String>);

impl SaidTwice {
    /// Reads a body that [`to_json`] takes; any other repeats nothing.
    pub fn find(body: &[u8]) -> Self {
        let text = std::str::from_utf8(body).unwrap_or_default();
        let walked: Walked = serde_saphyr::from_str_with_options(first_document(text), options())
            .unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        // a thousand may stand in one line, below ever so many empty ones
        let mut places = HashMap::new();
        let told = walked.found.iter().map(|Repeat { key, line }| {
            let place = places.entry(*line);
            let line = place.or_insert_with(|| told_line(&lines, *line));
            format!("line {line}: key {key} already set in map")
        });
        Self(told.collect())
    }

    /// All of it as one error.
    pub fn error(&self) -> Option<String> {
        let lines = self.0.iter().map(|line| format!("\n  {line}"));
        let lines: String = lines.collect();
        (!lines.is_empty()).then(|| format!("{STRICT_HEAD}{lines}"))
    }

    /// Each for itself, as it stands in a Warning header.
    pub fn warnings(self) -> Vec<String> {
        self.0
    }
}

/// To Go's decoder it is all one how often an anchor is referred to, as long as the whole stays small.
fn options() -> Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! { enforce_alias_anchor_ratio: false },
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
    }
}

/// A key that is there already.
struct Repeat {
    key: Value,
    /// Where its value begins, as our parser counts.
    line: u64,
}

/// Go names the line where the value begins. A block's is that of its `|`, where our parser names the first line of its
/// text.
fn told_line(lines: &[&str], line: u64) -> u64 {
    block_head(lines, line).unwrap_or(line)
}

/// The line of the `|` or `>` above a block whose text begins on that line.
fn block_head(lines: &[&str], line: u64) -> Option<u64> {
    let above = usize::try_from(line).ok()?.checked_sub(1)?;
    let lines = &lines[..above.min(lines.len())];
    let at = lines.iter().rposition(|line| !line.trim().is_empty())?;
    let head = lines[at].split(" #").next().unwrap_or_default().trim_end();
    let indicator = head.trim_end_matches(|c: char| matches!(c, '+' | '-') || c.is_ascii_digit());
    let before = indicator.strip_suffix(['|', '>'])?;
    let opens = before.is_empty() || before.ends_with([' ', '\t']);
    u64::try_from(at + 1).ok().filter(|_| opens)
}

/// A YAML node, of which only the repeated keys are kept.
#[derive(Default)]
struct Walked {
    found: Vec<Repeat>,
}

impl<'de> Deserialize<'de> for Walked {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Walk)
    }
}

struct Walk;

impl<'de> Visitor<'de> for Walk {
    type Value = Walked;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("YAML")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Walked, E> {
        Ok(Walked::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<Walked, E> {
        Ok(Walked::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<Walked, E> {
        Ok(Walked::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Walked, E> {
        Ok(Walked::default())
    }

    fn visit_str<E>(self, _: &str) -> Result<Walked, E> {
        Ok(Walked::default())
    }

    fn visit_unit<E>(self) -> Result<Walked, E> {
        Ok(Walked::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Walked, A::Error> {
        let mut walked = Walked::default();
        while let Some(element) = seq.next_element::<Walked>()? {
            walked.found.extend(element.found);
        }
        Ok(walked)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Walked, A::Error> {
        let mut walked = Walked::default();
        let mut seen = HashSet::new();
        while let Some(key) = map.next_key::<Value>()? {
            let value: Spanned<Walked> = map.next_value()?;
            walked.found.extend(value.value.found);
            if seen.contains(&key) {
                let line = value.referenced.line();
                walked.found.push(Repeat { key, line });
            } else {
                seen.insert(key);
            }
        }
        Ok(walked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn k_08_the_last_of_equal_keys_counts_and_the_line_of_its_value_is_told() {
        let rows = [
            ("a: 1\nb: 2\n", r#"{"a":1,"b":2}"#, vec![]),
            (
                "a: 1\na: 2\n",
                r#"{"a":2}"#,
                vec!["line 2: key \"a\" already set in map"],
            ),
            (
                "a:\n  b: 1\n  b: 2\na:\n  - {c: 1, c: 2}\n",
                r#"{"a":[{"c":2}]}"#,
                vec![
                    "line 3: key \"b\" already set in map",
                    "line 5: key \"c\" already set in map",
                    "line 5: key \"a\" already set in map",
                ],
            ),
            ("a: [", "", vec![]),
            (
                "a: 1\na: |-\n\n  x # y |\nb: 2\nb: > # text\n  z\nb:\n  &c |2\n  z\nb: ''\n",
                "{\"a\":\"\\nx # y |\",\"b\":\"\"}",
                vec![
                    "line 2: key \"a\" already set in map",
                    "line 6: key \"b\" already set in map",
                    "line 9: key \"b\" already set in map",
                    "line 11: key \"b\" already set in map",
                ],
            ),
            ("a: |\na: |\nb: |\n  z\nb: {c: |}\n", "", vec![]),
        ];
        for (yaml, json, twice) in rows {
            let read = to_json(yaml.as_bytes()).unwrap_or_default();
            assert_eq!(String::from_utf8_lossy(&read), json, "{yaml}");
            let found = SaidTwice::find(yaml.as_bytes());
            assert_eq!(found.warnings(), twice, "{yaml}");
        }
    }

    #[test]
    fn only_the_first_of_several_documents_is_read() {
        let rows = [
            ("a: 1\n---\na: 2\n", r#"{"a":1}"#),
            ("# said\n\n---\na: 1\n--- # said\nb: [\n", r#"{"a":1}"#),
            ("%YAML 1.2\n---\na: 1\n...\nb: 2\n", r#"{"a":1}"#),
            ("a: |\n  ---\nb: 1\n", r#"{"a":"---\n","b":1}"#),
            ("---\n", "null"),
        ];
        for (yaml, json) in rows {
            let read = to_json(yaml.as_bytes()).expect("the first one is YAML");
            assert_eq!(String::from_utf8_lossy(&read), json, "{yaml}");
        }
    }

    #[test]
    fn k_03_a_number_without_a_fraction_is_an_integer() {
        let read = to_json(b"a: [5.0, 1e3, -2.50, 7]\n").expect("YAML");
        assert_eq!(String::from_utf8_lossy(&read), r#"{"a":[5,1000,-2.5,7]}"#);
    }

    /// Looked for anew for each, the line above would be found after hours.
    #[test]
    fn k_08_many_repeats_below_many_empty_lines_are_told_soon() {
        let (empty, repeats) = ("\n".repeat(1 << 18), "a: 1, ".repeat(20_000));
        let told = SaidTwice::find(format!("b: 1{empty}c: {{{repeats}a: 1}}\n").as_bytes());
        let line = (1 << 18) + 1;
        let want = format!("line {line}: key \"a\" already set in map");
        assert_eq!(told.warnings(), vec![want; 20_000]);
    }

    #[test]
    fn k_08_as_one_error() {
        let told = SaidTwice::find(b"{a: 1, a: 2, b: 1,\n b: 2}").error();
        let want = "yaml: unmarshal errors:\n  line 1: key \"a\" already set in map\n  line 2: key \"b\" already set in map";
        assert_eq!(told.as_deref(), Some(want));
        assert_eq!(SaidTwice::find(b"a: 1").error(), None);
    }
}
