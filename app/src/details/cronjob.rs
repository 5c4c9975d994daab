//! The page of a CronJob.

use orrery_view::{Concurrency, CronJobDetail, NotRun, Outcome, PastRun, SlotWhy};

use super::parts::{jobs, meta, seconds, template};
use super::{Fact, Model, Section, Stat};
use crate::cell::{Cell, Column, Deed, Line, Link};
use crate::lang::Lang;
use crate::lists::{cronjob as row, job};
use crate::timeline::{Zone, marks};
use crate::tone::{State, Tone};
use crate::{address, format, tr};

/// Runs listed whose Jobs are gone, the latest first; the timeline draws more of them.
const MOST_GONE: usize = 50;

/// Slots listed ahead; the timeline shows more of them.
const LISTED: usize = 5;
/// Slots listed that did not run, the latest first; the timeline draws more of them.
const LISTED_NOT_RUN: usize = 20;

pub fn model(detail: &CronJobDetail, lang: Lang) -> Model {
    let it = &detail.row;
    let mut sections = Vec::new();
    let mut stats = super::numbers::stats(detail, lang);
    stats.push(ahead(detail, lang));
    sections.extend(idle(detail, lang));
    sections.extend(why(detail, lang));
    sections.push(jobs(tr!(lang, "part.runs"), &detail.runs, lang));
    let gone: Vec<_> = detail
        .past
        .iter()
        .filter(|past| past.run.job.is_none())
        .collect();
    if !gone.is_empty() {
        sections.push(past(&gone, lang));
    }
    if !detail.not_run.is_empty() {
        sections.push(not_run(detail, lang));
    }
    sections.push(spec(detail, lang));
    sections.push(template(&detail.template, lang));
    sections.push(meta(&detail.common, it.head.created, lang));
    let all = row::buttons(it, lang);
    // the switch suspends, and a tab has the logs
    let buttons = all
        .iter()
        .filter(|button| !matches!(button.deed, Deed::Suspend(..) | Deed::Go(_)));
    Model {
        status: row::status(it, lang),
        sub: vec![
            Cell::text(it.head.namespace.clone()),
            Cell::code(it.schedule.clone()),
            Cell::text(row::sentence(it, lang)),
            Cell::text(policy(it.concurrency)),
        ],
        switch: Some(Cell::Switch {
            object: row::object(it),
            on: !it.suspend,
        }),
        buttons: buttons.cloned().collect(),
        stats,
        sections,
    }
    .with_reason(row::object(it), &all, lang)
}

/// Why it makes no runs at all.
fn idle(detail: &CronJobDetail, lang: Lang) -> Option<Section> {
    let (tone, text) = match detail.idle.as_ref()? {
        SlotWhy::Suspended => (Tone::Off, tr!(lang, "why.idle_suspended")),
        why => {
            let none = NotRun {
                slot: 0,
                outcome: Outcome::Missed,
                why: why.clone(),
            };
            let has_deadline = detail.starting_deadline_secs.is_some();
            let text = marks::why_not(&none, &detail.row, has_deadline, lang);
            (Tone::Bad, text)
        }
    };
    Some(Section::Note {
        tone,
        title: tr!(lang, "why.idle"),
        text,
    })
}

/// The slots that wait for a run to be over, and those that lately did not run: each cause once, by its newest slot.
fn why(detail: &CronJobDetail, lang: Lang) -> Vec<Section> {
    let waits = |slot: &&NotRun| matches!(slot.why, SlotWhy::Waits { .. });
    let lately = |slot: &&NotRun| waits(slot) || detail.row.gaps.contains(slot);
    let lately = detail.not_run.iter().filter(lately);
    let (waiting, missed): (Vec<_>, Vec<_>) = lately.partition(waits);
    let titles = [
        match waiting.len() {
            1 => tr!(lang, "why.waiting_one"),
            n => tr!(lang, "why.waiting", n = format::number(n)),
        },
        match missed.len() {
            1 => tr!(lang, "why.title_one"),
            n => tr!(lang, "why.title", n = format::number(n)),
        },
    ];
    let notes = titles.into_iter().zip([waiting, missed]);
    let notes = notes.filter(|(_, slots)| !slots.is_empty());
    notes
        .map(|(title, slots)| Section::Note {
            tone: Tone::Warn,
            title,
            text: causes(&slots, detail, lang),
        })
        .collect()
}

fn causes(slots: &[&NotRun], detail: &CronJobDetail, lang: Lang) -> String {
    let has_deadline = detail.starting_deadline_secs.is_some();
    let mut kinds: Vec<(&NotRun, usize)> = Vec::new();
    for slot in slots {
        let same = |known: &NotRun| {
            let [a, b] = [known, *slot].map(|slot| std::mem::discriminant(&slot.why));
            (known.outcome, a) == (slot.outcome, b)
        };
        match kinds.iter_mut().find(|(known, _)| same(known)) {
            Some((_, times)) => *times += 1,
            None => kinds.push((slot, 1)),
        }
    }
    let alone = kinds.len() == 1;
    let sentence = |&(slot, times): &(&NotRun, usize)| {
        let of_kind = |other: &&&NotRun| {
            std::mem::discriminant(&other.why) == std::mem::discriminant(&slot.why)
        };
        // what differs from slot to slot is said of each in the table
        let differ = slots
            .iter()
            .filter(of_kind)
            .any(|other| other.why != slot.why);
        let text = match slot.why {
            SlotWhy::Held { .. } if differ => tr!(lang, "why.held_each"),
            _ => marks::why_not(slot, &detail.row, has_deadline, lang),
        };
        match alone {
            true => text,
            false => tr!(lang, "why.times", n = format::number(times), text = text),
        }
    };
    let sentences: Vec<_> = kinds.iter().map(sentence).collect();
    sentences.join(" ")
}

/// What the ledger remembers of runs whose Jobs are gone.
fn past(gone: &[&PastRun], lang: Lang) -> Section {
    let line = |past: &&PastRun| {
        let run = &past.run;
        let exit = past
            .exit_code
            .map(|code| tr!(lang, "past.exit", code = code));
        let why = [
            job::telling(&past.reason).to_owned(),
            exit.unwrap_or_default(),
            past.node.clone(),
        ];
        let why: Vec<_> = why.into_iter().filter(|part| !part.is_empty()).collect();
        let who = match (past.by.as_str(), past.because.as_str()) {
            ("", because) => because.to_owned(),
            (by, "") => by.to_owned(),
            (by, because) => format!("{by}: {because}"),
        };
        Line {
            key: format!("{} {}", past.name, run.end.unwrap_or_default()),
            cells: vec![
                Cell::Status {
                    tone: run.outcome.tone(),
                    word: run.outcome.word(lang),
                    note: why.join(" · "),
                },
                Cell::Text {
                    text: past.name.clone(),
                    sub: who,
                },
                match past.log.last() {
                    Some(line) => Cell::Code {
                        code: line.clone(),
                        sub: past.message.clone(),
                    },
                    None if past.message.is_empty() => Cell::text("—"),
                    None => Cell::text(past.message.clone()),
                },
                Cell::Lasting {
                    start: run.start,
                    end: run.end,
                },
                run.end.map_or(Cell::Empty, Cell::Ago),
            ],
        }
    };
    Section::Table {
        title: tr!(lang, "past.title"),
        columns: vec![
            Column::new(tr!(lang, "col.status")),
            Column::new(tr!(lang, "col.name")).class("c-name"),
            Column::new(tr!(lang, "past.last_line")).class("c-message"),
            Column::new(tr!(lang, "col.duration")).class("num"),
            Column::new(tr!(lang, "past.ended")).class("num"),
        ],
        lines: gone.iter().take(MOST_GONE).map(line).collect(),
        empty: String::new(),
        more: None,
    }
}

/// When it runs next, beside the numbers; on hover in its own zone.
fn ahead(detail: &CronJobDetail, lang: Lang) -> Stat {
    let zone = Zone::named(detail.row.time_zone.as_deref());
    let next = |at: &i64| Cell::Next {
        at: Some(*at),
        suspended: detail.row.suspend,
        zoned: tr!(lang, "time.zoned", t = zone.full(*at, lang)),
    };
    let title = match detail.row.suspend {
        true => tr!(lang, "part.would_run"),
        false => tr!(lang, "part.upcoming"),
    };
    let next: Vec<_> = detail.upcoming.iter().take(LISTED).map(next).collect();
    match next.is_empty() {
        true => Stat::new(title, Cell::text(tr!(lang, "empty.upcoming"))),
        false => Stat::new(title, Cell::Each(next)),
    }
}

fn not_run(detail: &CronJobDetail, lang: Lang) -> Section {
    let more = detail.not_run.len() > LISTED_NOT_RUN;
    let has_deadline = detail.starting_deadline_secs.is_some();
    let line = |slot: &NotRun| Line {
        key: slot.slot.to_string(),
        cells: vec![
            Cell::Date(slot.slot),
            Cell::Status {
                tone: slot.tone(),
                word: slot.word(lang),
                note: marks::why_not(slot, &detail.row, has_deadline, lang),
            },
            Cell::Ago(slot.slot),
        ],
    };
    Section::Table {
        title: tr!(lang, "part.not_run"),
        columns: vec![
            Column::new(tr!(lang, "col.slot")).class("c-name"),
            Column::new(tr!(lang, "col.reason")).class("c-message"),
            Column::new(tr!(lang, "col.age")).class("num"),
        ],
        lines: detail
            .not_run
            .iter()
            .take(LISTED_NOT_RUN)
            .map(line)
            .collect(),
        empty: String::new(),
        more: more.then(|| Link {
            text: tr!(lang, "part.not_run_more", n = LISTED_NOT_RUN),
            href: format!("{}?range=30d", address::object(&row::object(&detail.row))),
            away: false,
        }),
    }
}

fn spec(detail: &CronJobDetail, lang: Lang) -> Section {
    let lines = vec![
        Fact::new(
            tr!(lang, "fact.concurrency"),
            Cell::Text {
                text: policy(detail.row.concurrency).into(),
                sub: explain(detail.row.concurrency, lang),
            },
        ),
        Fact::new(
            tr!(lang, "fact.starting_deadline"),
            seconds(detail.starting_deadline_secs, lang),
        ),
        Fact::new(
            tr!(lang, "fact.history"),
            Cell::text(tr!(
                lang,
                "fact.history_text",
                ok = detail.successful_history,
                bad = detail.failed_history
            )),
        ),
    ];
    Section::Facts {
        title: tr!(lang, "part.spec"),
        facts: lines,
    }
}

fn policy(policy: Concurrency) -> &'static str {
    match policy {
        Concurrency::Allow => "Allow",
        Concurrency::Forbid => "Forbid",
        Concurrency::Replace => "Replace",
    }
}

fn explain(policy: Concurrency, lang: Lang) -> String {
    match policy {
        Concurrency::Allow => tr!(lang, "policy.allow"),
        Concurrency::Forbid => tr!(lang, "policy.forbid"),
        Concurrency::Replace => tr!(lang, "policy.replace"),
    }
}
