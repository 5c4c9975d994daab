//! What lies on a timeline as a table, for those who hear the page.

use leptos::prelude::*;

use super::axis::Zone;
use super::draw::shape;
use super::marks::{Lane, Mark, Shape};
use super::span::Window;
use crate::cell::{Cell, Column, Line};
use crate::components::Table;
use crate::lang::Lang;
use crate::{format, tr};

/// Lines of the table: what one listens to; more is what the list of Jobs is for.
const MOST_LINES: usize = 100;
/// Slots to come among them: they would leave no room for what ran.
const MOST_AHEAD: usize = 20;

/// The marks of the window that have a line, the latest first, and how many have none.
fn told<'a>(marks: &'a [Mark], window: &Window) -> (Vec<&'a Mark>, usize) {
    let seen = |mark: &&Mark| mark.from <= window.to && mark.to >= window.from;
    let (ahead, known): (Vec<&Mark>, Vec<&Mark>) = marks
        .iter()
        .filter(seen)
        .partition(|mark| mark.shape == Shape::Ghost);
    let lines = ahead.iter().take(MOST_AHEAD).rev();
    let lines = lines.chain(known.iter().rev()).copied();
    let lines: Vec<&Mark> = lines.take(MOST_LINES).collect();
    let more = ahead.len() + known.len() - lines.len();
    (lines, more)
}

pub(super) fn table(marks: &[Mark], window: &Window, zone: Zone, lang: Lang) -> AnyView {
    let (told, more) = told(marks, window);
    let line = |mark: &Mark| Line {
        key: format!("{} {} {}", mark.from, shape(mark.shape), mark.href),
        cells: vec![
            Cell::text(zone.full(mark.from, lang)),
            match mark.href.is_empty() {
                true => Cell::Status {
                    tone: mark.tone,
                    word: mark.word.clone(),
                    note: String::new(),
                },
                false => Cell::link(mark.word.clone(), mark.href.clone()),
            },
            Cell::text(match mark.lane {
                Lane::Manual => tr!(lang, "run.manual"),
                _ => tr!(lang, "run.scheduled"),
            }),
            Cell::text(mark.why.clone()),
        ],
    };
    let lines: Vec<Line> = told.into_iter().map(line).collect();
    let columns = vec![
        Column::new(tr!(lang, "col.at")).class("c-name"),
        Column::new(tr!(lang, "col.status")).class("c-status"),
        Column::new(tr!(lang, "timeline.how")),
        Column::new(tr!(lang, "col.reason")).class("c-message"),
    ];
    let note = (more > 0)
        .then(|| view! { <p class="nil">{tr!(lang, "note.more", n = format::number(more))}</p> });
    view! {
        <details class="as-table">
            <summary>{tr!(lang, "timeline.table")}</summary>
            <Table caption=tr!(lang, "timeline.title") columns=columns lines=lines/>
            {note}
        </details>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use orrery_view::{MOST_UPCOMING, Millis, NotRun, Outcome, SlotWhy};

    use super::*;
    use crate::tests::details::a_cronjob;
    use crate::timeline::marks;
    use crate::timeline::span::{Range, Span};

    #[test]
    fn the_table_tells_what_ran_however_much_is_to_come() {
        let now = 1_795_478_400_000;
        let minute = 60_000;
        let mut detail = a_cronjob();
        detail.upcoming = (1..=MOST_UPCOMING)
            .map(|n| now + n as Millis * minute)
            .collect();
        let missed = |n: Millis| NotRun {
            slot: now - n * minute,
            outcome: Outcome::Missed,
            why: SlotWhy::Unknown,
        };
        detail.not_run = (1..=90).map(missed).collect();
        (detail.runs, detail.timeline) = (Vec::new(), Vec::new());
        let window = Window::new(Span::default(), Range::Day, now);
        let marks = marks::marks(&detail, now, Lang::En);
        let (lines, more) = told(&marks, &window);
        let ahead = lines.iter().filter(|mark| mark.shape == Shape::Ghost);
        assert_eq!((ahead.count(), lines.len()), (MOST_AHEAD, MOST_LINES));
        assert_eq!(lines[0].from, now + MOST_AHEAD as Millis * minute);
        assert_eq!(lines[MOST_AHEAD].from, now - minute, "then the latest slot");
        assert_eq!(more, MOST_UPCOMING + 90 - MOST_LINES);
    }
}
