//! What runs now, with the time left by past runs, and what runs in the next hour.

use std::cmp::Reverse;

use orrery_view::{CronJobRow, JobRow, JobStatus, Millis, Row};

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

/// Columns and lines of what runs in the next hour, the soonest first.
pub fn coming(windows: Windows<'_>, lang: Lang) -> (Vec<Column>, Vec<Line>) {
    let columns = vec![
        Column::new(tr!(lang, "col.name")).class("c-name"),
        Column::new(tr!(lang, "col.next")).class("c-next"),
    ];
    let soon = windows.now() + HOUR;
    let mut rows: Vec<&CronJobRow> = windows
        .cronjobs()
        .filter(|row| !row.suspend && row.next_run.is_some_and(|at| at <= soon))
        .collect();
    rows.sort_by_key(|row| (row.next_run, &row.head.name, &row.head.uid));
    rows.dedup_by_key(|row| &row.head.uid);
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
    (columns, rows.iter().map(line).collect())
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
        let twice = vec![
            (ListQuery::of(Kind::CronJob), page.clone()),
            (ListQuery::of(Kind::CronJob), page),
        ];
        let (_, lines) = coming(Windows(&twice), Lang::En);
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
}
