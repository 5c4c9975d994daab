//! Which lines of a log are looked at, as the address says it.

use orrery_view::{Level, MOST_LOG_LINES, Millis};

#[cfg(feature = "ssr")]
use crate::address;

/// Lines from the end to choose from; the first is the usual.
pub const TAILS: [u32; 3] = [1_000, 10_000, MOST_LOG_LINES];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filter {
    pub tail: u32,
    pub level: Option<Level>,
    pub since: Option<Millis>,
    pub until: Option<Millis>,
    /// JSON is laid out over several lines.
    pub json: bool,
}

impl Default for Filter {
    fn default() -> Self {
        Self {
            tail: TAILS[0],
            level: None,
            since: None,
            until: None,
            json: false,
        }
    }
}

/// As in an address.
pub fn code(level: Level) -> &'static str {
    match level {
        Level::Debug => "debug",
        Level::Info => "info",
        Level::Warn => "warn",
        Level::Error => "error",
    }
}

#[cfg(feature = "ssr")]
impl Filter {
    /// Of an address's decoded pairs; what cannot be read is left.
    pub fn of(pairs: &[(String, String)]) -> Self {
        let value = |name: &str| {
            let found = pairs.iter().rev().find(|(known, _)| known == name);
            found.map_or("", |(_, value)| value.as_str())
        };
        let levels = [Level::Debug, Level::Info, Level::Warn, Level::Error];
        let tail = value("tail").parse().ok();
        Self {
            tail: tail.filter(|tail| TAILS.contains(tail)).unwrap_or(TAILS[0]),
            level: levels
                .into_iter()
                .find(|level| code(*level) == value("level")),
            since: time(value("since")),
            until: time(value("until")),
            json: value("json") == "1",
        }
    }

    /// What of it is in an address, by name.
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = Vec::new();
        if self.tail != TAILS[0] {
            pairs.push(("tail", self.tail.to_string()));
        }
        pairs.extend(self.level.map(|level| ("level", code(level).to_owned())));
        pairs.extend(self.since.map(|at| ("since", text(at))));
        pairs.extend(self.until.map(|at| ("until", text(at))));
        if self.json {
            pairs.push(("json", "1".to_owned()));
        }
        pairs
    }

    /// The same at the end of an address that has a query: `&level=warn`.
    pub fn query(&self) -> String {
        let pairs = self.pairs().into_iter();
        let pairs = pairs.map(|(name, value)| format!("&{name}={}", address::escape(&value)));
        pairs.collect()
    }
}

/// As a browser's field for a date and a time has it, in UTC.
#[cfg(feature = "ssr")]
pub fn text(at: Millis) -> String {
    let at = chrono::DateTime::from_timestamp_millis(at).unwrap_or_default();
    at.format("%Y-%m-%dT%H:%M:%S").to_string()
}

/// Fields leave out seconds that are none.
#[cfg(feature = "ssr")]
fn time(text: &str) -> Option<Millis> {
    let parse = |form| chrono::NaiveDateTime::parse_from_str(text, form).ok();
    let at = parse("%Y-%m-%dT%H:%M:%S").or_else(|| parse("%Y-%m-%dT%H:%M"));
    Some(at?.and_utc().timestamp_millis())
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_its_address() {
        for (pairs, query) in [
            (vec![], ""),
            (
                vec![("tail", "10000"), ("level", "warn")],
                "&tail=10000&level=warn",
            ),
            (
                vec![
                    ("since", "2026-11-23T12:00"),
                    ("until", "2026-11-23T12:00:30"),
                    ("json", "1"),
                ],
                "&since=2026-11-23T12%3A00%3A00&until=2026-11-23T12%3A00%3A30&json=1",
            ),
            (
                vec![
                    ("tail", "7"),
                    ("level", "loud"),
                    ("since", "noon"),
                    ("until", ""),
                    ("json", "yes"),
                ],
                "",
            ),
        ] {
            let pairs = pairs.into_iter().map(|(k, v)| (k.to_owned(), v.to_owned()));
            let filter = Filter::of(&pairs.collect::<Vec<_>>());
            assert_eq!(filter.query(), query);
        }
    }
}
