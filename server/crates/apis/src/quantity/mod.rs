//! Kubernetes quantities: exact decimal amounts such as `100m`, `1.5`, `64Mi` or `1e3`, with
//! upstream's canonical text. Deliberately absent: arithmetic beyond what scheduling needs.

mod format;
mod parse;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::ops::{Add, Sub};

use k8s_openapi::apimachinery::pkg::api::resource::Quantity as ApiQuantity;

/// How the amount was written, which its canonical text keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `12e6`
    DecimalExponent,
    /// `12Mi`
    BinarySi,
    /// `12M`
    DecimalSi,
}

/// An amount in units of 10⁻⁹, the finest that upstream keeps (finer ones are rounded up).
#[derive(Clone, Copy, Debug)]
pub struct Quantity {
    nanos: i128,
    format: Format,
}

/// Why a text is no quantity, in upstream's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuantityError(pub(crate) &'static str);

pub(crate) const NANO: i128 = 1_000_000_000;
/// Upstream caps every amount at 2⁶³−1.
pub(crate) const MAX: i128 = (i64::MAX as i128) * NANO;

impl std::fmt::Display for QuantityError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for QuantityError {}

impl Quantity {
    pub const ZERO: Self = Self {
        nanos: 0,
        format: Format::DecimalSi,
    };

    /// A plain number of units.
    pub fn from_units(units: i64) -> Self {
        Self {
            nanos: i128::from(units) * NANO,
            format: Format::DecimalSi,
        }
    }

    /// Thousandths, as CPU is counted.
    pub fn from_milli(milli: i64) -> Self {
        Self {
            nanos: i128::from(milli) * (NANO / 1000),
            format: Format::DecimalSi,
        }
    }

    /// Reads the amount of an API object.
    pub fn of(quantity: &ApiQuantity) -> Result<Self, QuantityError> {
        quantity.0.parse()
    }

    /// Whole units, rounded up (upstream's `Value`): bytes, pods.
    pub fn units(self) -> i64 {
        self.scaled(NANO)
    }

    /// Thousandths, rounded up (upstream's `MilliValue`): milli-CPU.
    pub fn milli(self) -> i64 {
        self.scaled(NANO / 1000)
    }

    pub fn format(self) -> Format {
        self.format
    }

    pub fn is_zero(self) -> bool {
        self.nanos == 0
    }

    pub fn is_negative(self) -> bool {
        self.nanos < 0
    }

    /// Rounded up to thousandths, as a container's resources are stored.
    pub fn round_up_to_milli(self) -> Self {
        let step = NANO / 1000;
        Self {
            nanos: ceil_div(self.nanos, step) * step,
            ..self
        }
    }

    fn scaled(self, unit: i128) -> i64 {
        let amount = ceil_div(self.nanos, unit);
        i64::try_from(amount).unwrap_or(if amount < 0 { i64::MIN } else { i64::MAX })
    }
}

/// Away from zero, as upstream rounds.
fn ceil_div(amount: i128, unit: i128) -> i128 {
    let sign = amount.signum();
    let (quotient, rest) = (amount.abs() / unit, amount.abs() % unit);
    sign * (quotient + i128::from(rest != 0))
}

impl Default for Quantity {
    fn default() -> Self {
        Self::ZERO
    }
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.nanos == other.nanos
    }
}

impl Eq for Quantity {}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> Ordering {
        self.nanos.cmp(&other.nanos)
    }
}

impl Add for Quantity {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        // zero has no opinion about the format
        let format = if self.is_zero() {
            other.format
        } else {
            self.format
        };
        Self {
            nanos: self.nanos + other.nanos,
            format,
        }
    }
}

impl Sub for Quantity {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        let format = if self.is_zero() {
            other.format
        } else {
            self.format
        };
        Self {
            nanos: self.nanos - other.nanos,
            format,
        }
    }
}

/// Amounts by resource name.
pub type ResourceList = BTreeMap<String, ApiQuantity>;

/// The amount of a resource in a list; zero when absent or unreadable.
pub fn amount(list: Option<&ResourceList>, resource: &str) -> Quantity {
    list.and_then(|list| list.get(resource))
        .and_then(|quantity| Quantity::of(quantity).ok())
        .unwrap_or(Quantity::ZERO)
}

/// Rewrites an amount in its canonical text, as upstream does on every decode.
pub fn canonicalize(quantity: &mut ApiQuantity) {
    if let Ok(read) = Quantity::of(quantity) {
        quantity.0 = read.to_string();
    }
}

/// Rewrites an amount in words that do not depend on how it was written.
pub fn level(quantity: &mut ApiQuantity) {
    if let Ok(read) = Quantity::of(quantity) {
        let format = Format::DecimalSi;
        quantity.0 = Quantity { format, ..read }.to_string();
    }
}

/// Canonical texts for a whole list, rounded up to thousandths (`SetDefaults_ResourceList`).
pub fn canonicalize_list(list: Option<&mut ResourceList>) {
    for quantity in list.into_iter().flat_map(BTreeMap::values_mut) {
        if let Ok(read) = Quantity::of(quantity) {
            quantity.0 = read.round_up_to_milli().to_string();
        }
    }
}
