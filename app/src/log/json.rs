//! A line of JSON laid out over several lines: every character of it in its place, with space between.

use std::fmt::Write;

use serde::de::IgnoredAny;

use crate::paint::Esc;

/// Deeper than anyone logs; beyond it the line stays as it is.
const DEEPEST: usize = 32;

/// HTML of an object or a list that says something; `None` of any other text.
pub fn laid_out(text: &str) -> Option<String> {
    let text = text.trim();
    let is_json = text.len() > 2 && text.starts_with(['{', '[']);
    if !is_json || serde_json::from_str::<IgnoredAny>(text).is_err() {
        return None;
    }
    let mut out = String::with_capacity(text.len() * 2);
    let mut depth = 0;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = token(rest);
        let (token, after) = rest.split_at(end);
        rest = after.trim_start();
        match first {
            '{' | '[' => {
                out.push(first);
                if rest.starts_with(['}', ']']) {
                    out.push_str(&rest[..1]);
                    rest = rest[1..].trim_start();
                } else {
                    depth += 1;
                    break_line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth -= 1;
                break_line(&mut out, depth);
                out.push(first);
            }
            ',' => {
                out.push(first);
                break_line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            _ => value(&mut out, token, rest.starts_with(':')),
        }
        if depth > DEEPEST {
            return None;
        }
    }
    Some(out)
}

fn break_line(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth));
}

/// Where the first token of valid JSON ends.
fn token(text: &str) -> usize {
    let bytes = text.as_bytes();
    match bytes[0] {
        b'{' | b'}' | b'[' | b']' | b',' | b':' => 1,
        b'"' => {
            let mut at = 1;
            while bytes[at] != b'"' {
                at += if bytes[at] == b'\\' { 2 } else { 1 };
            }
            at + 1
        }
        _ => text
            .find([',', '}', ']', ' ', '\t', '\r', '\n'])
            .unwrap_or(text.len()),
    }
}

fn value(out: &mut String, token: &str, is_key: bool) {
    let class = match (is_key, token.starts_with('"')) {
        (true, _) => "a-blue",
        (false, true) => "a-green",
        (false, false) => "a-yellow",
    };
    // Writing to a string does not fail.
    let _ = write!(out, r#"<span class="{class}">{}</span>"#, Esc(token));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(html: &str) -> String {
        let mut out = String::new();
        let mut inside = false;
        for c in html.chars() {
            match c {
                '<' => inside = true,
                '>' => inside = false,
                c if !inside => out.push(c),
                _ => {}
            }
        }
        out.replace("&quot;", "\"")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
    }

    #[test]
    fn json_is_laid_out_and_nothing_else() {
        for (line, laid) in [
            (
                r#"{"b":1,"a":{"x":[true,null,-1.50e3],"e":{},"l":[]}}"#,
                Some(
                    "{\n  \"b\": 1,\n  \"a\": {\n    \"x\": [\n      true,\n      null,\n      -1.50e3\n    ],\n    \"e\": {},\n    \"l\": []\n  }\n}",
                ),
            ),
            (
                r#"  [ "a, \"b\": {c}" , "한" ] "#,
                Some("[\n  \"a, \\\"b\\\": {c}\",\n  \"한\"\n]"),
            ),
            ("[main] hello", None),
            ("{}", None),
            ("{\"a\":1} and more", None),
            ("\"text\"", None),
            ("12", None),
        ] {
            assert_eq!(
                laid_out(line).map(|html| text(&html)).as_deref(),
                laid,
                "{line}"
            );
        }
        let html = laid_out(r#"{"<b>":"</span>"}"#).expect("JSON");
        assert!(
            html.contains("&lt;b&gt;") && !html.contains("<b>"),
            "{html}"
        );
        assert_eq!(
            laid_out(&format!("{}1{}", "[".repeat(99), "]".repeat(99))),
            None
        );
    }
}
