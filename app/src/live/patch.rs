//! What the live stream says to a page: what to draw anew, painted by the server.

use orrery_view::Millis;
use serde::Serialize;

/// One message. Each is an idempotent upsert: applying it twice, or the whole at any time, is right.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Patch {
    Page {
        /// The server's clock, by which a browser corrects its own.
        now: Millis,
        /// The page around its pieces, when it changed.
        whole: Option<String>,
        /// Pieces that are new or changed, each with its key: what holds others comes before them. What they hold that
        /// says `data-slot` stays as it is.
        pieces: Vec<String>,
    },
    /// Lines of the log as they came; the first ones of a stream replace what was there.
    Log { first: bool, lines: Vec<String> },
    /// The log ended: that the container ended, or the reason why it cannot be read.
    LogEnd(String),
    /// The page is about something else now: the log of a CronJob that has run.
    Again,
}
