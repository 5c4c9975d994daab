//! Which part of a long list the page is to hold, by where its reader is and goes.

use orrery_view::Millis;

use super::hold::REST_MILLIS;

/// Rows in reserve where the reader goes, or above and below of one who rests: when fewer are left, the window moves.
pub const RESERVE: i64 = 15;
/// Rows left on the side that the reader comes from when the window has come: enough to turn round without another.
const BEHIND: i64 = RESERVE;
/// The same for a reader who rests, and may go either way.
const BEHIND_AT_REST: i64 = 2 * RESERVE;

/// The part of a list that the page holds, in rows.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    pub from: i64,
    pub rows: i64,
    pub total: i64,
}

/// What is seen of it, in rows from the list's first.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    pub first: i64,
    pub last: i64,
    /// How much further down the reader will be when an answer has come; less than none: up.
    pub soon: i64,
}

impl Part {
    /// From which row on it should begin, if it should move.
    pub fn wanted(self, seen: Seen) -> Option<i64> {
        let Seen { first, last, soon } = seen;
        let end = self.from + self.rows;
        let lacks = |above: i64, below: i64| {
            let above = above.max(0) < self.from;
            (above, below.min(self.total) > end)
        };
        let wanted = match soon.signum() {
            0 => match lacks(first - RESERVE, last + RESERVE) {
                (false, false) => return None,
                (true, true) => (first + last - self.rows) / 2,
                // most of it lies where the reader is going
                (true, false) => last + BEHIND_AT_REST - self.rows,
                (false, true) => first - BEHIND_AT_REST,
            },
            1 => {
                let below = last + soon + RESERVE;
                if lacks(first, below) == (false, false) {
                    return None;
                }
                let wanted = first + soon - BEHIND;
                // what is seen now is kept, where there is room for both
                if below - first <= self.rows {
                    wanted.min(first)
                } else {
                    wanted
                }
            }
            _ => {
                let above = first + soon - RESERVE;
                if lacks(above, last) == (false, false) {
                    return None;
                }
                let end = last + soon + BEHIND;
                let end = if last - above <= self.rows {
                    end.max(last)
                } else {
                    end
                };
                end - self.rows
            }
        };
        let wanted = wanted.clamp(0, (self.total - self.rows).max(0));
        (wanted != self.from).then_some(wanted)
    }
}

/// Two looks at the page within so long are one: a browser tells once a frame, and what comes sooner came late before.
const FRAME_MILLIS: Millis = 8;

/// Where a reader goes and how fast, by where the page was seen.
#[derive(Clone, Copy, Debug, Default)]
pub struct Course {
    /// When the page was seen last, and how many pixels from its top.
    seen: Option<(Millis, i64)>,
    /// Pixels a second of the last two moves, the later first.
    moves: [i64; 2],
}

impl Course {
    pub fn seen(&mut self, now: Millis, pixels: i64) {
        let Some((then, was)) = self.seen else {
            self.seen = Some((now, pixels));
            return;
        };
        let took = now - then;
        if (0..FRAME_MILLIS).contains(&took) {
            return;
        }
        self.moves = match (1..REST_MILLIS).contains(&took) {
            true => [(pixels - was) * 1000 / took, self.moves[0]],
            // from rest on
            false => [0, 0],
        };
        self.seen = Some((now, pixels));
    }

    /// Pixels a second; the slower of the last two moves, and none of two that went different ways: a jump is no
    /// course.
    pub fn speed(&self, now: Millis) -> i64 {
        let goes = |(then, _): (Millis, i64)| (0..REST_MILLIS).contains(&(now - then));
        let [last, before] = self.moves;
        match self.seen.is_some_and(goes) && last.signum() == before.signum() {
            true => last.signum() * last.abs().min(before.abs()),
            false => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_moves_where_its_reader_goes_and_before_rows_are_missed() {
        struct Case {
            why: &'static str,
            from: i64,
            /// First and last row that are seen, and how much further the reader will be.
            seen: (i64, i64, i64),
            want: Option<i64>,
        }
        #[rustfmt::skip]
        let cases = [
            Case { why: "enough on both sides", from: 0, seen: (40, 55, 0), want: None },
            Case { why: "nothing is above the first row", from: 0, seen: (0, 15, 0), want: None },
            Case { why: "at rest near the end", from: 0, seen: (75, 90, 0), want: Some(45) },
            Case { why: "at rest near the beginning", from: 500, seen: (505, 520, 0), want: Some(450) },
            Case { why: "jumped elsewhere", from: 0, seen: (7_500, 7_515, 0), want: Some(7_470) },
            Case { why: "jumped back", from: 7_470, seen: (2_000, 2_015, 0), want: Some(1_945) },
            Case { why: "downwards with enough ahead", from: 0, seen: (40, 55, 21), want: None },
            Case { why: "downwards, asked before it is missed: what is seen stays", from: 0, seen: (50, 65, 21), want: Some(50) },
            Case { why: "slowly downwards", from: 0, seen: (70, 85, 3), want: Some(58) },
            Case { why: "downwards, little is left behind and need not be", from: 45, seen: (50, 65, 10), want: None },
            Case { why: "downwards faster than a window holds: where the reader will be", from: 900, seen: (1_000, 1_015, 333), want: Some(1_318) },
            Case { why: "upwards with enough ahead", from: 500, seen: (545, 560, -21), want: None },
            Case { why: "upwards, asked before it is missed: what is seen stays", from: 500, seen: (530, 545, -21), want: Some(445) },
            Case { why: "upwards faster than a window holds", from: 1_000, seen: (950, 965, -333), want: Some(547) },
            Case { why: "no further than the last row", from: 9_800, seen: (9_920, 9_935, 10), want: Some(9_900) },
            Case { why: "the end is there", from: 9_900, seen: (9_980, 9_995, 40), want: None },
            Case { why: "no further than the first", from: 50, seen: (20, 35, -10), want: Some(0) },
        ];
        for case in cases {
            let (first, last, soon) = case.seen;
            let part = Part {
                from: case.from,
                rows: 100,
                total: 10_000,
            };
            let got = part.wanted(Seen { first, last, soon });
            assert_eq!(got, case.want, "{}", case.why);
        }
    }

    #[test]
    fn a_course_is_what_two_moves_agree_on() {
        struct Case {
            why: &'static str,
            seen: &'static [(Millis, i64)],
            at: Millis,
            want: i64,
        }
        #[rustfmt::skip]
        let cases = [
            Case { why: "nothing was seen", seen: &[], at: 0, want: 0 },
            Case { why: "one place is no course", seen: &[(0, 0)], at: 10, want: 0 },
            Case { why: "a jump is none", seen: &[(0, 0), (16, 400_000)], at: 16, want: 0 },
            Case { why: "a wheel that turns", seen: &[(0, 0), (20, 80), (40, 160)], at: 40, want: 4_000 },
            Case { why: "upwards", seen: &[(0, 900), (20, 820), (40, 740)], at: 40, want: -4_000 },
            Case { why: "the slower move counts", seen: &[(0, 0), (20, 20), (40, 220)], at: 40, want: 1_000 },
            Case { why: "one who turns goes nowhere yet", seen: &[(0, 0), (20, 80), (40, 0)], at: 40, want: 0 },
            Case { why: "two looks in a millisecond are one", seen: &[(0, 0), (20, 80), (20, 80), (40, 160)], at: 40, want: 4_000 },
            Case { why: "two frames told at once after a late one are one move", seen: &[(0, 0), (20, 80), (70, 160), (71, 280), (90, 360)], at: 90, want: 1_600 },
            Case { why: "one who rests goes nowhere", seen: &[(0, 0), (20, 80), (40, 160)], at: 190, want: 0 },
            Case { why: "after a rest it begins anew", seen: &[(0, 0), (20, 80), (900, 8_000), (916, 8_064)], at: 916, want: 0 },
            Case { why: "a clock that is put back", seen: &[(9_000, 0), (20, 80), (40, 160), (60, 240)], at: 60, want: 4_000 },
        ];
        for case in cases {
            let mut course = Course::default();
            for (at, pixels) in case.seen {
                course.seen(*at, *pixels);
            }
            assert_eq!(course.speed(case.at), case.want, "{}", case.why);
        }
    }
}
