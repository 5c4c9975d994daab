//! Fields that are a count or a percentage: validation and scaling.

use std::num::{IntErrorKind, ParseIntError};

use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use crate::{FieldError, FieldErrors};

/// Reads `40%`.
fn percent(text: &str) -> Option<i64> {
    let digits = text.strip_suffix('%')?;
    let all_digits = !digits.is_empty() && digits.bytes().all(|c| c.is_ascii_digit());
    all_digits.then(|| digits.parse().unwrap_or(i64::MAX))
}

/// `ValidatePositiveIntOrPercent`: a non-negative count, or a percentage.
pub(crate) fn validate_count_or_percent(value: &IntOrString, path: &str) -> FieldErrors {
    match value {
        IntOrString::Int(count @ ..0) => {
            let detail = "must be greater than or equal to 0";
            vec![FieldError::invalid(path, *count, detail)]
        }
        IntOrString::String(text) if percent(text).is_none() => {
            let detail = "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";
            vec![FieldError::invalid(path, text, detail)]
        }
        _ => Vec::new(),
    }
}

/// `IsNotMoreThan100Percent`.
pub(crate) fn validate_at_most_all(value: &IntOrString, path: &str) -> Option<FieldError> {
    let IntOrString::String(text) = value else {
        return None;
    };
    let beyond = percent(text).is_some_and(|percent| percent > 100);
    beyond.then(|| FieldError::invalid(path, text, "must not be greater than 100%"))
}

/// Whether the number is zero, be it a count or a percentage. A text without its percent sign is read as a
/// number, too, and one that is no number as zero (`getIntOrPercentValue`).
pub(crate) fn says_zero(value: &IntOrString) -> bool {
    match value {
        IntOrString::Int(count) => *count == 0,
        IntOrString::String(text) => match percent(text) {
            Some(percent) => percent == 0,
            None => match text.parse::<i64>() {
                Ok(number) => number == 0,
                Err(error) => is_no_number(&error),
            },
        },
    }
}

/// What is too large for a number is one, and not zero.
fn is_no_number(error: &ParseIntError) -> bool {
    matches!(
        error.kind(),
        IntErrorKind::Empty | IntErrorKind::InvalidDigit
    )
}

/// The count that the value stands for among `total`, rounded up (DS-32); None when it is no valid text, or
/// too large a number.
pub fn scaled_rounded_up(value: &IntOrString, total: i32) -> Option<i32> {
    match value {
        IntOrString::Int(count) => Some(*count),
        IntOrString::String(text) => {
            let share = percent(text)?.checked_mul(i64::from(total))?;
            i32::try_from(share.checked_add(99)? / 100).ok()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dsv_04_counts_and_percentages() {
        let text = |text: &str| IntOrString::String(text.to_owned());
        let rows = [
            ("a count", IntOrString::Int(3), None, Some(3)),
            (
                "a negative count",
                IntOrString::Int(-1),
                Some("p: Invalid value: -1: must be greater than or equal to 0"),
                Some(-1),
            ),
            ("rounded up", text("25%"), None, Some(3)),
            ("all", text("100%"), None, Some(10)),
            (
                "too much",
                text("101%"),
                Some("p: Invalid value: \"101%\": must not be greater than 100%"),
                Some(11),
            ),
            (
                "far too much",
                text("99999999999999999999%"),
                Some("p: Invalid value: \"99999999999999999999%\": must not be greater than 100%"),
                None,
            ),
            (
                "no percent sign",
                text("5"),
                Some(
                    "p: Invalid value: \"5\": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
                ),
                None,
            ),
        ];
        for (why, value, error, scaled) in rows {
            let mut found = validate_count_or_percent(&value, "p");
            found.extend(validate_at_most_all(&value, "p"));
            let errors: Vec<_> = found.iter().map(ToString::to_string).collect();
            assert_eq!(errors, error.into_iter().collect::<Vec<_>>(), "{why}");
            assert_eq!(scaled_rounded_up(&value, 10), scaled, "{why}");
        }
    }

    #[test]
    fn dsv_04_what_is_zero() {
        for (count, want) in [(0, true), (3, false), (-1, false)] {
            assert_eq!(says_zero(&IntOrString::Int(count)), want, "{count}");
        }
        let rows = [
            ("0%", true),
            ("000%", true),
            ("1%", false),
            ("99999999999999999999%", false),
            ("some", true),
            ("", true),
            ("5", false),
            ("-5", false),
            ("0", true),
            ("1.5%", true),
            ("99999999999999999999", false),
        ];
        for (text, want) in rows {
            assert_eq!(
                says_zero(&IntOrString::String(text.to_owned())),
                want,
                "{text}"
            );
        }
    }
}
