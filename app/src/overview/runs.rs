//! What runs now, with the time left by past runs, and what runs in the next hour.

use std::cmp::Reverse;

use orrery_view::{CronJobRow, JobRow, JobStatus, Millis, Row, SortBy};

use super::Windows;
use crate::address;
use crate::cell::{Cell, Column, Line};
use crate::lang::Lang;
use crate::lists::job;
use crate::{format, lists, tr};

const HOUR: Millis = 60 * 60_000;

/// Columns and lines of what runs now.
pub fn running(windows: Windows<'_>, lang: Lang) -> (Vec<Column>, Vec<Line>) {
    let columns = vec![
        Column::new(tr!(lang, "col.name")).class("c-name"),
        Column::new(tr!(lang, "col.completions")).class("c-progress"),
        Column::new(tr!(lang, "col.duration")).class("num"),
        Column::new(tr!(lang, "now.left")).class("num"),
    ];
    let line = |row: &JobRow| Line {
        key: row.head.uid.clone(),
        cells: vec![
            Cell::Name {
                href: address::object(&job::object(row)),
                name: row.head.name.clone(),
                sub: row.head.namespace.clone(),
            },
            job::progress(row),
            Cell::Lasting {
                start: row.start,
                end: row.end,
            },
            left(row, row.usual, windows.now(), lang),
        ],
    };
    let rows = windows.rows().filter_map(|row| match row {
        Row::Job(row) if row.status == JobStatus::Running => Some(row),
        _ => None,
    });
    // in more than one window while there are few; the newest first
    let mut rows: Vec<&JobRow> = rows.collect();
    rows.sort_by_key(|row| (Reverse(row.start.unwrap_or(Millis::MAX)), &row.head.uid));
    rows.dedup_by_key(|row| &row.head.uid);
    (columns, rows.into_iter().map(line).collect())
}

fn left(row: &JobRow, usual: Option<Millis>, now: Millis, lang: Lang) -> Cell {
    match (row.start, usual) {
        (Some(start), Some(usual)) if start + usual > now => Cell::Left(start + usual),
        (Some(_), Some(usual)) => Cell::Text {
            text: tr!(lang, "now.longer"),
            sub: tr!(lang, "now.usual", t = format::duration(usual, lang)),
        },
        _ => Cell::text("—"),
    }
}

/// Columns and lines of what runs in the next hour, the soonest first; and whether more does than is listed.
pub fn coming(windows: Windows<'_>, lang: Lang) -> ((Vec<Column>, Vec<Line>), bool) {
    let columns = vec![
        Column::new(tr!(lang, "col.name")).class("c-name"),
        Column::new(tr!(lang, "col.next")).class("c-next"),
    ];
    let soon = windows.now() + HOUR;
    // other windows have some of a later time, and not those between
    let mut pages = windows.0.iter();
    let next = pages.find(|(query, _)| query.sort.by == SortBy::NextRun);
    let next = next.map(|(_, page)| page);
    let all = next.into_iter().flat_map(|page| &page.rows);
    let all: Vec<&CronJobRow> = all.filter_map(cronjob).collect();
    let is_soon = |row: &&CronJobRow| !row.suspend && row.next_run.is_some_and(|at| at <= soon);
    let cut = next.is_some_and(|page| page.rows.len() < page.total as usize);
    let more = cut && all.last().is_some_and(is_soon);
    let mut rows: Vec<&CronJobRow> = all.into_iter().filter(is_soon).collect();
    rows.sort_by_key(|row| (row.next_run, &row.head.name, &row.head.uid));
    let line = |row: &&CronJobRow| Line {
        key: row.head.uid.clone(),
        cells: vec![
            Cell::Name {
                href: address::object(&lists::cronjob::object(row)),
                name: row.head.name.clone(),
                sub: row.head.namespace.clone(),
            },
            lists::cronjob::next(row, lang),
        ],
    };
    ((columns, rows.iter().map(line).collect()), more)
}

fn cronjob(row: &Row) -> Option<&CronJobRow> {
    match row {
        Row::CronJob(row) => Some(row),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use orrery_view::{Kind, ListQuery, Page};

    use super::*;
    use crate::tests::a_sample;

    #[test]
    fn time_left_is_by_past_runs() {
        let sample = a_sample();
        let mut row = sample.jobs().remove(0);
        row.start = Some(1_000);
        let cell = |usual, now| left(&row, usual, now, Lang::En);
        assert_eq!(cell(Some(70_000), 2_000), Cell::Left(71_000));
        assert!(
            matches!(cell(Some(70_000), 71_000), Cell::Text { text, .. } if text == "longer than usual")
        );
        assert_eq!(cell(None, 2_000), Cell::text("—"));
    }

    #[test]
    fn what_runs_is_told_once_the_newest_first() {
        let sample = a_sample();
        let job = |name: &str, start| {
            let mut row = sample.jobs().remove(0);
            row.head.uid = name.into();
            (row.status, row.start) = (JobStatus::Running, start);
            Row::Job(row)
        };
        let page = |rows| {
            (
                ListQuery::of(Kind::Job),
                Page {
                    rows,
                    ..Page::default()
                },
            )
        };
        let newest = page(vec![job("new", Some(9)), job("middle", Some(5))]);
        let oldest = page(vec![
            job("old", Some(1)),
            job("middle", Some(5)),
            job("fresh", None),
        ]);
        let (_, lines) = running(Windows(&[newest, oldest]), Lang::En);
        let keys: Vec<_> = lines.iter().map(|line| line.key.as_str()).collect();
        assert_eq!(keys, ["fresh", "new", "middle", "old"]);
    }

    #[test]
    fn the_next_hour_has_no_suspended_and_no_later_run() {
        let sample = a_sample();
        let page = Page {
            rows: sample.cronjobs().into_iter().map(Row::CronJob).collect(),
            now: sample.now,
            ..Page::default()
        };
        let mut soonest = ListQuery::of(Kind::CronJob);
        soonest.sort.by = SortBy::NextRun;
        // what is worst comes from another window, and may be late in the hour
        let mut worst = page.clone();
        worst.rows.reverse();
        let windows = vec![(ListQuery::of(Kind::CronJob), worst), (soonest, page)];
        let ((_, lines), more) = coming(Windows(&windows), Lang::En);
        assert!(!more, "all are in the window");
        let names: Vec<_> = lines
            .iter()
            .map(|line| line.key.trim_start_matches("uid-"))
            .collect();
        assert_eq!(
            names,
            [
                "data-etl-orders",
                "shop-sync-catalog",
                "finance-nightly-report",
                "shop-warm-cache"
            ]
        );
    }

    #[test]
    fn a_window_that_ends_within_the_hour_says_that_there_is_more() {
        let sample = a_sample();
        let mut soonest = ListQuery::of(Kind::CronJob);
        soonest.sort.by = SortBy::NextRun;
        for (minutes, total, more) in [(59, 2, true), (61, 2, false), (59, 1, false)] {
            let mut row = sample.cronjobs().remove(0);
            (row.suspend, row.next_run) = (false, Some(sample.now + minutes * 60_000));
            let page = Page {
                rows: vec![Row::CronJob(row)],
                total,
                now: sample.now,
                ..Page::default()
            };
            let windows = [(soonest.clone(), page)];
            let (_, told) = coming(Windows(&windows), Lang::En);
            assert_eq!(told, more, "{minutes} of {total}");
        }
    }
}
