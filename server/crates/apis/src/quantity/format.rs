//! The canonical text of a quantity: the largest suffix that leaves no fraction.

use std::fmt;

use super::parse::UNIT;
use super::{Format, Quantity};

const DECIMAL: [(i128, &str); 9] = [
    (UNIT * 1_000_000_000_000_000_000, "E"),
    (UNIT * 1_000_000_000_000_000, "P"),
    (UNIT * 1_000_000_000_000, "T"),
    (UNIT * 1_000_000_000, "G"),
    (UNIT * 1_000_000, "M"),
    (UNIT * 1_000, "k"),
    (UNIT, ""),
    (UNIT / 1_000, "m"),
    (UNIT / 1_000_000, "u"),
];

const BINARY: [(u32, &str); 6] = [
    (60, "Ei"),
    (50, "Pi"),
    (40, "Ti"),
    (30, "Gi"),
    (20, "Mi"),
    (10, "Ki"),
];

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.nanos == 0 {
            return f.write_str("0");
        }
        // small or fractional binary amounts are written decimally
        let fits_binary = self.nanos.abs() >= 1024 * UNIT && self.nanos % UNIT == 0;
        match self.format {
            Format::BinarySi if fits_binary => binary(self.nanos / UNIT, f),
            Format::DecimalExponent => exponent(self.nanos, f),
            _ => decimal(self.nanos, f),
        }
    }
}

fn binary(units: i128, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let found = BINARY
        .iter()
        .find(|(bits, _)| units % (1_i128 << bits) == 0);
    match found {
        Some((bits, suffix)) => write!(f, "{}{suffix}", units >> bits),
        None => write!(f, "{units}"),
    }
}

fn decimal(nanos: i128, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let found = DECIMAL.iter().find(|(unit, _)| nanos % unit == 0);
    match found {
        Some((unit, suffix)) => write!(f, "{}{suffix}", nanos / unit),
        None => write!(f, "{nanos}n"),
    }
}

fn exponent(nanos: i128, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let found = DECIMAL.iter().position(|(unit, _)| nanos % unit == 0);
    let (amount, power) = match found {
        Some(at) => (nanos / DECIMAL[at].0, 18 - 3 * at as i32),
        None => (nanos, -9),
    };
    match power {
        0 => write!(f, "{amount}"),
        _ => write!(f, "{amount}e{power}"),
    }
}
