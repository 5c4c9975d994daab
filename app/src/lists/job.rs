//! Jobs as rows.

use orrery_view::{JobRow, JobStatus, Kind, ObjectRef, SortBy};

use super::pod;
use crate::cell::{Button, Cell, Column, Deed, MORE};
use crate::forms;
use crate::lang::Lang;
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
        Column::new(tr!(lang, "col.completions")).class("c-progress"),
        Column::new(tr!(lang, "col.active")).class("num c-small"),
        Column::new(tr!(lang, "col.failed")).class("num c-small"),
        Column::new(tr!(lang, "col.duration"))
            .class("num")
            .sort(SortBy::Duration),
        Column::new(tr!(lang, "col.owner")).class(pod::OWNER),
        Column::new(tr!(lang, "col.age"))
            .class("num")
            .sort(SortBy::Age),
        Column::new("").class("c-acts"),
    ]
}

pub fn cells(row: &JobRow, lang: Lang) -> Vec<Cell> {
    let me = object(row);
    let all = buttons(row, lang);
    let (shown, more) = all.split_at(1);
    let mut shown = shown.to_vec();
    let about = tr!(lang, "act.more", name = row.head.name);
    shown.push(Button::menu(MORE, about, me.clone(), more.to_vec()));
    vec![
        status(row, lang),
        Cell::Name {
            href: address::object(&me),
            name: row.head.name.clone(),
            sub: row.head.namespace.clone(),
        },
        progress(row),
        Cell::toned(row.active, Tone::Run),
        Cell::toned(row.failed, Tone::Bad),
        Cell::Lasting {
            start: row.start,
            end: row.end,
        },
        owner(row, lang),
        Cell::Ago(row.head.created),
        Cell::Buttons(shown),
    ]
}

pub fn status(row: &JobRow, lang: Lang) -> Cell {
    let (tone, word) = match row.head.deleting {
        true => (Tone::Warn, tr!(lang, "state.terminating")),
        false => (row.status.tone(), row.status.word(lang)),
    };
    Cell::Status {
        tone,
        word,
        note: note(row, lang),
    }
}

/// Why it stands as it does: the reason of its condition, or that nothing of it runs at the moment.
fn note(row: &JobRow, lang: Lang) -> String {
    match (row.status, row.active) {
        (JobStatus::Running, 0) if row.failed > 0 => tr!(lang, "job.retries"),
        (JobStatus::Running, 1..) if row.ready == 0 => tr!(lang, "job.none_ready"),
        _ => telling(&row.reason).to_owned(),
    }
}

/// A reason, unless it says no more than that the Job is complete.
pub fn telling(reason: &str) -> &str {
    match reason {
        "CompletionsReached" => "",
        reason => reason,
    }
}

/// succeeded / completions, never completions / parallelism.
pub fn progress(row: &JobRow) -> Cell {
    Cell::Progress {
        done: row.succeeded,
        of: row.completions,
        tone: row.status.tone(),
    }
}

pub fn owner(row: &JobRow, lang: Lang) -> Cell {
    match &row.owner {
        Some(owner) => Cell::Under {
            cell: Box::new(pod::owner(Some(owner))),
            under: Box::new(Cell::text(began(row, lang))),
        },
        None => pod::owner(None),
    }
}

/// Whether a CronJob's schedule began it, or a person.
pub fn began(row: &JobRow, lang: Lang) -> String {
    match row.manual {
        true => tr!(lang, "run.manual"),
        false => tr!(lang, "run.scheduled"),
    }
}

pub fn buttons(row: &JobRow, lang: Lang) -> Vec<Button> {
    let me = object(row);
    let name = &row.head.name;
    let mut buttons = vec![
        Button::new(tr!(lang, "act.logs"), name, Deed::Go(address::log(&me))),
        Button::new(tr!(lang, "act.rerun"), name, Deed::Rerun(me.clone())),
    ];
    if row.indexed && row.status == JobStatus::Failed {
        let retry = Deed::Form(forms::address("retry", &me));
        buttons.push(Button::new(tr!(lang, "retry.button"), name, retry));
    }
    // A finished Job cannot be suspended: the API refuses it, so it is not offered.
    if row.end.is_none() && !matches!(row.status, JobStatus::Complete | JobStatus::Failed) {
        let label = match row.suspend {
            true => tr!(lang, "act.resume"),
            false => tr!(lang, "act.suspend"),
        };
        buttons.push(Button::new(
            label,
            name,
            Deed::Suspend(me.clone(), !row.suspend),
        ));
    }
    buttons.push(Button::new(tr!(lang, "act.delete"), name, Deed::Delete(me)).danger());
    buttons
}

pub fn statuses(lang: Lang) -> Vec<(&'static str, String)> {
    [
        ("failed", JobStatus::Failed),
        ("failing", JobStatus::Failing),
        ("terminating", JobStatus::Terminating),
        ("running", JobStatus::Running),
        ("suspended", JobStatus::Suspended),
        ("complete", JobStatus::Complete),
    ]
    .map(|(name, status)| (name, status.word(lang)))
    .into()
}

pub fn object(row: &JobRow) -> ObjectRef {
    ObjectRef::of(Kind::Job, &row.head)
}
