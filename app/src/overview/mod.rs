//! The overview as plain values: what needs attention, what runs, what comes.

mod alerts;
mod queries;
mod runs;

pub use alerts::{Alert, MOST_ALERTS, alerts, troubles};
pub use queries::{WHOLE, queries};
pub use runs::{coming, running};

use orrery_view::{Kind, ListQuery, Millis, Page, Row};

/// The windows that the overview is made from.
#[derive(Clone, Copy)]
pub struct Windows<'a>(pub &'a [(ListQuery, Page)]);

impl<'a> Windows<'a> {
    /// Rows of every window; one object may come twice.
    pub fn rows(self) -> impl Iterator<Item = &'a Row> {
        self.0.iter().flat_map(|(_, page)| &page.rows)
    }

    /// How many there are of a kind in this status, whether they are in a window or not.
    pub fn count(self, kind: Kind, status: &str) -> u32 {
        let mut statuses = self.statuses(kind);
        let found = statuses.find(|(name, _)| name == status);
        found.map_or(0, |(_, n)| *n)
    }

    /// How many there are of a kind.
    pub fn total(self, kind: Kind) -> u32 {
        self.statuses(kind).map(|(_, n)| n).sum()
    }

    fn statuses(self, kind: Kind) -> impl Iterator<Item = &'a (String, u32)> {
        let mut pages = self.0.iter().filter(move |(query, _)| query.kind == kind);
        pages
            .next()
            .into_iter()
            .flat_map(|(_, page)| &page.statuses)
    }

    /// The server's clock, as the newest window says it.
    pub fn now(self) -> Millis {
        self.0.iter().map(|(_, page)| page.now).max().unwrap_or(0)
    }
}
