//! The overview as plain values: what needs attention, what runs, what comes.

mod alerts;
mod queries;
mod runs;

pub use alerts::{Alert, MOST_ALERTS, alerts, troubles};
pub use queries::{WHOLE, queries};
pub use runs::{coming, running};

use orrery_view::{CronJobRow, ListQuery, Millis, Page, Row};

/// The windows that the overview is made from.
#[derive(Clone, Copy)]
pub struct Windows<'a>(pub &'a [(ListQuery, Page)]);

impl<'a> Windows<'a> {
    /// Rows of every window; one object may come twice.
    pub fn rows(self) -> impl Iterator<Item = &'a Row> {
        self.0.iter().flat_map(|(_, page)| &page.rows)
    }

    pub fn cronjobs(self) -> impl Iterator<Item = &'a CronJobRow> {
        self.rows().filter_map(|row| match row {
            Row::CronJob(row) => Some(row),
            _ => None,
        })
    }

    /// The server's clock, as the newest window says it.
    pub fn now(self) -> Millis {
        self.0.iter().map(|(_, page)| page.now).max().unwrap_or(0)
    }
}
