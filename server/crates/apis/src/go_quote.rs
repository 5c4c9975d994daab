//! Texts as Go's `%q` prints them; Rust's `{:?}` differs in what is no printable ASCII.

/// The text in quotes, without anything that cannot be seen.
pub fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '\u{7}' => quoted.push_str("\\a"),
            '\u{8}' => quoted.push_str("\\b"),
            '\t' => quoted.push_str("\\t"),
            '\n' => quoted.push_str("\\n"),
            '\u{b}' => quoted.push_str("\\v"),
            '\u{c}' => quoted.push_str("\\f"),
            '\r' => quoted.push_str("\\r"),
            seen if is_seen(seen) => quoted.push(seen),
            hidden => quoted.push_str(&escape(hidden)),
        }
    }
    quoted.push('"');
    quoted
}

fn escape(hidden: char) -> String {
    match u32::from(hidden) {
        code @ (..0x20 | 0x7f) => format!("\\x{code:02x}"),
        code @ ..0x1_0000 => format!("\\u{code:04x}"),
        code => format!("\\U{code:08x}"),
    }
}

/// Go's `IsPrint`. The standard library keeps the same table to itself and uses it to escape; of what
/// follows another character it escapes no mark, as Go does not.
fn is_seen(character: char) -> bool {
    match character {
        ' '..='~' => true,
        other if other.is_ascii() => false,
        other => {
            let behind: String = ['a', other].iter().collect();
            !behind.escape_debug().any(|shown| shown == '\\')
        }
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn k_03_texts_are_quoted_as_go_does() {
        let rows = [
            ("", r#""""#),
            (r#"it's "a\b""#, r#""it's \"a\\b\"""#),
            ("\0\u{1}\u{1f}\u{7f}", r#""\x00\x01\x1f\x7f""#),
            ("\u{7}\u{8}\t\n\u{b}\u{c}\r", r#""\a\b\t\n\v\f\r""#),
            ("é 名 e\u{301} 😀", "\"é 名 e\u{301} 😀\""),
            (
                "\u{80}\u{a0}\u{200b}\u{feff}",
                r#""\u0080\u00a0\u200b\ufeff""#,
            ),
            ("\u{e0001}", r#""\U000e0001""#),
        ];
        for (text, told) in rows {
            assert_eq!(quoted(text), told, "{text:?}");
        }
    }
}
