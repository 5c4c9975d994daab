//! Reading a quantity.

use std::str::FromStr;

use super::{Format, MAX, NANO, Quantity, QuantityError};

const FORMAT_WRONG: QuantityError = QuantityError(
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
);
const NUMERIC_WRONG: QuantityError = QuantityError("unable to parse numeric part of quantity");
const SUFFIX_WRONG: QuantityError = QuantityError("unable to parse quantity's suffix");

impl QuantityError {
    /// True for the text of one of these errors, wherever it was quoted.
    pub fn says(text: &str) -> bool {
        [FORMAT_WRONG, NUMERIC_WRONG, SUFFIX_WRONG]
            .iter()
            .any(|error| error.0 == text)
    }
}

impl FromStr for Quantity {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, QuantityError> {
        if text.is_empty() {
            return Err(FORMAT_WRONG);
        }
        let (negative, rest) = match text.as_bytes()[0] {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let number_end = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(rest.len());
        let (number, suffix) = rest.split_at(number_end);
        let (whole, fraction) = digits(number)?;
        let (base, exponent, format) = scale(suffix)?;
        let magnitude = match base {
            Base::Two => binary(whole, fraction, exponent),
            Base::Ten => decimal(whole, fraction, exponent),
        };
        let nanos = if negative { -magnitude } else { magnitude };
        Ok(Self { nanos, format })
    }
}

#[derive(Clone, Copy)]
enum Base {
    Two,
    Ten,
}

/// The digits before and after the point; at least one must exist.
fn digits(number: &str) -> Result<(&str, &str), QuantityError> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    match (
        whole.is_empty() && fraction.is_empty(),
        fraction.contains('.'),
    ) {
        (true, _) if number.is_empty() => Err(FORMAT_WRONG),
        (true, _) | (_, true) => Err(NUMERIC_WRONG),
        _ => Ok((whole, fraction)),
    }
}

fn scale(suffix: &str) -> Result<(Base, i32, Format), QuantityError> {
    let decimal = |exponent| Ok((Base::Ten, exponent, Format::DecimalSi));
    let binary = |exponent| Ok((Base::Two, exponent, Format::BinarySi));
    match suffix {
        "n" => decimal(-9),
        "u" => decimal(-6),
        "m" => decimal(-3),
        "" => decimal(0),
        "k" => decimal(3),
        "M" => decimal(6),
        "G" => decimal(9),
        "T" => decimal(12),
        "P" => decimal(15),
        "E" => decimal(18),
        "Ki" => binary(10),
        "Mi" => binary(20),
        "Gi" => binary(30),
        "Ti" => binary(40),
        "Pi" => binary(50),
        "Ei" => binary(60),
        _ => exponent(suffix),
    }
}

fn exponent(suffix: &str) -> Result<(Base, i32, Format), QuantityError> {
    let power = suffix
        .strip_prefix(['e', 'E'])
        .and_then(|power| power.parse::<i32>().ok())
        .ok_or(if suffix.chars().all(suffix_char) {
            SUFFIX_WRONG
        } else {
            FORMAT_WRONG
        })?;
    Ok((Base::Ten, power, Format::DecimalExponent))
}

fn suffix_char(c: char) -> bool {
    "eEinumkKMGTP+-".contains(c) || c.is_ascii_digit()
}

/// `whole.fraction × 10^exponent` in nanos, rounded up, capped.
fn decimal(whole: &str, fraction: &str, exponent: i32) -> i128 {
    let all: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
    // how many of the digits lie left of the point once counted in nanos
    let point = whole.len() as i64 + i64::from(exponent) + 9;
    let mut amount: i128 = 0;
    for position in 0..point.max(0) {
        let digit = usize::try_from(position).ok().and_then(|at| all.get(at));
        if digit.is_none() && amount == 0 {
            break;
        }
        amount = amount * 10 + digit.map_or(0, |d| i128::from(d - b'0'));
        if amount > MAX {
            return MAX;
        }
    }
    let rest = all.get(usize::try_from(point.max(0)).unwrap_or(usize::MAX)..);
    let rest_is_zero = rest.unwrap_or_default().iter().all(|digit| *digit == b'0');
    // digits left of everything we looked at (point < 0) are below a nano as well
    amount + i128::from(!rest_is_zero)
}

/// `whole.fraction × 2^exponent` in nanos, rounded up, capped.
fn binary(whole: &str, fraction: &str, exponent: i32) -> i128 {
    // nine digits of fraction are exact in nanos; with more, 2^exponent < 10^9·k keeps the error
    // below the rounding that upstream applies itself
    let base = decimal(whole, fraction, 0);
    base.checked_mul(1_i128 << exponent)
        .map_or(MAX, |amount| amount.min(MAX))
}

/// One unit in nanos, for the tests of this module's neighbours.
pub(super) const UNIT: i128 = NANO;
