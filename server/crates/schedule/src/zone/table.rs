//! The offsets of one zone as a sorted table, so that a lookup is a binary search in one array.

use std::sync::{Arc, LazyLock};

use crate::calendar::{DAY_SECS, civil, days_from_civil};

/// A span of time with one offset: `start_secs <= instant < end_secs`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Period {
    pub start_secs: i64,
    pub end_secs: i64,
    /// East of UTC.
    pub offset_secs: i64,
}

/// A change by which the hands jump over a midnight: only such a one can disturb a walk from day to day
/// (`DST-09`). A midnight that comes twice is one in both passes, and one that is jumped to exists.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MidnightGap {
    pub at_secs: i64,
    /// The month of the wall time before.
    pub month: i64,
    /// Begins or ends on the first of a month.
    pub on_first: bool,
}

/// A change by which the clocks go back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SetBack {
    pub at_secs: i64,
    pub by_secs: i64,
}

/// A zone's offsets. `offsets_secs` has one entry more than `changes_secs`.
#[derive(Debug)]
pub(crate) struct Zone {
    name: String,
    changes_secs: Vec<i64>,
    offsets_secs: Vec<i64>,
    midnight_gaps: Vec<MidnightGap>,
    /// Those that leave out the first midnight of a month.
    month_gaps_secs: Vec<i64>,
}

static UTC: LazyLock<Arc<Zone>> =
    LazyLock::new(|| Arc::new(Zone::new("UTC".into(), Vec::new(), vec![0])));

impl Zone {
    pub(crate) fn new(name: String, changes_secs: Vec<i64>, offsets_secs: Vec<i64>) -> Self {
        debug_assert_eq!(changes_secs.len() + 1, offsets_secs.len());
        let mut zone = Self {
            name,
            changes_secs,
            offsets_secs,
            midnight_gaps: Vec::new(),
            month_gaps_secs: Vec::new(),
        };
        zone.find_gaps();
        zone
    }

    fn find_gaps(&mut self) {
        for (nth, &at_secs) in self.changes_secs.iter().enumerate() {
            let from_secs = at_secs + self.offsets_secs[nth];
            let to_secs = at_secs + self.offsets_secs[nth + 1];
            if (to_secs - 1).div_euclid(DAY_SECS) * DAY_SECS < from_secs {
                continue;
            }
            let (from, to, last) = (civil(from_secs), civil(to_secs), civil(to_secs - 1));
            self.midnight_gaps.push(MidnightGap {
                at_secs,
                month: from.month,
                on_first: from.day == 1 || to.day == 1,
            });
            if days_from_civil(last.year, last.month, 1) * DAY_SECS >= from_secs {
                self.month_gaps_secs.push(at_secs);
            }
        }
    }

    pub(crate) fn utc() -> Arc<Self> {
        Arc::clone(&UTC)
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn period(&self, at_secs: i64) -> Period {
        let index = self.index(at_secs);
        Period {
            start_secs: index
                .checked_sub(1)
                .map_or(i64::MIN, |before| self.changes_secs[before]),
            end_secs: self.changes_secs.get(index).copied().unwrap_or(i64::MAX),
            offset_secs: self.offsets_secs[index],
        }
    }

    pub(crate) fn offset_secs(&self, at_secs: i64) -> i64 {
        self.offsets_secs[self.index(at_secs)]
    }

    /// Those with `from <= instant <= to`.
    pub(crate) fn midnight_gaps(&self, from: i64, to: i64) -> &[MidnightGap] {
        let all = &self.midnight_gaps;
        let first = all.partition_point(|gap| gap.at_secs < from);
        let end = all.partition_point(|gap| gap.at_secs <= to);
        &all[first..end]
    }

    /// The instants of the changes with `from <= instant <= to` that leave out the first midnight of a month: only
    /// such a one can lead a walk from month to month astray.
    pub(crate) fn month_gaps(&self, from: i64, to: i64) -> &[i64] {
        let all = &self.month_gaps_secs;
        let first = all.partition_point(|&at| at < from);
        let end = all.partition_point(|&at| at <= to);
        &all[first..end]
    }

    /// The instant of the first change after `at_secs`.
    pub(crate) fn next_change(&self, at_secs: i64) -> Option<i64> {
        self.changes_secs.get(self.index(at_secs)).copied()
    }

    pub(crate) fn clock_set_back_after(&self, at_secs: i64) -> impl Iterator<Item = SetBack> + '_ {
        (self.index(at_secs)..self.changes_secs.len()).filter_map(|index| {
            let by_secs = self.offsets_secs[index] - self.offsets_secs[index + 1];
            (by_secs > 0).then(|| SetBack {
                at_secs: self.changes_secs[index],
                by_secs,
            })
        })
    }

    fn index(&self, at_secs: i64) -> usize {
        self.changes_secs
            .partition_point(|&change| change <= at_secs)
    }
}
