//! The page of a Job.

use orrery_view::{JobDetail, JobStatus};

use super::conditions::{conditions, said};
use super::parts::{meta, or_dash, owned, pods_or, refused, seconds, stuck, template};
use super::{Fact, Model, Section, Stat};
use crate::cell::Cell;
use crate::draw::{matrix, shape};
use crate::lang::Lang;
use crate::lists::{job as row, pod};
use crate::tone::Tone;
use crate::{format, tr};

pub fn model(detail: &JobDetail, lang: Lang) -> Model {
    let it = &detail.row;
    let all = row::buttons(it, lang);
    let mut sections = Vec::new();
    sections.extend(verdict(detail, lang));
    if !detail.indexes.is_empty() {
        sections.push(Section::Drawing {
            title: tr!(lang, "jobs.matrix"),
            html: matrix::html(detail, lang),
        });
    }
    if !detail.spans.is_empty() {
        sections.push(Section::Drawing {
            title: tr!(lang, "jobs.shape"),
            html: shape::html(detail, lang),
        });
    }
    if it.status == JobStatus::Running && it.active == 0 {
        sections.extend(refused(&detail.common, lang));
    }
    sections.extend(stuck(&detail.stuck, lang));
    let no_pods = match it.succeeded + it.failed {
        0 => tr!(lang, "empty.pods"),
        _ => tr!(lang, "empty.pods_gone"),
    };
    sections.push(pods_or(no_pods, &detail.pods, &owned(&it.head), lang));
    sections.push(conditions(&detail.conditions, lang));
    sections.push(spec(detail, lang));
    sections.push(template(&detail.template, lang));
    sections.push(meta(&detail.common, it.head.created, lang));
    let mut stats = vec![
        Stat::new(tr!(lang, "col.completions"), row::progress(it)),
        Stat::new(
            tr!(lang, "col.duration"),
            Cell::Lasting {
                start: it.start,
                end: it.end,
            },
        ),
        Stat::new(tr!(lang, "col.active"), Cell::toned(it.active, Tone::Run)),
        Stat::new(tr!(lang, "col.failed"), Cell::toned(it.failed, Tone::Bad)),
    ];
    if let Some(deadline) = it.deadline {
        stats.push(Stat::new(tr!(lang, "fact.deadline"), Cell::Until(deadline)));
    }
    if let Some(expires) = detail.expires {
        stats.push(Stat::new(tr!(lang, "fact.expires"), Cell::Until(expires)));
    }
    Model {
        status: row::status(it, lang),
        sub: [Cell::text(it.head.namespace.clone())]
            .into_iter()
            .chain(it.owner.as_ref().map(|owner| pod::owner(Some(owner))))
            .collect(),
        switch: None,
        buttons: all.clone(),
        stats,
        sections,
    }
    .with_reason(row::object(it), &all, lang)
}

/// What decided how it stands: in a sentence, then in the API's own words.
fn verdict(detail: &JobDetail, lang: Lang) -> Option<Section> {
    let it = &detail.row;
    let mut conditions = detail.conditions.iter();
    let deciding = conditions.find(|c| c.status == "True" && c.reason == it.reason)?;
    let (tone, title) = said(deciding, lang);
    let own = [&it.reason, &it.message].map(String::as_str);
    Some(Section::Note {
        tone,
        title: tr!(lang, "jobs.verdict", text = title),
        text: own.join(": ").trim_matches([' ', ':']).to_owned(),
    })
}

fn spec(detail: &JobDetail, lang: Lang) -> Section {
    let it = &detail.row;
    let number = |n: u32| Cell::text(format::number(n));
    let mut lines = vec![
        Fact::new(
            "completions",
            it.completions
                .map_or_else(|| Cell::text(tr!(lang, "fact.queue")), number),
        ),
        Fact::new("parallelism", number(it.parallelism)),
        Fact::new("backoffLimit", backoff_limit(detail, lang)),
        Fact::new(
            "activeDeadlineSeconds",
            seconds(detail.active_deadline_secs, lang),
        ),
    ];
    lines.extend(rules(detail));
    if it.indexed {
        lines.push(Fact::new(
            tr!(lang, "fact.completed_indexes"),
            Cell::text(or_dash(&detail.completed_indexes)),
        ));
        lines.push(Fact::new(
            tr!(lang, "fact.failed_indexes"),
            Cell::text(or_dash(&detail.failed_indexes)),
        ));
    }
    if let Some(start) = it.start {
        lines.push(Fact::new(tr!(lang, "fact.started"), Cell::Date(start)));
    }
    if let Some(end) = it.end {
        lines.push(Fact::new(tr!(lang, "fact.finished"), Cell::Date(end)));
    }
    lines.push(Fact::new(
        "ttlSecondsAfterFinished",
        seconds(detail.ttl_secs, lang),
    ));
    Section::Facts {
        title: tr!(lang, "part.spec"),
        facts: lines,
    }
}

/// The largest number stands for none: each index has a limit of its own.
fn backoff_limit(detail: &JobDetail, lang: Lang) -> Cell {
    match detail.backoff_limit {
        i32::MAX => Cell::text(tr!(lang, "fact.no_limit")),
        limit => Cell::text(format::number(limit)),
    }
}

/// Rules of one field stand under each other, named once.
fn rules(detail: &JobDetail) -> Vec<Fact> {
    let mut facts: Vec<Fact> = Vec::new();
    for (field, text) in &detail.rules {
        let cell = Cell::code(text.clone());
        match facts.last_mut().filter(|fact| fact.label == *field) {
            Some(fact) => fact.cells.push(cell),
            None => facts.push(Fact::new(field.clone(), cell)),
        }
    }
    facts
}
