//! A value together with what it was a moment ago: a controller may still act on that.

use jiff::{SignedDuration, Timestamp};

/// Greater values permit more.
#[derive(Clone, Debug, Default)]
pub struct Recent {
    current: i64,
    /// Earlier values, with the time at which each ceased to hold.
    older: Vec<(Timestamp, i64)>,
}

impl Recent {
    pub fn set(&mut self, value: i64, now: Timestamp) {
        if value != self.current {
            self.older.push((now, self.current));
            self.current = value;
        }
    }

    /// The most permissive value that held within `window` before `now`.
    pub fn most(&mut self, now: Timestamp, window: SignedDuration) -> i64 {
        self.older
            .retain(|(until, _)| now.duration_since(*until) <= window);
        let older = self.older.iter().map(|(_, value)| *value);
        older.chain([self.current]).max().unwrap_or(self.current)
    }
}
