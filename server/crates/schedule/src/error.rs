//! Why an expression or a zone is refused, in upstream's words (`CRON-07`, `CJ-31`, `CJ-34`).

use std::fmt;

/// An expression that Kubernetes refuses; displays upstream's error text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError(pub(crate) String);

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ParseError {}

/// A zone name that cannot be loaded; displays upstream's error text, e.g. `unknown time zone X`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownTimeZone(pub(crate) String);

impl fmt::Display for UnknownTimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for UnknownTimeZone {}

/// Why the CronJob controller cannot schedule: the two have different Events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScheduleError {
    /// `spec.timeZone` cannot be loaded (`CJ-31`, Event `UnknownTimeZone`).
    TimeZone(UnknownTimeZone),
    /// `spec.schedule` cannot be parsed (`CJ-34`, Event `UnparseableSchedule`).
    Unparseable(ParseError),
}

impl fmt::Display for ScheduleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimeZone(error) => error.fmt(f),
            Self::Unparseable(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ScheduleError {}
