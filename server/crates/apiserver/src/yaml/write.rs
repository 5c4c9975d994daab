//! JSON as YAML, as `sigs.k8s.io/yaml` writes it: keys in their natural order, texts as plain as go-yaml dares, long
//! ones broken at a blank behind the 80th column.

use serde_json::{Map, Value};

use super::order::{natural, sorted};
use super::plain::{self, Look};

/// A blank behind this column may become a line break.
const BEST_WIDTH: usize = 80;
/// How much deeper each level stands.
const STEP: usize = 2;

/// The document, its last line ended.
pub fn from_json(value: &Value) -> String {
    let mut writer = Writer::default();
    match value {
        Value::Object(fields) if !fields.is_empty() => writer.mapping(fields, 0, true),
        Value::Array(items) if !items.is_empty() => writer.sequence(items, 0, true),
        scalar => writer.scalar(scalar, STEP),
    }
    writer.end_line();
    writer.out
}

#[derive(Default)]
struct Writer {
    out: String,
    column: usize,
}

impl Writer {
    fn push(&mut self, c: char) {
        self.out.push(c);
        self.column = if c == '\n' { 0 } else { self.column + 1 };
    }

    fn text(&mut self, text: &str) {
        text.chars().for_each(|c| self.push(c));
    }

    fn end_line(&mut self) {
        if self.column > 0 {
            self.push('\n');
        }
    }

    fn line(&mut self, indent: usize) {
        self.end_line();
        for _ in 0..indent {
            self.push(' ');
        }
    }

    fn mapping(&mut self, fields: &Map<String, Value>, indent: usize, mut begun: bool) {
        let fields: Vec<_> = fields.iter().collect();
        for (key, value) in sorted(fields, |(one, _), (other, _)| natural(one, other)) {
            if !std::mem::take(&mut begun) {
                self.line(indent);
            }
            self.string(key, None);
            self.push(':');
            match value {
                Value::Object(fields) if !fields.is_empty() => {
                    self.mapping(fields, indent + STEP, false);
                }
                // a list stands no deeper than the key that it belongs to
                Value::Array(items) if !items.is_empty() => self.sequence(items, indent, false),
                scalar => {
                    self.push(' ');
                    self.scalar(scalar, indent + STEP);
                }
            }
        }
    }

    fn sequence(&mut self, items: &[Value], indent: usize, mut begun: bool) {
        for item in items {
            if !std::mem::take(&mut begun) {
                self.line(indent);
            }
            self.text("- ");
            match item {
                Value::Object(fields) if !fields.is_empty() => {
                    self.mapping(fields, indent + STEP, true);
                }
                Value::Array(items) if !items.is_empty() => {
                    self.sequence(items, indent + STEP, true);
                }
                scalar => self.scalar(scalar, indent + STEP),
            }
        }
    }

    fn scalar(&mut self, value: &Value, indent: usize) {
        match value {
            Value::String(text) => self.string(text, Some(indent)),
            Value::Object(_) => self.text("{}"),
            Value::Array(_) => self.text("[]"),
            other => self.text(&other.to_string()),
        }
    }

    /// A text whose further lines are indented so; a key has one line.
    fn string(&mut self, text: &str, indent: Option<usize>) {
        let look = Look::at(text);
        match indent {
            Some(indent) if text.contains('\n') && look.block => self.literal(text, indent),
            _ if text.contains('\n') => self.double_quoted(text, indent),
            _ if plain::is_other(text) => self.double_quoted(text, indent),
            _ if look.plain => self.plain(text, indent),
            _ if look.single_quoted => self.single_quoted(text, indent),
            _ => self.double_quoted(text, indent),
        }
    }

    /// Breaks the line instead of a blank, if the line is long and more than one blank would not be lost.
    fn broke(&mut self, rest: &str, before: Option<char>, indent: Option<usize>) -> bool {
        let Some(indent) = indent.filter(|_| self.column > BEST_WIDTH) else {
            return false;
        };
        let next = rest.chars().next();
        let breaks = before != Some(' ') && next.is_some_and(|next| next != ' ');
        if breaks {
            self.line(indent);
        }
        breaks
    }

    fn plain(&mut self, text: &str, indent: Option<usize>) {
        let mut before = None;
        for (at, c) in text.char_indices() {
            if c != ' ' || !self.broke(&text[at + 1..], before, indent) {
                self.push(c);
            }
            before = Some(c);
        }
    }

    fn single_quoted(&mut self, text: &str, indent: Option<usize>) {
        self.push('\'');
        let mut before = None;
        for (at, c) in text.char_indices() {
            let may_break = c == ' ' && at > 0;
            if !may_break || !self.broke(&text[at + 1..], before, indent) {
                self.push(c);
            }
            if c == '\'' {
                self.push(c);
            }
            before = Some(c);
        }
        self.push('\'');
    }

    fn double_quoted(&mut self, text: &str, indent: Option<usize>) {
        self.push('"');
        let mut before = None;
        for (at, c) in text.char_indices() {
            let is_inner = at > 0 && at + 1 < text.len();
            let long = indent.filter(|_| self.column > BEST_WIDTH && before != Some(' '));
            match (c, long) {
                (' ', Some(indent)) if is_inner => {
                    self.line(indent);
                    if text[at + 1..].starts_with(' ') {
                        self.push('\\');
                    }
                }
                _ if plain::is_escaped(c) => self.text(&escape(c)),
                _ => self.push(c),
            }
            before = Some(c);
        }
        self.push('"');
    }

    fn literal(&mut self, text: &str, indent: usize) {
        self.push('|');
        if text.starts_with([' ', '\n']) {
            self.text(&STEP.to_string());
        }
        let ends = text.chars().rev().take_while(|c| *c == '\n').count();
        match ends {
            0 => self.push('-'),
            1 if text.len() > 1 => {}
            _ => self.push('+'),
        }
        self.push('\n');
        for line in text.split_inclusive('\n') {
            if line != "\n" {
                self.line(indent);
            }
            self.text(line);
        }
    }
}

/// What stands in double quotes for a character that cannot.
fn escape(c: char) -> String {
    let letter = match c {
        '\0' => '0',
        '\x07' => 'a',
        '\x08' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\x0b' => 'v',
        '\x0c' => 'f',
        '\r' => 'r',
        '\x1b' => 'e',
        '"' | '\\' => c,
        '\u{85}' => 'N',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        _ => {
            let code = u32::from(c);
            return match code {
                0..=0xFF => format!("\\x{code:02X}"),
                0x100..=0xFFFF => format!("\\u{code:04X}"),
                _ => format!("\\U{code:08X}"),
            };
        }
    };
    format!("\\{letter}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn k_10_yaml_is_as_go_writes_it() {
        let rows = [
            (json!({}), "{}\n"),
            (json!({"b": {}, "a": []}), "a: []\nb: {}\n"),
            (
                json!({"l": [{"x": 1, "a": [1, [2, "c"]]}, "s"], "n": null, "t": true}),
                "l:\n- a:\n  - 1\n  - - 2\n    - c\n  x: 1\n- s\n\"n\": null\nt: true\n",
            ),
            (
                json!({"f:data": {".": {}, "k:{\"name\":\"c\"}": {}, "f:b": {}}}),
                "f:data:\n  .: {}\n  f:b: {}\n  k:{\"name\":\"c\"}: {}\n",
            ),
            (
                json!({"a": "one\ntwo\n", "b": "one\n\ntwo", "c": "x\n\n", "d": " x\ny\n", "e": "x \ny"}),
                "a: |\n  one\n  two\nb: |-\n  one\n\n  two\nc: |+\n  x\n\nd: |2\n   x\n  y\ne: \"x \\ny\"\n",
            ),
            (json!({"y\nz": "tab\there"}), "\"y\\nz\": \"tab\\there\"\n"),
        ];
        for (value, yaml) in rows {
            assert_eq!(from_json(&value), yaml);
        }
    }

    #[test]
    fn k_10_texts_are_quoted_where_they_would_be_something_else() {
        let rows = [
            ("", "\"\""),
            ("plain", "plain"),
            ("y", "\"y\""),
            ("Yes", "\"Yes\""),
            ("off", "\"off\""),
            ("~", "\"~\""),
            ("null", "\"null\""),
            ("123", "\"123\""),
            ("1e3", "\"1e3\""),
            ("0x1f", "\"0x1f\""),
            ("08", "\"08\""),
            ("1_000", "\"1_000\""),
            (".5", "\".5\""),
            ("1.2.3", "1.2.3"),
            ("12:30", "\"12:30\""),
            ("2026-11-29", "\"2026-11-29\""),
            ("2026-11-29T12:00:00Z", "\"2026-11-29T12:00:00Z\""),
            ("2026-13-29", "2026-13-29"),
            ("*/5 * * * *", "'*/5 * * * *'"),
            ("0 0 * * *", "0 0 * * *"),
            ("a: b", "'a: b'"),
            ("a #b", "'a #b'"),
            ("a#b:c", "a#b:c"),
            ("- a", "'- a'"),
            ("-a", "-a"),
            ("---a", "'---a'"),
            (" a", "' a'"),
            ("a ", "'a '"),
            ("it's", "it's"),
            ("'a'", "'''a'''"),
            ("{}", "'{}'"),
            ("한국어", "한국어"),
            ("\u{1F600}", "\"\\U0001F600\""),
            ("a\u{7}", "\"a\\a\""),
            ("%a", "'%a'"),
            ("a\u{2028}b\n", "\"a\\Lb\\n\""),
            ("\u{2029}a\n", "\"\\Pa\\n\""),
        ];
        for (text, yaml) in rows {
            assert_eq!(from_json(&json!({"k": text})), format!("k: {yaml}\n"));
        }
    }

    #[test]
    fn k_10_long_texts_are_broken() {
        let word = "0123456789 ";
        let text = word.repeat(10);
        let text = text.trim_end();
        let (seven, eight) = (word.repeat(7), word.repeat(8));
        let (seven, eight) = (seven.trim_end(), eight.trim_end());
        let rows = [
            (
                text.to_owned(),
                format!("k: {eight}\n  0123456789 0123456789\n"),
            ),
            (
                format!("- {text}"),
                format!("k: '- {seven}\n  0123456789 0123456789 0123456789'\n"),
            ),
            (
                format!("{text}\t"),
                format!("k: \"{eight}\n  0123456789 0123456789\\t\"\n"),
            ),
            ("0".repeat(100) + "a", format!("k: {}a\n", "0".repeat(100))),
        ];
        for (text, yaml) in rows {
            assert_eq!(from_json(&json!({"k": text})), yaml);
        }
    }
}
