//! Go's `strconv.Atoi` (`CRON-06`, `CRON-07`).

use super::quote::strconv_quote;
use crate::error::ParseError;

/// A non-negative decimal number with upstream's two error texts.
pub(crate) fn parse_int(text: &str) -> Result<u64, ParseError> {
    let number = atoi(text)
        .map_err(|cause| ParseError(format!("failed to parse int from {text}: {cause}")))?;
    u64::try_from(number)
        .map_err(|_| ParseError(format!("negative number ({number}) not allowed: {text}")))
}

fn atoi(text: &str) -> Result<i64, String> {
    read_signed(text)
        .map_err(|problem| format!("strconv.Atoi: parsing {}: {problem}", strconv_quote(text)))
}

fn read_signed(text: &str) -> Result<i64, &'static str> {
    const OUT_OF_RANGE: &str = "value out of range";
    const SYNTAX: &str = "invalid syntax";
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() {
        return Err(SYNTAX);
    }
    // Go reads an unsigned number first and stops where that overflows, before a later bad letter
    digits.bytes().try_fold(0u64, |value, byte| {
        let digit = byte
            .is_ascii_digit()
            .then(|| u64::from(byte - b'0'))
            .ok_or(SYNTAX)?;
        let value = value
            .checked_mul(10)
            .and_then(|value| value.checked_add(digit));
        value.ok_or(OUT_OF_RANGE)
    })?;
    text.parse().map_err(|_| OUT_OF_RANGE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_go_reads_them() {
        for (text, want) in [
            ("7", Ok(7)),
            ("+007", Ok(7)),
            ("-0", Ok(0)),
            (
                "",
                Err("failed to parse int from : strconv.Atoi: parsing \"\": invalid syntax"),
            ),
            ("-5", Err("negative number (-5) not allowed: -5")),
            (
                "1_0",
                Err("failed to parse int from 1_0: strconv.Atoi: parsing \"1_0\": invalid syntax"),
            ),
            (
                "99999999999999999999x",
                Err(
                    "failed to parse int from 99999999999999999999x: strconv.Atoi: parsing \"99999999999999999999x\": value out of range",
                ),
            ),
            (
                "9223372036854775808",
                Err(
                    "failed to parse int from 9223372036854775808: strconv.Atoi: parsing \"9223372036854775808\": value out of range",
                ),
            ),
        ] {
            assert_eq!(
                parse_int(text).map_err(|e| e.to_string()),
                want.map_err(String::from),
                "{text}"
            );
        }
    }
}
