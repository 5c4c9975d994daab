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

/// A change of the clocks: the hands jump from one wall time to another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Change {
    pub at_secs: i64,
    pub from_wall_secs: i64,
    pub to_wall_secs: i64,
}

impl Change {
    /// Whether the hands jump over a midnight: only such a change can disturb a walk from day to day (`DST-09`). One
    /// that comes twice is a midnight in both passes, and one that is jumped to exists.
    pub(crate) fn leaves_out_midnight(&self) -> bool {
        let last_midnight = (self.to_wall_secs - 1).div_euclid(DAY_SECS) * DAY_SECS;
        last_midnight >= self.from_wall_secs
    }

    /// The same of the midnight with which a month begins.
    fn leaves_out_month_begin(&self) -> bool {
        let last = civil(self.to_wall_secs - 1);
        days_from_civil(last.year, last.month, 1) * DAY_SECS >= self.from_wall_secs
    }
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
    /// The changes that leave out the first midnight of a month.
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
            month_gaps_secs: Vec::new(),
        };
        let gaps = zone
            .changes(i64::MIN, i64::MAX)
            .filter(Change::leaves_out_month_begin);
        zone.month_gaps_secs = gaps.map(|change| change.at_secs).collect();
        zone
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

    /// The changes with `from <= instant <= to`.
    pub(crate) fn changes(&self, from: i64, to: i64) -> impl Iterator<Item = Change> + '_ {
        let first = self.changes_secs.partition_point(|&at| at < from);
        self.changes_secs[first..]
            .iter()
            .take_while(move |&&at| at <= to)
            .enumerate()
            .map(move |(nth, &at_secs)| Change {
                at_secs,
                from_wall_secs: at_secs + self.offsets_secs[first + nth],
                to_wall_secs: at_secs + self.offsets_secs[first + nth + 1],
            })
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
