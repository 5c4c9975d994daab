//! Lists of indexes, as `1,3-5`, of a policy and of a status (JOB-70).

use crate::go_quote::quoted;

/// Strictly increasing intervals below `completions`, as inclusive pairs.
pub(crate) fn parse_indexes(text: &str, completions: i32) -> Result<Vec<(i32, i32)>, String> {
    let mut intervals: Vec<(i32, i32)> = Vec::new();
    for part in parts(text) {
        let (first, last) = parse_interval(part, completions)?;
        if let Some((_, before)) = intervals.last().filter(|(_, before)| *before >= first) {
            return Err(format!(
                "non-increasing order, previous: {before}, current: {first}"
            ));
        }
        intervals.push((first, last));
    }
    Ok(intervals)
}

/// The first index that both lists name. What cannot be read is passed over, for it is told elsewhere;
/// lists are gone through once, as upstream does, so that disorder may hide one.
pub(crate) fn overlap_of_indexes(completed: &str, failed: &str, completions: i32) -> Option<i32> {
    let mut ones = readable(completed, completions).peekable();
    let mut others = readable(failed, completions).peekable();
    while let (Some(one), Some(other)) = (ones.peek().copied(), others.peek().copied()) {
        if one.0 <= other.1 && other.0 <= one.1 {
            return Some(one.0.max(other.0));
        }
        match one.0 <= other.0 {
            true => ones.next(),
            false => others.next(),
        };
    }
    None
}

fn readable(text: &str, completions: i32) -> impl Iterator<Item = (i32, i32)> {
    parts(text).filter_map(move |part| parse_interval(part, completions).ok())
}

/// An empty list has no part.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').filter(move |_| !text.is_empty())
}

fn parse_interval(part: &str, completions: i32) -> Result<(i32, i32), String> {
    let limits: Vec<_> = part.split('-').collect();
    if limits.len() > 2 {
        return Err(format!(
            "the fragment {} violates the requirement that an index interval can have at most two parts separated by '-'",
            quoted(part)
        ));
    }
    let first = parse_index(limits[0], completions)?;
    let Some(last) = limits.get(1) else {
        return Ok((first, first));
    };
    let last = parse_index(last, completions)?;
    match first < last {
        true => Ok((first, last)),
        false => Err(format!(
            "non-increasing order, previous: {first}, current: {last}"
        )),
    }
}

/// As Go's `Atoi` has it, so that a number may be too large before it is no number.
fn parse_index(text: &str, completions: i32) -> Result<i32, String> {
    let index: i64 = text.parse().map_err(|_| {
        format!(
            "cannot convert string to integer for index: {}",
            quoted(text)
        )
    })?;
    match i32::try_from(index) {
        Ok(index) if index < completions => Ok(index),
        _ => Err(format!("too large index: {}", quoted(text))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// JOB-70: upstream's own table.
    #[test]
    fn jobv_11_jobv_13_lists_of_indexes() {
        let no_number = |text: &str| format!("cannot convert string to integer for index: {text}");
        let disorder = |before: i32, index: i32| {
            format!("non-increasing order, previous: {before}, current: {index}")
        };
        let three = "the fragment \"1--3\" violates the requirement that an index interval can have at most two parts separated by '-'";
        let rows: [(&str, &str, i32, Result<i32, String>); 19] = [
            ("nothing", "", 6, Ok(0)),
            ("one", "1", 6, Ok(1)),
            ("an interval", "1-3", 6, Ok(3)),
            ("both", "0,1-3,5,7-10", 12, Ok(9)),
            ("a sign and noughts", "+1,002-0003", 6, Ok(3)),
            ("a blank", "0,1-3, 5", 6, Err(no_number("\" 5\""))),
            ("a word in another script", "é", 6, Err(no_number("\"é\""))),
            ("a bell", "\u{7}", 6, Err(no_number("\"\\a\""))),
            ("no end", "0,1-", 6, Err(no_number("\"\""))),
            ("no beginning", "-1,0", 6, Err(no_number("\"\""))),
            ("no index", "0,,1,3", 6, Err(no_number("\"\""))),
            ("two hyphens", "0,1--3", 6, Err(three.to_owned())),
            (
                "as many as there are",
                "0,1-3,5",
                5,
                Err("too large index: \"5\"".to_owned()),
            ),
            (
                "more than a number of 32 bits",
                "0-4294967296",
                6,
                Err("too large index: \"4294967296\"".to_owned()),
            ),
            (
                "more than one of 64",
                "9223372036854775808",
                6,
                Err(no_number("\"9223372036854775808\"")),
            ),
            ("back to the first", "1-3,0,5", 6, Err(disorder(3, 0))),
            ("twice", "0,0,5", 6, Err(disorder(0, 0))),
            ("an interval of one", "0,1-1,5", 6, Err(disorder(1, 1))),
            ("an interval that goes back", "3-1", 6, Err(disorder(3, 1))),
        ];
        for (why, text, completions, want) in rows {
            let parsed = parse_indexes(text, completions);
            let total = parsed.map(|all| {
                all.iter()
                    .map(|(first, last)| last - first + 1)
                    .sum::<i32>()
            });
            assert_eq!(total, want, "{why}");
        }
    }

    #[test]
    fn jobv_13_indexes_that_two_lists_name() {
        const COMPLETED: &str = "0,2-4,6-8,12-19";
        let rows = [
            ("nothing", "", "", None),
            ("none completed", "", "1-3", None),
            ("none failed", "1-2", "", None),
            ("apart", COMPLETED, "1,9-10", None),
            ("one in an interval", COMPLETED, "1,8,9-10", Some(8)),
            ("an interval in one", "0-1,9", "1-8", Some(1)),
            (
                "what cannot be read among the completed",
                "0,2-4,x,6-8,12-19",
                "1,8,9-10",
                Some(8),
            ),
            (
                "what cannot be read among the failed",
                COMPLETED,
                "1,y,8,9-10",
                Some(8),
            ),
            (
                "what cannot be read at first",
                "x,0,2-4,6-8,12-19",
                "y,1,8,9-10",
                Some(8),
            ),
            (
                "what cannot be read at last",
                "0,2-4,6-8,12-19,x",
                "1,9-10,y",
                None,
            ),
            ("disorder that hides one", "5,1", "1,5", Some(5)),
            ("disorder that hides all", "5,1", "1,2", None),
        ];
        for (why, completed, failed, want) in rows {
            assert_eq!(overlap_of_indexes(completed, failed, 20), want, "{why}");
        }
    }
}
