//! Durations as Go's `time.Duration` writes them: `1h1m1.5s`.

/// So many nanoseconds.
pub fn text(nanos: i64) -> String {
    let sign = if nanos < 0 { "-" } else { "" };
    let nanos = nanos.unsigned_abs();
    let (unit, digits) = match nanos {
        0 => return "0s".to_owned(),
        1..1_000 => ("ns", 0),
        1_000..1_000_000 => ("\u{b5}s", 3),
        1_000_000..1_000_000_000 => ("ms", 6),
        _ => ("s", 9),
    };
    let one = 10_u64.pow(digits);
    let (whole, part) = (nanos / one, nanos % one);
    let fraction = format!(".{part:0width$}", width = digits as usize);
    let fraction = fraction.trim_end_matches(['0', '.']);
    match (unit, whole / 60, whole / 3600) {
        ("s", minutes @ 1.., 0) => format!("{sign}{minutes}m{}{fraction}s", whole % 60),
        ("s", minutes @ 1.., hours) => {
            format!("{sign}{hours}h{}m{}{fraction}s", minutes % 60, whole % 60)
        }
        _ => format!("{sign}{whole}{fraction}{unit}"),
    }
}

/// How many nanoseconds such a text says; `None` for another, and for more than an int64 holds.
pub fn nanos(text: &str) -> Option<i64> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let mut sum = 0_i64;
    loop {
        let end = rest.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
        let (number, behind) = rest.split_at(end);
        let end = behind.find(|c: char| c.is_ascii_digit());
        let (unit, behind) = behind.split_at(end.unwrap_or(behind.len()));
        sum = sum.checked_add(scaled(number, nanos_of(unit)?)?)?;
        if behind.is_empty() {
            return sum.checked_mul(sign);
        }
        rest = behind;
    }
}

fn nanos_of(unit: &str) -> Option<i64> {
    Some(match unit {
        "h" => 3_600_000_000_000,
        "m" => 60_000_000_000,
        "s" => 1_000_000_000,
        "ms" => 1_000_000,
        "\u{b5}s" => 1_000,
        "ns" => 1,
        _ => return None,
    })
}

fn scaled(number: &str, unit: i64) -> Option<i64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let one = 10_i64.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let part = fraction.parse::<i64>().ok()?.checked_mul(unit)? / one;
    let whole = whole.parse::<i64>().ok()?;
    whole.checked_mul(unit)?.checked_add(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn k_37_durations_as_go_writes_them() {
        let rows = [
            (0, "0s"),
            (7, "7ns"),
            (1_500, "1.5\u{b5}s"),
            (5_000_000, "5ms"),
            (1_000_000_000, "1s"),
            (1_005_000_000, "1.005s"),
            (10_100_000_000, "10.1s"),
            (60_000_000_000, "1m0s"),
            (3_661_500_000_000, "1h1m1.5s"),
            (-90_000_000_000, "-1m30s"),
        ];
        for (count, written) in rows {
            assert_eq!(text(count), written);
            assert_eq!(nanos(written), Some(count), "{written}");
        }
        for other in ["", "-", "1", "s", "1x", "1m-1s", "9999999h9999999999h"] {
            assert_eq!(nanos(other), None, "{other}");
        }
    }
}
