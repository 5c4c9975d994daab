//! Why a text is no time, in the words of Go's `time.Parse`.

/// The layout of most times, of which zone and fraction are read by rules of their own.
pub const SECONDS: &str = "2006-01-02T15:04:05Z07:00";
/// The layout of a MicroTime.
pub const MICROS: &str = "2006-01-02T15:04:05.000000Z07:00";

/// The parts of both layouts: name, digits, and the range that Go gives a name to.
const PARTS: [(&str, usize, u32, u32, &str); 6] = [
    ("2006", 4, 0, 9999, ""),
    ("01", 2, 1, 12, "month"),
    ("02", 2, 1, 31, "day"),
    ("15", 2, 0, 23, "hour"),
    ("04", 2, 0, 59, "minute"),
    ("05", 2, 0, 59, "second"),
];
const BETWEEN: [&str; 5] = ["-", "-", "T", ":", ":"];
/// The fraction of a MicroTime.
const FRACTION: &str = ".000000";

/// What Go says; `None` where it reads the text, but for days that the month does not have.
pub fn fault(text: &str, layout: &str) -> Option<String> {
    let bad = |part: &str, rest: &str| {
        format!("parsing time {text:?} as {layout:?}: cannot parse {rest:?} as {part:?}")
    };
    let mut rest = text;
    for (at, (part, digits, least, most, name)) in PARTS.into_iter().enumerate() {
        let Some((head, tail)) = leading_digits(rest, digits) else {
            return Some(bad(part, rest));
        };
        let number: u32 = head.parse().unwrap_or_default();
        if number < least || number > most {
            return Some(format!("parsing time {text:?}: {name} out of range"));
        }
        rest = tail;
        if let Some(between) = BETWEEN.get(at) {
            match rest.strip_prefix(between) {
                Some(tail) => rest = tail,
                None => return Some(bad(between, rest)),
            }
        }
    }
    rest = match fraction(rest, layout) {
        Some(rest) => rest,
        None => return Some(bad(FRACTION, rest)),
    };
    match zone(rest) {
        None => Some(bad("Z07:00", rest)),
        Some("") => None,
        Some(extra) => Some(format!("parsing time {text:?}: extra text: {extra:?}")),
    }
}

fn leading_digits(text: &str, count: usize) -> Option<(&str, &str)> {
    let (head, tail) = text.split_at_checked(count)?;
    head.bytes()
        .all(|b| b.is_ascii_digit())
        .then_some((head, tail))
}

/// What stands behind the fraction, which only a MicroTime must have.
fn fraction<'a>(rest: &'a str, layout: &str) -> Option<&'a str> {
    let digits = rest.strip_prefix('.');
    if layout == MICROS {
        return leading_digits(digits?, FRACTION.len() - 1).map(|(_, tail)| tail);
    }
    let digits = digits.filter(|digits| digits.starts_with(|c: char| c.is_ascii_digit()));
    Some(digits.map_or(rest, |digits| {
        digits.trim_start_matches(|c: char| c.is_ascii_digit())
    }))
}

/// What stands behind `Z` or `+07:00`.
fn zone(rest: &str) -> Option<&str> {
    if let Some(tail) = rest.strip_prefix('Z') {
        return Some(tail);
    }
    let offset = rest.strip_prefix(['+', '-'])?;
    let (_, tail) = leading_digits(offset, 2)?;
    let (_, tail) = leading_digits(tail.strip_prefix(':')?, 2)?;
    Some(tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn k_03_says_what_go_says_of_times() {
        let rows = [
            ("2026-11-23T12:00:00Z", SECONDS, None),
            ("2026-11-23T12:00:00.5+01:00", SECONDS, None),
            ("2026-11-23T12:00:00.123456Z", MICROS, None),
            (
                "x",
                SECONDS,
                Some(
                    r#"parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006""#,
                ),
            ),
            (
                "2026-11-23",
                SECONDS,
                Some(
                    r#"parsing time "2026-11-23" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "T""#,
                ),
            ),
            (
                "2026-11-23T12:00:00",
                SECONDS,
                Some(
                    r#"parsing time "2026-11-23T12:00:00" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "Z07:00""#,
                ),
            ),
            (
                "2026-13-23T12:00:00Z",
                SECONDS,
                Some(r#"parsing time "2026-13-23T12:00:00Z": month out of range"#),
            ),
            (
                "2026-11-23T12:00:00Zx",
                SECONDS,
                Some(r#"parsing time "2026-11-23T12:00:00Zx": extra text: "x""#),
            ),
            (
                "2026-11-23T12:00:00Z",
                MICROS,
                Some(
                    r#"parsing time "2026-11-23T12:00:00Z" as "2006-01-02T15:04:05.000000Z07:00": cannot parse "Z" as ".000000""#,
                ),
            ),
        ];
        for (text, layout, expected) in rows {
            assert_eq!(fault(text, layout).as_deref(), expected, "{text}");
        }
    }
}
