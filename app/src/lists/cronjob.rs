//! CronJobs as rows.

mod strip;

use orrery_view::{CronJobRow, CronJobStatus, Kind, ObjectRef, Run, SortBy};

pub use self::strip::{at_slot, strip};
use crate::cell::{Button, Cell, Column, Deed, MORE};
use crate::forms;
use crate::lang::Lang;
use crate::timeline::Zone;
use crate::tone::{State, Tone};
use crate::{address, tr};

pub fn columns(lang: Lang) -> Vec<Column> {
    vec![
        Column::new(tr!(lang, "col.status"))
            .class("c-status")
            .sort(SortBy::Status),
        Column::new(tr!(lang, "col.name"))
            .class("c-name")
            .sort(SortBy::Name),
        Column::new(tr!(lang, "col.schedule")).class("c-schedule"),
        Column::new(tr!(lang, "col.next"))
            .class("c-next")
            .sort(SortBy::NextRun),
        Column::new(tr!(lang, "col.last"))
            .class("c-last")
            .sort(SortBy::LastRun),
        Column::new(tr!(lang, "col.runs")).class("c-strip"),
        Column::new(tr!(lang, "col.active")).class("num c-small"),
        Column::new(tr!(lang, "col.on")).class("c-switch"),
        Column::new("").class("c-acts"),
    ]
}

pub fn cells(row: &CronJobRow, lang: Lang) -> Vec<Cell> {
    let me = object(row);
    let all = buttons(row, lang);
    let about = tr!(lang, "act.more", name = row.head.name);
    let arrow = Button {
        label: "▾".into(),
        ..all[1].clone()
    };
    let trigger = all[0].clone();
    let usual = vec![trigger, arrow, Button::menu(MORE, about, me.clone(), all)];
    vec![
        status(row, lang),
        Cell::Name {
            href: address::object(&me),
            name: row.head.name.clone(),
            sub: row.head.namespace.clone(),
        },
        Cell::Code {
            code: row.schedule.clone(),
            sub: sentence(row, lang),
        },
        next(row, lang),
        last(row.last_run.as_ref(), lang),
        strip(row, lang),
        Cell::toned(row.active, Tone::Run),
        Cell::Switch {
            object: me,
            on: !row.suspend,
        },
        Cell::Buttons(usual),
    ]
}

/// The same in the list and on its own page.
pub fn status(row: &CronJobRow, lang: Lang) -> Cell {
    let (tone, word) = match (row.head.deleting, row.never_fires()) {
        (true, _) => (Tone::Warn, tr!(lang, "state.terminating")),
        (false, true) => (row.status.tone(), tr!(lang, "state.never")),
        (false, false) => (row.status.tone(), row.status.word(lang)),
    };
    Cell::Status {
        tone,
        word,
        note: String::new(),
    }
}

pub fn buttons(row: &CronJobRow, lang: Lang) -> Vec<Button> {
    let me = object(row);
    let name = &row.head.name;
    let suspend = match row.suspend {
        true => tr!(lang, "act.resume"),
        false => tr!(lang, "act.suspend"),
    };
    vec![
        Button::new(tr!(lang, "act.trigger"), name, Deed::Trigger(me.clone())).prime(),
        Button::new(
            tr!(lang, "act.trigger_with"),
            name,
            Deed::Form(forms::address("trigger", &me)),
        ),
        Button::new(suspend, name, Deed::Suspend(me.clone(), !row.suspend)),
        Button::new(tr!(lang, "act.logs"), name, Deed::Go(address::log(&me))),
        Button::new(
            tr!(lang, "edit.button"),
            name,
            Deed::Form(forms::address("edit", &me)),
        ),
        Button::new(
            tr!(lang, "backfill.button"),
            name,
            Deed::Form(forms::address("backfill", &me)),
        ),
        Button::new(tr!(lang, "act.delete"), name, Deed::Delete(me)).danger(),
    ]
}

pub fn statuses(lang: Lang) -> Vec<(&'static str, String)> {
    [
        ("failing", CronJobStatus::Failing),
        ("invalid", CronJobStatus::Invalid),
        ("skipping", CronJobStatus::Skipping),
        ("running", CronJobStatus::Running),
        ("healthy", CronJobStatus::Healthy),
        ("suspended", CronJobStatus::Suspended),
        ("waiting", CronJobStatus::Waiting),
    ]
    .map(|(name, status)| (name, status.word(lang)))
    .into()
}

pub fn object(row: &CronJobRow) -> ObjectRef {
    ObjectRef::of(Kind::CronJob, &row.head)
}

/// `Every day at 02:00 · Asia/Seoul`.
pub fn sentence(row: &CronJobRow, lang: Lang) -> String {
    let sentence = match lang {
        Lang::En => &row.sentence.en,
        Lang::Ko => &row.sentence.ko,
    };
    let zone = row.time_zone.as_deref().unwrap_or("UTC");
    if sentence.is_empty() {
        zone.into()
    } else {
        format!("{sentence} · {zone}")
    }
}

/// When it runs next, or would.
pub fn next(row: &CronJobRow, lang: Lang) -> Cell {
    let zone = Zone::named(row.time_zone.as_deref());
    let zoned = |at| tr!(lang, "time.zoned", t = zone.full(at, lang));
    Cell::Next {
        at: row.next_run,
        suspended: row.suspend,
        zoned: row.next_run.map(zoned).unwrap_or_default(),
    }
}

pub fn last(run: Option<&Run>, lang: Lang) -> Cell {
    let Some(run) = run else {
        return Cell::text(tr!(lang, "state.not_run_yet"));
    };
    Cell::Last {
        tone: run.outcome.tone(),
        word: run.outcome.word(lang),
        start: run.start,
        // A slot that did not run has a time, and no duration.
        end: run.start.map_or(run.slot, |_| run.end),
        href: run.job.as_ref().map(address::object).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use orrery_view::Outcome;

    use super::*;

    #[test]
    fn the_last_run_says_how_it_ended_when_and_how_long_it_took() {
        let job = ObjectRef {
            kind: Kind::Job,
            namespace: "data".into(),
            name: "etl-1".into(),
        };
        let run = Run {
            job: Some(job),
            start: Some(0),
            end: Some(48_000),
            outcome: Outcome::Failed,
            ..Run::default()
        };
        let html = crate::paint::html(&last(Some(&run), Lang::En), Lang::En);
        for words in [
            ">Failed</a>",
            "48 s",
            "data-at=\"48000\" data-say=\"ago\"",
            "href=\"/jobs/",
        ] {
            assert!(html.contains(words), "{words} in {html}");
        }
        let gone = Run {
            job: None,
            slot: Some(0),
            ..run
        };
        let html = crate::paint::html(&last(Some(&gone), Lang::En), Lang::En);
        assert!(html.contains("<span>48 s</span>"), "{html}");
        let runs = Run {
            start: Some(0),
            end: None,
            outcome: Outcome::Running,
            ..gone.clone()
        };
        let html = crate::paint::html(&last(Some(&runs), Lang::En), Lang::En);
        assert_eq!(html.matches("data-at=").count(), 1, "once: {html}");
        let skipped = Run {
            start: None,
            outcome: Outcome::Skipped,
            ..gone
        };
        let html = crate::paint::html(&last(Some(&skipped), Lang::En), Lang::En);
        assert!(
            html.contains("<span class=\"sub\"><time"),
            "no duration: {html}"
        );
        let html = crate::paint::html(&last(None, Lang::Ko), Lang::Ko);
        assert!(html.contains("아직 실행 전"), "{html}");
        assert!(!html.contains('—'), "{html}");
    }

    #[test]
    fn beside_the_trigger_is_the_way_to_trigger_with() {
        let row = crate::tests::a_sample().cronjobs().remove(0);
        let cells = cells(&row, Lang::En);
        let Some(Cell::Buttons(buttons)) = cells.last() else {
            panic!("a row ends with its buttons")
        };
        let me = object(&row);
        assert_eq!(buttons[0].deed, Deed::Trigger(me.clone()));
        assert_eq!(buttons[1].deed, Deed::Form(forms::address("trigger", &me)));
        assert!(
            buttons[1].about.starts_with("Trigger with…: "),
            "{}",
            buttons[1].about
        );
    }

    #[test]
    fn the_next_run_says_its_time_in_its_own_zone_and_never_when_there_is_none() {
        let mut row = crate::tests::a_sample().cronjobs().remove(0);
        (row.next_run, row.time_zone) = (Some(0), Some("Asia/Seoul".into()));
        for suspended in [false, true] {
            row.suspend = suspended;
            let html = crate::paint::html(&next(&row, Lang::En), Lang::En);
            assert!(
                html.contains("data-zoned=\"") && html.contains("09:00 KST"),
                "{html}"
            );
            assert_eq!(html.contains("would run"), suspended);
            // 30 February
            row.next_run = None;
            let html = crate::paint::html(&next(&row, Lang::En), Lang::En);
            assert!(html.contains("Never"), "{html}");
            row.next_run = Some(0);
        }
    }
}
