//! What is wrong with a text that is no JSON, in the words of Go's scanner.
//!
//! Our own parser refuses the same texts; only those are read again here, without recursion, since
//! nesting is one of the things that may be wrong with them.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::json_depth::told;

/// What may stand next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Value,
    FirstItem,
    Item,
    FirstKey,
    Key,
    Colon,
    Pair,
    End,
}

const CUT: &str = "unexpected end of JSON input";

/// How many brackets Go's scanner keeps open.
const MAX_DEPTH: usize = 10_000;

/// True for a text so full of brackets that they may be nested too deeply for Go's scanner.
pub fn may_be_too_deep(text: &[u8]) -> bool {
    let brackets = text.iter().filter(|byte| matches!(byte, b'[' | b'{'));
    brackets.count() > MAX_DEPTH
}

/// A text that is an object, or `null`, as Go takes it for a map; or why it is none.
///
/// # Errors
/// What Go says of it.
pub fn object(text: &[u8]) -> Result<Value, String> {
    object_of(text, "map[string]interface {}")
}

/// The same of a struct that Go calls `of`.
///
/// # Errors
/// What Go says of it.
pub(crate) fn object_of(text: &[u8], of: &str) -> Result<Value, String> {
    let value: Value = serde_json::from_slice(text)
        .map_err(|error| unread(text).unwrap_or_else(|| told(&error.to_string(), text)))?;
    match value {
        Value::Object(_) | Value::Null => Ok(value),
        other => Err(format!(
            "json: cannot unmarshal {} into Go value of type {of}",
            json_kind(&other)
        )),
    }
}

/// A list of `of`, as Go calls the type; `null` is an empty one.
pub fn list<T: DeserializeOwned>(text: &str, of: &str) -> Result<Vec<T>, String> {
    let value: Value =
        serde_json::from_str(text).map_err(|error| unread_list(text.as_bytes(), &error))?;
    match value {
        Value::Null => Ok(Vec::new()),
        list @ Value::Array(_) => serde_json::from_value(list).map_err(|error| error.to_string()),
        other => Err(format!(
            "json: cannot unmarshal {} into Go value of type []{of}",
            json_kind(&other)
        )),
    }
}

fn unread_list(text: &[u8], error: &serde_json::Error) -> String {
    fault(text).unwrap_or_else(|| told(&error.to_string(), text))
}

/// What Go's JSON decoder calls a value.
pub fn json_kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// The first fault; `None` for JSON.
pub fn fault(text: &[u8]) -> Option<String> {
    Scan::of(text).run().err()
}

/// The same, and what JSON may hold and no float64 can.
fn unread(text: &[u8]) -> Option<String> {
    let mut scan = Scan::of(text);
    let fault = scan.run().err();
    fault.or_else(|| {
        let number = String::from_utf8_lossy(scan.too_large?);
        Some(format!(
            "json: cannot unmarshal number {number} into Go value of type float64"
        ))
    })
}

struct Scan<'a> {
    rest: &'a [u8],
    /// The brackets that are open.
    open: Vec<u8>,
    /// The first number that no float64 holds.
    too_large: Option<&'a [u8]>,
}

impl<'a> Scan<'a> {
    fn of(text: &'a [u8]) -> Self {
        Self {
            rest: text,
            open: Vec::new(),
            too_large: None,
        }
    }

    fn run(&mut self) -> Result<(), String> {
        let mut next = Next::Value;
        loop {
            // a form feed is a space to Rust, and none in JSON
            let is_blank = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
            let blank = self.rest.iter().take_while(is_blank).count();
            self.rest = &self.rest[blank..];
            let Some(byte) = self.rest.first().copied() else {
                return match next {
                    Next::End => Ok(()),
                    _ => Err(CUT.to_owned()),
                };
            };
            next = self.step(next, byte)?;
        }
    }

    fn step(&mut self, next: Next, byte: u8) -> Result<Next, String> {
        let context = match (next, byte) {
            (Next::FirstItem | Next::Item, b']') | (Next::FirstKey | Next::Pair, b'}') => {
                return Ok(self.close());
            }
            (Next::Value | Next::FirstItem, byte) => return self.value(byte),
            (Next::FirstKey | Next::Key, b'"') => return self.string().map(|()| Next::Colon),
            (Next::Colon, b':') => return Ok(self.pass(Next::Value)),
            (Next::Pair, b',') => return Ok(self.pass(Next::Key)),
            (Next::Item, b',') => return Ok(self.pass(Next::Value)),
            (Next::FirstKey | Next::Key, _) => "looking for beginning of object key string",
            (Next::Colon, _) => "after object key",
            (Next::Pair, _) => "after object key:value pair",
            (Next::Item, _) => "after array element",
            (Next::End, _) => "after top-level value",
        };
        Err(invalid(byte, context))
    }

    fn pass(&mut self, next: Next) -> Next {
        self.rest = &self.rest[1..];
        next
    }

    fn close(&mut self) -> Next {
        self.open.pop();
        self.rest = &self.rest[1..];
        self.after()
    }

    /// What follows a value.
    fn after(&self) -> Next {
        match self.open.last() {
            Some(b'{') => Next::Pair,
            Some(_) => Next::Item,
            None => Next::End,
        }
    }

    fn value(&mut self, byte: u8) -> Result<Next, String> {
        match byte {
            b'{' | b'[' => {
                if self.open.len() == MAX_DEPTH {
                    return Err(invalid(byte, "exceeded max depth"));
                }
                self.open.push(byte);
                return Ok(self.pass(match byte {
                    b'{' => Next::FirstKey,
                    _ => Next::FirstItem,
                }));
            }
            b'"' => self.string()?,
            b'-' | b'0'..=b'9' => self.number()?,
            b't' => self.literal("true")?,
            b'f' => self.literal("false")?,
            b'n' => self.literal("null")?,
            _ => return Err(invalid(byte, "looking for beginning of value")),
        }
        Ok(self.after())
    }

    fn take(&mut self) -> Result<u8, String> {
        let (byte, rest) = self.rest.split_first().ok_or(CUT)?;
        self.rest = rest;
        Ok(*byte)
    }

    fn string(&mut self) -> Result<(), String> {
        self.take()?;
        loop {
            match self.take()? {
                b'"' => return Ok(()),
                b'\\' => self.escape()?,
                byte @ ..0x20 => return Err(invalid(byte, "in string literal")),
                _ => {}
            }
        }
    }

    fn escape(&mut self) -> Result<(), String> {
        match self.take()? {
            b'b' | b'f' | b'n' | b'r' | b't' | b'\\' | b'/' | b'"' => Ok(()),
            b'u' => (0..4).try_for_each(|_| match self.take()? {
                digit if digit.is_ascii_hexdigit() => Ok(()),
                other => Err(invalid(other, "in \\u hexadecimal character escape")),
            }),
            other => Err(invalid(other, "in string escape code")),
        }
    }

    fn number(&mut self) -> Result<(), String> {
        let begun = self.rest;
        self.digits_of_number()?;
        let number = &begun[..begun.len() - self.rest.len()];
        let read = std::str::from_utf8(number).ok().map(str::parse::<f64>);
        if matches!(read, Some(Ok(float)) if float.is_infinite()) {
            self.too_large = self.too_large.or(Some(number));
        }
        Ok(())
    }

    fn digits_of_number(&mut self) -> Result<(), String> {
        if self.rest.first() == Some(&b'-') {
            self.take()?;
        }
        match self.rest.first() {
            Some(b'0') => drop(self.take()?),
            _ => self.digits("in numeric literal")?,
        }
        if self.rest.first() == Some(&b'.') {
            self.take()?;
            self.digits("after decimal point in numeric literal")?;
        }
        if matches!(self.rest.first(), Some(b'e' | b'E')) {
            self.take()?;
            if matches!(self.rest.first(), Some(b'+' | b'-')) {
                self.take()?;
            }
            self.digits("in exponent of numeric literal")?;
        }
        Ok(())
    }

    /// At least one.
    fn digits(&mut self, context: &str) -> Result<(), String> {
        match self.take()? {
            b'0'..=b'9' => {}
            other => return Err(invalid(other, context)),
        }
        let more = self.rest.iter().take_while(|b| b.is_ascii_digit()).count();
        self.rest = &self.rest[more..];
        Ok(())
    }

    fn literal(&mut self, word: &str) -> Result<(), String> {
        for expected in word.chars() {
            let byte = self.take()?;
            if char::from(byte) != expected {
                let context = format!("in literal {word} (expecting '{expected}')");
                return Err(invalid(byte, &context));
            }
        }
        Ok(())
    }
}

fn invalid(byte: u8, context: &str) -> String {
    let shown = match byte {
        b'\'' => r"\'".to_owned(),
        b'\\' => r"\\".to_owned(),
        b'\n' => r"\n".to_owned(),
        b'\r' => r"\r".to_owned(),
        b'\t' => r"\t".to_owned(),
        0x07 => r"\a".to_owned(),
        0x08 => r"\b".to_owned(),
        0x0b => r"\v".to_owned(),
        0x0c => r"\f".to_owned(),
        ..0x20 | 0x7f => format!("\\x{byte:02x}"),
        // those of a letter's bytes that are none by themselves
        0x80..=0xa0 | 0xad => format!("\\u{byte:04x}"),
        byte => char::from(byte).to_string(),
    };
    format!("invalid character '{shown}' {context}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn k_03_a_number_may_be_too_large() {
        let told = "json: cannot unmarshal number -1e400 into Go value of type float64";
        let rows = [
            ("{\"a\": [1e308, -1e400, 1e500]}", Some(told)),
            (
                "{\"a\": [-1e400}",
                Some("invalid character '}' after array element"),
            ),
            (
                "{\"a\": \"1e400\", \"b\": 123456789012345678901234567890}",
                None,
            ),
        ];
        for (text, want) in rows {
            let read = object(text.as_bytes());
            assert_eq!(read.err().as_deref(), want, "{text}");
            let is_json = fault(text.as_bytes()).is_none();
            assert_eq!(is_json, want.is_none_or(|why| why == told), "{text}");
        }
    }

    #[test]
    fn k_03_says_what_go_says_of_a_text_that_is_no_json() {
        let rows = [
            ("", CUT),
            ("{\"a\":", CUT),
            ("{\"a\": \"b", CUT),
            ("xx", "invalid character 'x' looking for beginning of value"),
            (
                "{,}",
                "invalid character ',' looking for beginning of object key string",
            ),
            (
                "{\"a\":1,}",
                "invalid character '}' looking for beginning of object key string",
            ),
            ("{\"a\" 1}", "invalid character '1' after object key"),
            (
                "{\"a\":1 \"b\"}",
                "invalid character '\"' after object key:value pair",
            ),
            ("[1 2]", "invalid character '2' after array element"),
            (
                "[1,]",
                "invalid character ']' looking for beginning of value",
            ),
            ("{}x", "invalid character 'x' after top-level value"),
            (
                "[tru1]",
                "invalid character '1' in literal true (expecting 'e')",
            ),
            ("\"a\nb\"", "invalid character '\\n' in string literal"),
            ("\"\\x\"", "invalid character 'x' in string escape code"),
            (
                "\"\\u12g4\"",
                "invalid character 'g' in \\u hexadecimal character escape",
            ),
            ("-x", "invalid character 'x' in numeric literal"),
            (
                "1.x",
                "invalid character 'x' after decimal point in numeric literal",
            ),
            (
                "1ex",
                "invalid character 'x' in exponent of numeric literal",
            ),
            ("01", "invalid character '1' after top-level value"),
            (
                "\u{c}{}",
                "invalid character '\\f' looking for beginning of value",
            ),
            ("{}\u{b}", "invalid character '\\v' after top-level value"),
            ("\"\u{8}\"", "invalid character '\\b' in string literal"),
            (
                "[\u{7}",
                "invalid character '\\a' looking for beginning of value",
            ),
            (
                "\u{1}",
                "invalid character '\\x01' looking for beginning of value",
            ),
            // the first byte of two is U+00C2 to Go, and of three U+00EA
            (
                "\u{a0}",
                "invalid character 'Â' looking for beginning of value",
            ),
            ("가", "invalid character 'ê' looking for beginning of value"),
            (
                "[가]",
                "invalid character 'ê' looking for beginning of value",
            ),
        ];
        for (text, expected) in rows {
            assert_eq!(fault(text.as_bytes()).as_deref(), Some(expected), "{text}");
        }
        let odd = "invalid character '\\u0080' looking for beginning of value";
        assert_eq!(fault(&[0x80]).as_deref(), Some(odd));
        let sound = r#" {"a": [], "b": {}, "c": [1, -2.5e+3, "\u00e9\n", null], "d": true} "#;
        assert_eq!(fault(sound.as_bytes()), None);
        assert_eq!(
            fault("[".repeat(MAX_DEPTH).as_bytes()).as_deref(),
            Some(CUT)
        );
        assert_eq!(
            fault("[".repeat(1_000_000).as_bytes()).as_deref(),
            Some("invalid character '[' exceeded max depth")
        );
    }
}
