//! How severe a line of a log says that it is. Pure.

use orrery_app::log::plain;
use orrery_view::Level;
use serde::Deserialize;

/// Words that are looked at: times, threads and names come before the level, sentences after it.
const FIRST_WORDS: usize = 6;

/// Reads the lines of one log in turn: those that go on with the one before are as severe as it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Levels {
    last: Option<Level>,
}

impl Levels {
    pub fn of(&mut self, text: &str) -> Option<Level> {
        let plain = plain(text);
        let goes_on = plain.starts_with([' ', '\t']) || plain.starts_with("Caused by:");
        self.last = match (level(plain.trim()), goes_on) {
            (None, true) => self.last,
            (said, _) => said,
        };
        self.last
    }
}

fn level(text: &str) -> Option<Level> {
    if text.starts_with('{') && text.ends_with('}') {
        return json(text);
    }
    let first = || text.split_ascii_whitespace().take(FIRST_WORDS);
    klog(text)
        .or_else(|| text.split_ascii_whitespace().find_map(pair))
        .or_else(|| first().find_map(spoken))
        .or_else(|| {
            text.starts_with("Traceback (most recent")
                .then_some(Level::Error)
        })
}

/// The names under which structured logs say it.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Says {
    level: Option<Value>,
    severity: Option<Value>,
    lvl: Option<Value>,
    levelname: Option<Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Value {
    Number(f64),
    Word(String),
    Other(serde::de::IgnoredAny),
}

fn json(text: &str) -> Option<Level> {
    let says: Says = serde_json::from_str(text).ok()?;
    let said = says.level.or(says.severity);
    match said.or(says.lvl).or(says.levelname)? {
        Value::Word(said) => word(&said),
        // as bunyan and pino count them
        Value::Number(n) if n >= 50.0 => Some(Level::Error),
        Value::Number(n) if n >= 40.0 => Some(Level::Warn),
        Value::Number(n) if n >= 30.0 => Some(Level::Info),
        Value::Number(_) => Some(Level::Debug),
        Value::Other(_) => None,
    }
}

/// `E1123 12:00:00.000000 …`
fn klog(text: &str) -> Option<Level> {
    let rest = text.strip_prefix(['I', 'W', 'E', 'F'])?;
    let digits = rest.bytes().take(4).filter(u8::is_ascii_digit).count();
    let is_klog = digits == 4 && rest.as_bytes().get(4) == Some(&b' ');
    match text.as_bytes()[0] {
        _ if !is_klog => None,
        b'I' => Some(Level::Info),
        b'W' => Some(Level::Warn),
        _ => Some(Level::Error),
    }
}

/// `level=warn`
fn pair(part: &str) -> Option<Level> {
    let (name, value) = part.split_once('=')?;
    matches!(name, "level" | "lvl" | "severity")
        .then(|| word(value.trim_matches('"')))
        .flatten()
}

/// `ERROR`, `[error]`, `error:`; a plain lower-case word is part of a sentence.
fn spoken(part: &str) -> Option<Level> {
    let marked = part.starts_with(['[', '(', '<']) || part.contains([':', ']', '|', '!']);
    let part = part.trim_start_matches(['[', '(', '<', '|']);
    let end = part.find(|c: char| !c.is_ascii_alphabetic());
    let part = &part[..end.unwrap_or(part.len())];
    let loud = part.bytes().all(|byte| byte.is_ascii_uppercase());
    (marked || loud).then(|| word(part)).flatten()
}

fn word(said: &str) -> Option<Level> {
    Some(match said.to_ascii_lowercase().as_str() {
        "trace" | "debug" | "dbg" | "verbose" => Level::Debug,
        "info" | "information" | "notice" => Level::Info,
        "warn" | "warning" => Level::Warn,
        "error" | "err" | "fatal" | "critical" | "crit" | "panic" | "severe" | "alert"
        | "emerg" | "emergency" => Level::Error,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_severe_it_is() {
        use Level::*;
        for (text, expected) in [
            (
                "2026-11-23 12:00:00,123 [main] ERROR c.Foo - no",
                Some(Error),
            ),
            ("[2026-11-23T12:00:00Z WARN  app] slow", Some(Warn)),
            (
                "\u{1b}[2m12:00\u{1b}[0m \u{1b}[32m INFO\u{1b}[0m app: hi",
                Some(Info),
            ),
            (
                "E1123 12:00:00.000000       1 controller.go:1] no",
                Some(Error),
            ),
            (
                "W1123 12:00:00.000000       1 controller.go:1] hm",
                Some(Warn),
            ),
            ("Every 1123 things", None),
            (
                r#"{"ts":1,"level":"warn","msg":"an error is told"}"#,
                Some(Warn),
            ),
            (r#"{"level":50,"msg":"x"}"#, Some(Error)),
            (r#"{"severity":"NOTICE","level":null}"#, Some(Info)),
            (r#"{"msg":"level=error"}"#, None),
            (r#"{"level":{"a":1}}"#, None),
            (r#"time="2026" level=fatal msg="x""#, Some(Error)),
            ("2026/11/23 12:00:00 [error] 12#12: refused", Some(Error)),
            ("error: no such file", Some(Error)),
            ("panic: runtime error: index out of range", Some(Error)),
            ("npm ERR! code 1", Some(Error)),
            ("DEBUG:root:hello", Some(Debug)),
            ("Traceback (most recent call last):", Some(Error)),
            ("there was no error at all", None),
            ("copied 12 of 12", None),
            ("", None),
            ("\u{1b}[", None),
        ] {
            assert_eq!(Levels::default().of(text), expected, "{text}");
        }
    }

    #[test]
    fn a_stack_trace_is_as_severe_as_what_it_explains() {
        let mut levels = Levels::default();
        for (text, expected) in [
            ("ERROR it broke", Some(Level::Error)),
            ("\tat c.Foo.bar(Foo.java:1)", Some(Level::Error)),
            ("Caused by: java.io.IOException", Some(Level::Error)),
            ("and on it goes", None),
            ("  more", None),
        ] {
            assert_eq!(levels.of(text), expected, "{text}");
        }
    }
}
