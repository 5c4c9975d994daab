//! Which slot is due, as the CronJob controller decides it (`CJ-35`–`CJ-38`), as pure functions.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};

use crate::schedule::Schedule;

/// More than this many missed slots earn the Event `TooManyMissedTimes` (`CJ-36`).
const TOO_MANY: i64 = 100;

/// What the time between two looks of the controller left due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missed {
    /// The slot to run now, never a backlog.
    pub due: Option<DateTime<Utc>>,
    /// Upstream's estimate of the slots that passed: 0 when at most one did, otherwise from the
    /// distance of the first two.
    pub count: i64,
}

impl Missed {
    const NONE: Self = Self {
        due: None,
        count: 0,
    };

    /// The Event `TooManyMissedTimes` is due; the slot is run all the same (`CJ-36`).
    pub fn too_many(&self) -> bool {
        self.due.is_some() && self.count > TOO_MANY
    }
}

/// The schedule does not come twice: Event `InvalidSchedule` (`CJ-35`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NeverTwice;

impl fmt::Display for NeverTwice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("time difference between two schedules is less than 1 second")
    }
}

impl std::error::Error for NeverTwice {}

/// From when on slots count (`CJ-35`, `CJ-39`): creation or the last scheduled time, but nothing
/// older than the deadline.
pub fn earliest(
    created: DateTime<Utc>,
    last_scheduled: Option<DateTime<Utc>>,
    starting_deadline_secs: Option<i64>,
    now: DateTime<Utc>,
) -> DateTime<Utc> {
    let since = last_scheduled.unwrap_or(created);
    starting_deadline_secs
        .and_then(TimeDelta::try_seconds)
        .and_then(|deadline| now.checked_sub_signed(deadline))
        .map_or(since, |oldest| oldest.max(since))
}

impl Schedule {
    /// The due slot between `earliest` and `now` and the estimate of how many passed.
    pub fn missed(
        &self,
        earliest: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Missed, NeverTwice> {
        let first = self.next(earliest).ok_or(NeverTwice)?;
        if now < first {
            return Ok(Missed::NONE);
        }
        let second = self.next(first).ok_or(NeverTwice)?;
        if now < second {
            return Ok(Missed {
                due: Some(first),
                count: 0,
            });
        }
        let distance_secs = (second - first).num_seconds();
        let count = (now - first).num_seconds() / distance_secs + 1;
        // two distances back, so that the last slot is found even if slots are not evenly spread;
        // where they are very uneven nothing may be found (CJ-37)
        let start = first
            .checked_add_signed(TimeDelta::seconds((count - 2) * distance_secs))
            .ok_or(NeverTwice)?;
        let due = self.upcoming(start).take_while(|slot| *slot <= now).last();
        Ok(Missed { due, count })
    }
}

/// After which instant the next wake-up is looked for (`CJ-38`). `found` is [`Schedule::missed`]
/// from the `earliest` that ignores the starting deadline.
pub fn requeue_reference(
    found: Result<Missed, NeverTwice>,
    earliest: DateTime<Utc>,
    now: DateTime<Utc>,
) -> DateTime<Utc> {
    match found {
        Ok(Missed {
            due: Some(slot), ..
        }) => slot,
        Ok(Missed { count: 0, .. }) => earliest,
        Ok(_) | Err(NeverTwice) => now,
    }
}

#[cfg(test)]
mod tests;
