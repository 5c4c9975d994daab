//! Who did what, when and by which button: on the object itself, so that kubectl shows it too.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::Dashboard;

/// Annotations of what the page did last to an object.
const BY: &str = "orrery.dev/changed-by";
const AT: &str = "orrery.dev/changed-at";
pub const WHY: &str = "orrery.dev/change-reason";

/// Whose hands the page is: the one person who can sign in.
pub const DASHBOARD: &str = "orrery-admin (dashboard)";

impl Dashboard {
    /// The annotations to add to what is changed: what was done, and why if a reason was given.
    pub fn mark(&self, did: &str) -> Map<String, Value> {
        mark(self.clock.now(), &self.why(did))
    }

    /// What was done, and why.
    pub fn why(&self, did: &str) -> String {
        match self.reason.as_str() {
            "" => did.to_owned(),
            reason => format!("{did}: {reason}"),
        }
    }
}

/// The annotations to add.
pub fn mark(now: Timestamp, why: &str) -> Map<String, Value> {
    // whole seconds, as the API writes its times
    let at = now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    [(BY, DASHBOARD), (AT, at.as_str()), (WHY, why)]
        .map(|(name, value)| (name.to_owned(), Value::from(value)))
        .into_iter()
        .collect()
}
