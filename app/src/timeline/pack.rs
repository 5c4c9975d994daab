//! What lies on an axis put into rows and, where it is crowded, into columns: a picture stays small with any number of
//! runs.

use super::marks::{Mark, Shape};
use super::span::Window;
use crate::tone::Tone;

/// Narrower bars could not be seen, let alone be pointed at; also the width of a column of a crowded lane.
pub const LEAST: f64 = 0.4;
/// Runs of a lane that lie over each other are drawn in so many rows; more of them overlap in the last.
pub const MOST_ROWS: usize = 3;
/// More marks than this in a lane are gathered in columns.
const CROWD: usize = 250;

/// A mark where it is drawn, in hundredths of the width.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    pub x: f64,
    pub width: f64,
    pub row: usize,
    pub mark: Mark,
    /// It has not ended, and is drawn as long as it is.
    pub grows: bool,
    /// How many marks it stands for.
    pub count: usize,
}

/// The marks of one lane that the window shows.
pub fn pack(marks: &[&Mark], window: &Window) -> Vec<Placed> {
    let mut seen: Vec<&Mark> = marks
        .iter()
        .copied()
        .filter(|mark| mark.from <= window.to && mark.to >= window.from)
        .collect();
    seen.sort_by_key(|mark| mark.from);
    if seen.len() > CROWD {
        columns(&seen, window)
    } else {
        rows(&seen, window)
    }
}

fn rows(marks: &[&Mark], window: &Window) -> Vec<Placed> {
    let mut ends = [f64::MIN; MOST_ROWS];
    let place = |mark: &&Mark| {
        let (x, width) = extent(mark, window);
        // what is moved in from the edge, to be seen, lies over nothing
        let begins = window.place(mark.from).max(x);
        let free = ends.iter().position(|end| *end <= begins);
        let row = free.unwrap_or(MOST_ROWS - 1);
        ends[row] = x + width;
        Placed {
            x,
            width,
            row,
            mark: (*mark).clone(),
            grows: mark.shape == Shape::Open,
            count: 1,
        }
    };
    marks.iter().map(place).collect()
}

/// A column shows the worst of what it holds, and says how much that is.
fn columns(marks: &[&Mark], window: &Window) -> Vec<Placed> {
    let mut columns: Vec<(i64, Placed)> = Vec::new();
    for mark in marks {
        let (x, _) = extent(mark, window);
        let column = (x / LEAST) as i64;
        match columns.last_mut() {
            Some((last, placed)) if *last == column => {
                placed.count += 1;
                if weight(mark) > weight(&placed.mark) {
                    placed.mark = (*mark).clone();
                }
            }
            _ => columns.push((
                column,
                Placed {
                    x: column as f64 * LEAST,
                    width: LEAST,
                    row: 0,
                    mark: (*mark).clone(),
                    grows: false,
                    count: 1,
                },
            )),
        }
    }
    columns.into_iter().map(|(_, placed)| placed).collect()
}

fn extent(mark: &Mark, window: &Window) -> (f64, f64) {
    let x = window.place(mark.from).max(0.0);
    let end = window.place(mark.to).min(100.0);
    (x.min(100.0 - LEAST), (end - x).max(LEAST))
}

fn weight(mark: &Mark) -> u8 {
    match (mark.shape, mark.tone) {
        (Shape::Ghost, _) => 0,
        (_, Tone::Bad) => 4,
        (_, Tone::Warn) => 3,
        (_, Tone::Run) => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::super::marks::Lane;
    use super::super::span::{Range, Span};
    use super::*;

    fn mark(from: i64, to: i64, tone: Tone) -> Mark {
        Mark {
            lane: Lane::Scheduled,
            shape: Shape::Bar,
            tone,
            from,
            to,
            slot: None,
            word: String::new(),
            why: String::new(),
            href: String::new(),
        }
    }

    const NOW: i64 = 1_795_443_900_000;

    #[test]
    fn runs_over_each_other_lie_in_rows() {
        let window = Window::new(Span::default(), Range::Hour, NOW);
        let minute = 60_000;
        let marks = [
            mark(NOW - 30 * minute, NOW - 10 * minute, Tone::Ok),
            mark(NOW - 25 * minute, NOW - 20 * minute, Tone::Ok),
            mark(NOW - 24 * minute, NOW - 20 * minute, Tone::Ok),
            mark(NOW - 23 * minute, NOW - 20 * minute, Tone::Ok),
            mark(NOW - 5 * minute, NOW, Tone::Ok),
            mark(NOW - 300 * minute, NOW - 200 * minute, Tone::Ok),
        ];
        let marks: Vec<&Mark> = marks.iter().collect();
        let rows: Vec<usize> = pack(&marks, &window).iter().map(|each| each.row).collect();
        assert_eq!(
            rows,
            [0, 1, 2, 2, 0],
            "the last row overlaps; what is out of sight is left out"
        );
    }

    #[test]
    fn what_begins_at_the_edge_keeps_to_its_row() {
        let window = Window::new(Span::default(), Range::Hour, NOW);
        let marks = [
            mark(window.to - 60_000, window.to - 6_000, Tone::Off),
            mark(window.to - 5_000, window.to + 60_000, Tone::Off),
        ];
        let marks: Vec<&Mark> = marks.iter().collect();
        let placed = pack(&marks, &window);
        assert!(placed[1].x < placed[0].x + placed[0].width, "{placed:?}");
        assert_eq!([placed[0].row, placed[1].row], [0, 0]);
    }

    #[test]
    fn ten_thousand_runs_are_some_hundred_columns() {
        let window = Window::new(Span::default(), Range::Week, NOW);
        let mut marks: Vec<Mark> = (1..10_000)
            .map(|n| mark(NOW - n * 60_000, NOW - n * 60_000 + 5_000, Tone::Ok))
            .collect();
        marks[5_000].tone = Tone::Bad;
        marks[0].shape = Shape::Open;
        let marks: Vec<&Mark> = marks.iter().collect();
        let placed = pack(&marks, &window);
        assert!(placed.len() <= 251, "{}", placed.len());
        assert_eq!(placed.iter().map(|each| each.count).sum::<usize>(), 9_999);
        let bad = placed
            .iter()
            .filter(|each| each.mark.tone == Tone::Bad)
            .count();
        assert_eq!(bad, 1, "one failure among thousands is still seen");
        assert!(
            placed.iter().all(|each| !each.grows),
            "a column stays one while its run goes on"
        );
    }
}
