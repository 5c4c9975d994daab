//! One field of an expression: its bounds, its grammar, its set of values (`CRON-02`–`CRON-08`).

use crate::error::ParseError;
use crate::text::parse_int;

/// The range of a field and the names it knows.
pub(crate) struct Bounds {
    pub min: u32,
    pub max: u32,
    names: &'static [&'static str],
}

pub(crate) const MINUTES: Bounds = Bounds {
    min: 0,
    max: 59,
    names: &[],
};
pub(crate) const HOURS: Bounds = Bounds {
    min: 0,
    max: 23,
    names: &[],
};
pub(crate) const DAYS: Bounds = Bounds {
    min: 1,
    max: 31,
    names: &[],
};
pub(crate) const MONTHS: Bounds = Bounds {
    min: 1,
    max: 12,
    names: &[
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ],
};
pub(crate) const WEEKDAYS: Bounds = Bounds {
    min: 0,
    max: 6,
    names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
};

/// The values of a field, and whether a star (with no step above 1) stands in it (`CRON-12`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Field {
    /// Bit `n` is set when the field holds the value `n`; nothing above bit 59.
    pub bits: u64,
    pub star: bool,
}

impl Field {
    pub(crate) fn contains(self, value: i64) -> bool {
        self.bits >> value & 1 == 1
    }

    pub(crate) fn is_empty(self) -> bool {
        self.bits == 0
    }

    pub(crate) fn values(self) -> impl Iterator<Item = u32> {
        (0..60).filter(move |value| self.bits >> value & 1 == 1)
    }

    /// Whether every value of the range is in the field, star or not.
    pub(crate) fn is_full(self, bounds: &Bounds) -> bool {
        self.bits == range_bits(bounds.min.into(), bounds.max.into(), 1)
    }

    pub(crate) fn every(bounds: &Bounds) -> Self {
        Self {
            bits: range_bits(bounds.min.into(), bounds.max.into(), 1),
            star: true,
        }
    }

    pub(crate) fn only(value: u32) -> Self {
        Self {
            bits: 1 << value,
            star: false,
        }
    }

    /// A comma list; empty members count for nothing (`CRON-03`).
    pub(crate) fn parse(text: &str, bounds: &Bounds) -> Result<Self, ParseError> {
        let mut field = Self::default();
        for member in text.split(',').filter(|member| !member.is_empty()) {
            let part = parse_member(member, bounds)?;
            field.bits |= part.bits;
            field.star |= part.star;
        }
        Ok(field)
    }
}

/// `*`, `?`, `N` or `N-M`, each with an optional `/S` (`CRON-04`). The order of the checks decides
/// which of several errors is told, so it is upstream's.
fn parse_member(member: &str, bounds: &Bounds) -> Result<Field, ParseError> {
    let mut slashes = member.split('/');
    let range = slashes.next().unwrap_or_default();
    let step_text = slashes.next();
    let mut ends = range.split('-');
    let low = ends.next().unwrap_or_default();
    let high = ends.next();
    let (start, mut end, mut star);
    if low == "*" || low == "?" {
        // whatever follows the hyphen is not read
        (start, end, star) = (bounds.min.into(), bounds.max.into(), true);
    } else {
        star = false;
        start = parse_value(low, bounds)?;
        end = match high {
            None => start,
            Some(_) if ends.next().is_some() => {
                return Err(ParseError(format!("too many hyphens: {member}")));
            }
            Some(high) => parse_value(high, bounds)?,
        };
    }
    let mut step = 1;
    if let Some(step_text) = step_text {
        if slashes.next().is_some() {
            return Err(ParseError(format!("too many slashes: {member}")));
        }
        step = parse_int(step_text)?;
        if high.is_none() {
            end = bounds.max.into();
        }
        star &= step <= 1;
    }
    check_range(start, end, step, bounds, member)?;
    Ok(Field {
        bits: range_bits(start, end, step),
        star,
    })
}

fn check_range(
    start: u64,
    end: u64,
    step: u64,
    bounds: &Bounds,
    member: &str,
) -> Result<(), ParseError> {
    let (min, max) = (bounds.min, bounds.max);
    let problem = if start < min.into() {
        format!("beginning of range ({start}) below minimum ({min}): {member}")
    } else if end > max.into() {
        format!("end of range ({end}) above maximum ({max}): {member}")
    } else if start > end {
        format!("beginning of range ({start}) beyond end of range ({end}): {member}")
    } else if step == 0 {
        format!("step of range should be a positive number: {member}")
    } else {
        return Ok(());
    };
    Err(ParseError(problem))
}

fn parse_value(text: &str, bounds: &Bounds) -> Result<u64, ParseError> {
    if text.chars().count() == 3 {
        let name: String = text.chars().map(lower).collect();
        if let Some(index) = bounds.names.iter().position(|known| *known == name) {
            return Ok(index as u64 + u64::from(bounds.min));
        }
    }
    parse_int(text)
}

/// Go lowers one letter outside ASCII to an ASCII letter that a name has: the dotted capital I.
fn lower(c: char) -> char {
    if c == '\u{130}' {
        'i'
    } else {
        c.to_ascii_lowercase()
    }
}

fn range_bits(start: u64, end: u64, step: u64) -> u64 {
    let step = usize::try_from(step).unwrap_or(usize::MAX);
    (start..=end)
        .step_by(step)
        .fold(0, |bits, value| bits | 1 << value)
}

#[cfg(test)]
mod tests;
