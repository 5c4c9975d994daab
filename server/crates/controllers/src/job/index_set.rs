//! Completion indexes as ascending intervals (JOB-70).

use std::fmt;

/// A set of completion indexes. Intervals are ascending, disjoint and never adjacent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IndexSet(Vec<(i32, i32)>);

impl IndexSet {
    /// Reads `"1,3-5,7"`. Entries at or beyond `completions` are dropped, unreadable ones skipped.
    pub fn parse(text: &str, completions: i32) -> Self {
        let mut set = Self::default();
        for entry in text.split(',').filter(|entry| !entry.is_empty()) {
            let (first, last) = entry.split_once('-').unwrap_or((entry, entry));
            let (Ok(first), Ok(last)) = (first.parse::<i32>(), last.parse::<i32>()) else {
                continue;
            };
            if first < completions {
                set.push(first, last.min(completions - 1));
            }
        }
        set
    }

    /// Adds ascending indexes.
    pub fn with_ascending(&self, indexes: impl IntoIterator<Item = i32>) -> Self {
        let mut merged = Self::default();
        let mut mine = self.0.iter().copied().peekable();
        for index in indexes {
            while let Some(interval) = mine.next_if(|(first, _)| *first <= index) {
                merged.push(interval.0, interval.1);
            }
            merged.push(index, index);
        }
        for (first, last) in mine {
            merged.push(first, last);
        }
        merged
    }

    /// The indexes that are in either set.
    pub fn union(&self, other: &Self) -> Self {
        let mut intervals = [self.0.as_slice(), other.0.as_slice()].concat();
        intervals.sort_unstable();
        let mut merged = Self::default();
        for (first, last) in intervals {
            merged.push(first, last);
        }
        merged
    }

    /// Appends an interval that begins at or after the last one's begin.
    fn push(&mut self, first: i32, last: i32) {
        if last < first {
            return;
        }
        match self.0.last_mut() {
            Some((_, end)) if first <= *end + 1 => *end = last.max(*end),
            _ => self.0.push((first, last)),
        }
    }

    pub fn contains(&self, index: i32) -> bool {
        let after = self.0.partition_point(|(first, _)| *first <= index);
        after > 0 && index <= self.0[after - 1].1
    }

    /// How many indexes are in the set.
    pub fn total(&self) -> i32 {
        let lengths = self.0.iter().map(|(first, last)| last - first + 1);
        lengths.fold(0, i32::saturating_add)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many indexes both sets have.
    pub fn in_common(&self, other: &Self) -> i32 {
        let (mut mine, mut theirs) = (self.0.iter().peekable(), other.0.iter().peekable());
        let mut common = 0;
        while let (Some(a), Some(b)) = (mine.peek(), theirs.peek()) {
            common += (a.1.min(b.1) - a.0.max(b.0) + 1).max(0);
            match a.1 < b.1 {
                true => mine.next(),
                false => theirs.next(),
            };
        }
        common
    }

    /// The first `count` indexes below `completions` that are not in the set, ascending.
    pub fn first_missing(&self, count: usize, completions: i32) -> Vec<i32> {
        let mut missing = Vec::new();
        let mut candidate = 0;
        let end = (completions, completions);
        for (first, last) in self.0.iter().copied().chain([end]) {
            let gap = candidate..first.min(completions);
            missing.extend(gap.take(count - missing.len()));
            candidate = candidate.max(last.saturating_add(1));
        }
        missing
    }
}

impl fmt::Display for IndexSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, (first, last)) in self.0.iter().enumerate() {
            if position > 0 {
                f.write_str(",")?;
            }
            match last - first {
                0 => write!(f, "{first}")?,
                1 => write!(f, "{first},{last}")?,
                _ => write!(f, "{first}-{last}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn job_70_indexes_read_and_written() {
        let rows = [
            ("empty", "", 10, "", 0),
            ("single and pair", "0,2,3", 10, "0,2,3", 3),
            ("runs of three or more", "1,3-5,7,8", 10, "1,3-5,7,8", 6),
            ("adjacent entries join", "1,2,3", 10, "1-3", 3),
            ("beyond completions is dropped", "1,3-5,7,8", 5, "1,3,4", 3),
            ("unreadable entries are skipped", "a,2,3-x,4", 10, "2,4", 2),
            ("so are negative ones", "-5,2", 10, "2", 1),
            (
                "a run beyond completions is cut",
                "0-5,8-10",
                10,
                "0-5,8,9",
                8,
            ),
        ];
        for (why, text, completions, written, total) in rows {
            let set = IndexSet::parse(text, completions);
            assert_eq!(set.to_string(), written, "{why}");
            assert_eq!(set.total(), total, "{why}");
        }
    }

    #[test]
    fn job_35_first_missing_indexes() {
        let rows = [
            ("none taken", "", 3, 10, vec![0, 1, 2]),
            ("gaps first", "0,2-4", 3, 10, vec![1, 5, 6]),
            ("bounded by completions", "0-7", 9, 10, vec![8, 9]),
            ("all taken", "0-9", 2, 10, vec![]),
            ("none wanted", "", 0, 10, vec![]),
            ("more than there are", "", 5, 3, vec![0, 1, 2]),
            ("the last are taken", "4,5", 6, 6, vec![0, 1, 2, 3]),
            (
                "before, between and after",
                "2-5,8,9",
                5,
                20,
                vec![0, 1, 6, 7, 10],
            ),
        ];
        for (why, taken, count, completions, want) in rows {
            let set = IndexSet::parse(taken, completions);
            assert_eq!(set.first_missing(count, completions), want, "{why}");
        }
    }

    #[test]
    fn job_61_new_indexes_among_those_before() {
        let rows = [
            ("none is new", "0-5,8-10", 8, vec![], "0-5"),
            (
                "apart",
                "0,4,5,10-12",
                13,
                vec![2, 7, 8],
                "0,2,4,5,7,8,10-12",
            ),
            ("around those before", "3,4,6", 9, vec![2, 7, 8], "2-4,6-8"),
            ("between those before", "2,7,8", 9, vec![3, 4, 6], "2-4,6-8"),
            (
                "within those before",
                "2-7",
                10,
                vec![0, 3, 5, 9],
                "0,2-7,9",
            ),
            ("some cannot be read", "0,1-foo,bar", 4, vec![3], "0,3"),
            ("one of them twice", "", 11, vec![5, 5, 10], "5,10"),
        ];
        for (why, before, completions, new, want) in rows {
            let set = IndexSet::parse(before, completions).with_ascending(new);
            assert_eq!(set.to_string(), want, "{why}");
        }
    }

    #[test]
    fn which_indexes_a_set_has() {
        let rows = [
            ("none", "", 4, false),
            ("before all", "2-4,6-8", 1, false),
            ("after all", "2-4,6-8", 9, false),
            ("in between", "2-4,6-8", 5, false),
            ("the first", "2-4,6-8", 2, true),
            ("the last", "2-4,6-8", 8, true),
        ];
        for (why, set, index, has) in rows {
            assert_eq!(IndexSet::parse(set, 20).contains(index), has, "{why}");
        }
    }

    #[test]
    fn joining_and_intersecting() {
        let set = IndexSet::parse("0,4-6,9", 20);
        assert_eq!(set.in_common(&IndexSet::parse("0-4,9,10", 20)), 3);
        assert_eq!(set.in_common(&IndexSet::parse("0-19", 20)), 5);
        assert_eq!(
            set.union(&IndexSet::parse("1,2,6-8", 20)).to_string(),
            "0-2,4-9"
        );
    }
}
