//! How a text may stand in YAML: go-yaml's analysis of its characters, and what it would be read as without quotes.

/// The ways in which a text may be written.
pub struct Look {
    pub plain: bool,
    pub single_quoted: bool,
    /// As a literal block.
    pub block: bool,
}

impl Look {
    /// Looks at each character once.
    pub fn at(text: &str) -> Self {
        let mut indicator = text.starts_with("---") || text.starts_with("...");
        let (mut special, mut break_space, mut space_break) = (false, false, false);
        let mut before = None;
        let mut characters = text.chars().peekable();
        while let Some(c) = characters.next() {
            let next_is_blank = characters.peek().is_none_or(|next| is_blank(*next));
            indicator |= is_indicator(c, before, next_is_blank);
            special |= !is_printable(c);
            let was = |wanted: fn(char) -> bool| before.is_some_and(wanted);
            break_space |= c == ' ' && was(is_break);
            space_break |= is_break(c) && was(|c| c == ' ');
            before = Some(c);
        }
        let at_edge = |c: char| c == ' ' || is_break(c);
        let edges = text.starts_with(at_edge) || text.ends_with(at_edge);
        let inside = break_space || space_break || special;
        Self {
            plain: !(indicator || edges || inside || text.contains(is_break)),
            single_quoted: !inside,
            // behind these, readers of YAML 1.1 want a block's lines indented and those of 1.2 do not
            block: !(text.ends_with(' ')
                || space_break
                || special
                || text.contains(['\u{2028}', '\u{2029}'])),
        }
    }
}

/// What would begin something else than a text there.
fn is_indicator(c: char, before: Option<char>, next_is_blank: bool) -> bool {
    match (c, before) {
        (
            '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%'
            | '@' | '`',
            None,
        ) => true,
        ('?' | '-', None) | (':', _) => next_is_blank,
        ('#', Some(before)) => is_blank(before) || is_break(before),
        _ => false,
    }
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t')
}

fn is_break(c: char) -> bool {
    matches!(c, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// go-yaml's tables end with the basic plane.
fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{A0}'..='\u{D7FF}' | '\u{E000}'..='\u{FEFE}' | '\u{FF00}'..='\u{FFFD}')
}

/// True for a character that double quotes have in another form.
pub fn is_escaped(c: char) -> bool {
    !is_printable(c) || is_break(c) || matches!(c, '"' | '\\')
}

/// True for a text that would be read as something else: null, a flag, a number, a time.
pub fn is_other(text: &str) -> bool {
    let Some(first) = text.chars().next() else {
        return true;
    };
    match first {
        'y' | 'Y' | 'n' | 'N' | 't' | 'T' | 'f' | 'F' | 'o' | 'O' | '~' => is_word(text),
        '.' => {
            matches!(text, ".nan" | ".NaN" | ".NAN" | ".inf" | ".Inf" | ".INF") || is_float(text)
        }
        '+' | '-' | '0'..='9' => {
            let bare = text.strip_prefix(['+', '-']).unwrap_or_default();
            let plain = text.replace('_', "");
            matches!(bare, ".inf" | ".Inf" | ".INF")
                || is_time(text)
                || is_base_60(text)
                || is_integer(&plain)
                || is_float(&plain)
        }
        _ => false,
    }
}

fn is_word(text: &str) -> bool {
    const WORDS: [&str; 10] = [
        "y", "yes", "true", "on", "n", "no", "false", "off", "null", "~",
    ];
    let lower = text.to_ascii_lowercase();
    // small, large, or with a large letter first
    let upper = text.to_ascii_uppercase();
    let capital = text.get(1..) == lower.get(1..);
    WORDS.contains(&lower.as_str()) && (capital || text == upper)
}

/// What Go's `ParseInt` takes with base 0.
fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let lower = digits.to_ascii_lowercase();
    let parsed = match lower.as_bytes() {
        [b'0', b'x', ..] => u64::from_str_radix(&lower[2..], 16),
        [b'0', b'o', ..] => u64::from_str_radix(&lower[2..], 8),
        [b'0', b'b', ..] => u64::from_str_radix(&lower[2..], 2),
        [b'0', _, ..] => u64::from_str_radix(&lower[1..], 8),
        _ => lower.parse(),
    };
    // the standard library would take another sign
    parsed.is_ok() && !lower.contains(['+', '-'])
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_float(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (digits, None),
    };
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let has_digits = match whole.is_empty() {
        true => mantissa.len() > 1,
        false => true,
    };
    let exponent_fits = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !digits.is_empty() && all_digits(digits)
    });
    has_digits && all_digits(whole) && all_digits(fraction) && exponent_fits
}

/// `12:30:45`, which older readers take for a number of seconds.
fn is_base_60(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let mut parts = digits.split(':');
    let is_number = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_digit())
            && part
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'_')
    };
    let first = parts.next().is_some_and(is_number);
    let mut rest: Vec<&str> = parts.collect();
    let Some(last) = rest.pop() else {
        return false;
    };
    let (last, fraction) = last.split_once('.').unwrap_or((last, ""));
    rest.push(last);
    let is_sixtieth = |part: &&str| {
        let digits = part.bytes().all(|byte| byte.is_ascii_digit());
        digits && matches!(part.len(), 1 | 2) && part.parse::<u8>().is_ok_and(|n| n < 60)
    };
    let fraction_fits = fraction
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'_');
    first && rest.iter().all(is_sixtieth) && fraction_fits
}

/// A date, or a date and a time behind it.
fn is_time(text: &str) -> bool {
    let (date, time) = match text.find(['T', 't', ' ']) {
        Some(at) => (&text[..at], Some(&text[at..])),
        None => (text, None),
    };
    is_date(date) && time.is_none_or(is_clock)
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else {
        return false;
    };
    let fields = (
        number(year, 4..=4),
        number(month, 1..=2),
        number(day, 1..=2),
    );
    let (Some(year), Some(month), Some(day)) = fields else {
        return false;
    };
    let date = (i16::try_from(year), i8::try_from(month), i8::try_from(day));
    matches!(date, (Ok(year), Ok(month), Ok(day))
        if jiff::civil::Date::new(year, month, day).is_ok())
}

/// `T12:00:00.5Z`, ` 12:00:00`: with `T` there is a zone, without there is none.
fn is_clock(text: &str) -> bool {
    let (has_zone, text) = match text.strip_prefix(['T', 't']) {
        Some(text) => (true, text),
        None => (false, &text[1..]),
    };
    let (text, zone) = match text.find(['Z', '+', '-']) {
        Some(at) => (&text[..at], Some(&text[at..])),
        None => (text, None),
    };
    let zone_fits = match zone {
        None => !has_zone,
        Some("Z") => has_zone,
        Some(offset) => {
            let parts = offset[1..].split_once(':');
            let both = parts.map(|(hours, minutes)| (number(hours, 2..=2), number(minutes, 2..=2)));
            has_zone && matches!(both, Some((Some(0..=24), Some(0..=60))))
        }
    };
    let parts: Vec<&str> = text.split(':').collect();
    let [hours, minutes, seconds] = parts.as_slice() else {
        return false;
    };
    let (seconds, fraction) = seconds.split_once('.').unwrap_or((*seconds, "0"));
    let below = |text: &str, limit: u32| number(text, 1..=2).is_some_and(|n| n < limit);
    let is_fraction = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    below(hours, 24) && below(minutes, 60) && below(seconds, 60) && is_fraction && zone_fits
}

/// A number of so many digits.
fn number(text: &str, digits: std::ops::RangeInclusive<usize>) -> Option<u32> {
    let is_number = digits.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}
