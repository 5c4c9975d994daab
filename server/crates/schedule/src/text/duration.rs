//! Go's `time.ParseDuration`, for `@every` (`CRON-10`) and for a request's `timeout`, with its errors and its rounding.

use super::quote::time_quote;

/// Go keeps durations in an `i64` of nanoseconds; sums are checked against its magnitude.
const LIMIT: u64 = 1 << 63;

/// Nanoseconds of a duration such as `1h30m`, `-1.5h`, `300ms`, or the words of Go's error.
pub fn parse_duration_nanos(text: &str) -> Result<i64, String> {
    let invalid = || format!("time: invalid duration {}", time_quote(text));
    let negative = text.starts_with('-');
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let (nanos, after) = component(text, rest)?;
        // Go's sum wraps too: two halves of 2^64 give zero
        total = total.wrapping_add(nanos);
        if total > LIMIT {
            return Err(invalid());
        }
        rest = after;
    }
    if negative {
        return Ok((total as i64).wrapping_neg());
    }
    i64::try_from(total).map_err(|_| invalid())
}

/// One number with its unit, and what follows it.
fn component<'a>(whole: &str, text: &'a str) -> Result<(u64, &'a str), String> {
    let invalid = || format!("time: invalid duration {}", time_quote(whole));
    let integer_len = digits(text);
    let integer = leading_integer(&text[..integer_len]).ok_or_else(invalid)?;
    let mut rest = &text[integer_len..];
    let (mut fraction, mut scale, mut fraction_len) = (0, 1.0, 0);
    if let Some(after_point) = rest.strip_prefix('.') {
        fraction_len = digits(after_point);
        (fraction, scale) = leading_fraction(&after_point[..fraction_len]);
        rest = &after_point[fraction_len..];
    }
    if integer_len == 0 && fraction_len == 0 {
        return Err(invalid());
    }
    let unit_len = rest
        .find(|c: char| c == '.' || c.is_ascii_digit())
        .unwrap_or(rest.len());
    let (unit_name, after) = rest.split_at(unit_len);
    if unit_name.is_empty() {
        return Err(format!(
            "time: missing unit in duration {}",
            time_quote(whole)
        ));
    }
    let unit = unit_nanos(unit_name).ok_or_else(|| {
        let (unit, whole) = (time_quote(unit_name), time_quote(whole));
        format!("time: unknown unit {unit} in duration {whole}")
    })?;
    if integer > LIMIT / unit {
        return Err(invalid());
    }
    let mut nanos = integer * unit;
    if fraction > 0 {
        nanos += (fraction as f64 * (unit as f64 / scale)) as u64;
        if nanos > LIMIT {
            return Err(invalid());
        }
    }
    Ok((nanos, after))
}

fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

fn leading_integer(digits: &str) -> Option<u64> {
    digits.bytes().try_fold(0u64, |value, digit| {
        if value > LIMIT / 10 {
            return None;
        }
        let value = value * 10 + u64::from(digit - b'0');
        (value <= LIMIT).then_some(value)
    })
}

/// Digits that no longer fit are dropped, as in Go.
fn leading_fraction(digits: &str) -> (u64, f64) {
    let (mut value, mut scale) = (0u64, 1.0);
    for digit in digits.bytes() {
        if value > (LIMIT - 1) / 10 {
            break;
        }
        let next = value * 10 + u64::from(digit - b'0');
        if next > LIMIT {
            break;
        }
        value = next;
        scale *= 10.0;
    }
    (value, scale)
}

fn unit_nanos(name: &str) -> Option<u64> {
    Some(match name {
        "ns" => 1,
        "us" | "\u{b5}s" | "\u{3bc}s" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_reads_them() {
        for (text, want) in [
            ("1h30m", Ok(5_400_000_000_000)),
            ("-1.5h", Ok(-5_400_000_000_000)),
            ("+5s", Ok(5_000_000_000)),
            (".5s", Ok(500_000_000)),
            ("0", Ok(0)),
            ("1µs1μs1us", Ok(3000)),
            ("2562047h47m16.854775807s", Ok(i64::MAX)),
            ("-9223372036854775808ns", Ok(i64::MIN)),
            (
                "9223372036854775808ns",
                Err("time: invalid duration \"9223372036854775808ns\""),
            ),
            ("", Err("time: invalid duration \"\"")),
            (".s", Err("time: invalid duration \".s\"")),
            ("5", Err("time: missing unit in duration \"5\"")),
            ("1h ", Err("time: unknown unit \"h \" in duration \"1h \"")),
            (
                "5분",
                Err("time: unknown unit \"\\xeb\\xb6\\x84\" in duration \"5\\xeb\\xb6\\x84\""),
            ),
        ] {
            assert_eq!(
                parse_duration_nanos(text),
                want.map_err(String::from),
                "{text}"
            );
        }
    }
}
