//! Go's two ways to quote a string inside an error.

use std::fmt::Write;

use super::unicode::NEWER;

/// `strconv.Quote`, and `%q`: Go escapes, printable Unicode kept.
pub fn strconv_quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\x07' => out.push_str("\\a"),
            '\x08' => out.push_str("\\b"),
            '\x0c' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\x0b' => out.push_str("\\v"),
            _ if is_printable(c) => out.push(c),
            _ => escape_code(&mut out, u32::from(c)),
        }
    }
    out.push('"');
    out
}

fn escape_code(out: &mut String, code: u32) {
    let written = match code {
        0..0x20 | 0x7f => write!(out, "\\x{code:02x}"),
        0x80..0x1_0000 => write!(out, "\\u{code:04x}"),
        _ => write!(out, "\\U{code:08x}"),
    };
    written.expect("writing to a String cannot fail");
}

/// Go's `IsPrint` (letters, marks, numbers, punctuation, symbols, the blank) is what the standard
/// library leaves unescaped after a first character; as a first character a mark would be escaped.
pub fn is_printable(c: char) -> bool {
    if c.is_ascii() {
        return matches!(c, ' '..='~');
    }
    let mut sample = String::from("a");
    sample.push(c);
    sample.escape_debug().eq(sample.chars()) && !is_newer(c)
}

fn is_newer(c: char) -> bool {
    let range = NEWER.partition_point(|(_, last)| *last < c);
    NEWER.get(range).is_some_and(|(first, _)| *first <= c)
}

/// The quote of Go's `time` package: everything but printable ASCII as hexadecimal bytes.
pub(crate) fn time_quote(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        if c < ' ' || !c.is_ascii() {
            let mut bytes = [0; 4];
            for byte in c.encode_utf8(&mut bytes).bytes() {
                write!(out, "\\x{byte:02x}").expect("writing to a String cannot fail");
            }
        } else {
            if matches!(c, '"' | '\\') {
                out.push('\\');
            }
            out.push(c);
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_quotes_follow_go() {
        for (text, strconv, time) in [
            ("a'b", r#""a'b""#, r#""a'b""#),
            ("a\"\\", r#""a\"\\""#, r#""a\"\\""#),
            ("\t\u{1}\u{7f}", r#""\t\x01\x7f""#, "\"\\x09\\x01\u{7f}\""),
            ("분µ", "\"분µ\"", r#""\xeb\xb6\x84\xc2\xb5""#),
            (
                "\u{a0}\u{200b}",
                r#""\u00a0\u200b""#,
                r#""\xc2\xa0\xe2\x80\x8b""#,
            ),
            (
                "\u{1fae9}\u{1fae8}",
                "\"\\U0001fae9\u{1fae8}\"",
                r#""\xf0\x9f\xab\xa9\xf0\x9f\xab\xa8""#,
            ),
            ("e\u{301}", "\"e\u{301}\"", r#""e\xcc\x81""#),
            (
                "\u{8}\u{b}\u{c}\r\n",
                r#""\b\v\f\r\n""#,
                r#""\x08\x0b\x0c\x0d\x0a""#,
            ),
            (
                "\u{80}\u{feff}\u{e0001}",
                r#""\u0080\ufeff\U000e0001""#,
                r#""\xc2\x80\xef\xbb\xbf\xf3\xa0\x80\x81""#,
            ),
        ] {
            assert_eq!(strconv_quote(text), strconv);
            assert_eq!(time_quote(text), time);
        }
    }

    /// A standard library that knows a newer Unicode prints more: its ranges are then to be added.
    #[test]
    fn as_many_characters_are_printable_as_in_unicode_15() {
        let printable = ('\0'..=char::MAX).filter(|c| is_printable(*c));
        assert_eq!(printable.count(), 148_998);
    }
}
