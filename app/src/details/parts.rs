//! Parts that several details share.

use orrery_view::{
    Common, Condition, Detail, EventRow, Head, JobRow, Kind, ListQuery, PodRow, Row, StuckPod,
    Template,
};

use super::{Fact, Model, Section, cronjob, daemonset, job, node, pod};
use crate::cell::{Cell, Column, Line, Link};
use crate::lang::Lang;
use crate::tone::Tone;
use crate::{address, format, lists, tr};

/// Pods that the page of their owner lists; the list of pods has all.
const MOST_PODS: usize = 50;

/// The page of any object.
pub fn model(detail: &Detail, lang: Lang) -> Model {
    match detail {
        Detail::CronJob(detail) => cronjob::model(detail, lang),
        Detail::Job(detail) => job::model(detail, lang),
        Detail::DaemonSet(detail) => daemonset::model(detail, lang),
        Detail::Pod(detail) => pod::model(detail, lang),
        Detail::Node(detail) => node::model(detail, lang),
    }
}

/// Labels and annotations.
pub fn meta(common: &Common, created: i64, lang: Lang) -> Section {
    let mut lines = vec![Fact::new(tr!(lang, "fact.created"), Cell::Date(created))];
    if !common.labels.is_empty() {
        lines.push(Fact::new(
            tr!(lang, "fact.labels"),
            Cell::Chips(common.labels.clone()),
        ));
    }
    if !common.annotations.is_empty() {
        let pairs = common
            .annotations
            .iter()
            .map(|(key, value)| format!("{key}={value}"));
        lines.push(Fact::new(
            tr!(lang, "fact.annotations"),
            Cell::Chips(pairs.collect()),
        ));
    }
    Section::Facts {
        title: tr!(lang, "part.about"),
        facts: lines,
    }
}

pub fn events(events: &[EventRow], lang: Lang) -> Section {
    let rows = events.iter().cloned().map(Row::Event);
    table(
        tr!(lang, "kind.events"),
        Kind::Event,
        rows,
        tr!(lang, "empty.events"),
        lang,
    )
}

/// The first of these pods; `all` is the list of them, whose owner, if it has one, is not said of each.
pub fn pods(pods: &[PodRow], all: &ListQuery, lang: Lang) -> Section {
    pods_or(tr!(lang, "empty.pods"), pods, all, lang)
}

/// Pods, or why there are none.
pub fn pods_or(empty: String, pods: &[PodRow], all: &ListQuery, lang: Lang) -> Section {
    let rows = pods.iter().take(MOST_PODS).cloned().map(Row::Pod);
    let mut section = table(tr!(lang, "kind.pods"), Kind::Pod, rows, empty, lang);
    if all.owner.is_some() {
        leave_out(&mut section, lists::pod::OWNER);
    }
    if let Section::Table { more, .. } = &mut section
        && pods.len() > MOST_PODS
    {
        let n = u32::try_from(pods.len()).unwrap_or(u32::MAX);
        *more = Some(Link {
            text: tr!(lang, "part.all_pods", n = format::number(n)),
            href: address::of(all),
            away: false,
        });
    }
    section
}

/// The list of the pods of an owner.
pub fn owned(owner: &Head) -> ListQuery {
    ListQuery {
        namespaces: vec![owner.namespace.clone()],
        owner: Some(owner.uid.clone()),
        limit: address::ROWS,
        ..ListQuery::of(Kind::Pod)
    }
}

/// A CronJob's runs: each says how it began in place of whose it is.
pub fn jobs(title: String, jobs: &[JobRow], lang: Lang) -> Section {
    let rows = jobs.iter().cloned().map(Row::Job);
    let mut section = table(title, Kind::Job, rows, tr!(lang, "empty.runs"), lang);
    if let Section::Table { columns, lines, .. } = &mut section
        && let Some(at) = columns
            .iter()
            .position(|column| column.class == lists::pod::OWNER)
    {
        columns[at] = Column::new(tr!(lang, "col.began")).class(lists::pod::OWNER);
        for (line, job) in lines.iter_mut().zip(jobs) {
            line.cells[at] = Cell::text(lists::job::began(job, lang));
        }
    }
    section
}

/// Of a table what is the same in each of its rows, and said above it.
pub fn leave_out(section: &mut Section, class: &str) {
    if let Section::Table { columns, lines, .. } = section
        && let Some(at) = columns.iter().position(|column| column.class == class)
    {
        columns.remove(at);
        for line in lines {
            line.cells.remove(at);
        }
    }
}

fn table(
    title: String,
    kind: Kind,
    rows: impl Iterator<Item = Row>,
    empty: String,
    lang: Lang,
) -> Section {
    let line = |row: Row| Line {
        key: row.head().uid.clone(),
        cells: lists::cells(&row, lang),
    };
    Section::Table {
        title,
        columns: lists::columns(kind, lang),
        lines: rows.map(line).collect(),
        empty,
        more: None,
    }
}

/// Why the cluster makes no pod of it, in its words, by the latest event on that.
pub fn refused(common: &Common, lang: Lang) -> Option<Section> {
    let mut events = common.events.iter();
    let latest = events.find(|event| event.warning && event.reason == "FailedCreate")?;
    Some(Section::Note {
        tone: Tone::Bad,
        title: tr!(lang, "part.refused"),
        text: latest.message.clone(),
    })
}

/// Pods that do not start or did not last, each with the cause in a sentence; nothing while there are none.
pub fn stuck(stuck: &[StuckPod], lang: Lang) -> Option<Section> {
    let line = |each: &StuckPod| Line {
        key: each.pod.name.clone(),
        cells: vec![
            Cell::link(each.pod.name.clone(), address::object(&each.pod)),
            Cell::text(crate::why::pod(&each.why, lang)),
        ],
    };
    (!stuck.is_empty()).then(|| Section::Table {
        title: tr!(lang, "part.stuck"),
        columns: vec![
            Column::new(tr!(lang, "col.pod")).class("c-name"),
            Column::new(tr!(lang, "because.title")).class("c-message"),
        ],
        lines: stuck.iter().map(line).collect(),
        empty: String::new(),
        more: None,
    })
}

/// Conditions in the API's words, with their times.
pub fn conditions(conditions: &[Condition], lang: Lang) -> Section {
    let columns = vec![
        Column::new(tr!(lang, "col.condition")).class("c-name"),
        Column::new(tr!(lang, "col.status")).class("c-status"),
        Column::new(tr!(lang, "col.reason")).class("c-message"),
        Column::new(tr!(lang, "col.since")).class("num"),
    ];
    let line = |condition: &Condition| Line {
        key: condition.type_.clone(),
        cells: vec![
            Cell::text(condition.type_.clone()),
            Cell::Status {
                tone: tone(condition),
                word: truth(&condition.status, lang),
                note: String::new(),
            },
            Cell::Text {
                text: or_dash(&condition.reason),
                sub: condition.message.clone(),
            },
            condition.since.map_or_else(|| Cell::text("—"), Cell::Ago),
        ],
    };
    Section::Table {
        title: tr!(lang, "part.conditions"),
        columns,
        lines: conditions.iter().map(line).collect(),
        empty: tr!(lang, "empty.conditions"),
        more: None,
    }
}

/// Whether what a condition says is good: some are good when they are true, others when they are not.
fn tone(condition: &Condition) -> Tone {
    let bad_when_true = matches!(
        condition.type_.as_str(),
        "Failed"
            | "FailureTarget"
            | "MemoryPressure"
            | "DiskPressure"
            | "PIDPressure"
            | "NetworkUnavailable"
            | "DisruptionTarget"
    );
    match (condition.status.as_str(), bad_when_true) {
        ("True", true) => Tone::Bad,
        ("True", false) => Tone::Ok,
        ("False", true) => Tone::Ok,
        ("False", false) => Tone::Off,
        _ => Tone::Warn,
    }
}

fn truth(status: &str, lang: Lang) -> String {
    match status {
        "True" => tr!(lang, "fact.yes"),
        "False" => tr!(lang, "fact.no"),
        _ => tr!(lang, "fact.unknown"),
    }
}

/// What the containers of a template run.
pub fn template(template: &Template, lang: Lang) -> Section {
    let fact = |container: &orrery_view::TemplateContainer| {
        let code = match container.command.is_empty() {
            true => container.image.clone(),
            false => container.command.join(" "),
        };
        Fact::new(
            container.name.clone(),
            Cell::Code {
                code,
                sub: container.image.clone(),
            },
        )
    };
    let mut lines: Vec<Fact> = template.containers.iter().map(fact).collect();
    lines.push(Fact::new(
        tr!(lang, "fact.restart_policy"),
        Cell::text(template.restart_policy.clone()),
    ));
    Section::Facts {
        title: tr!(lang, "part.template"),
        facts: lines,
    }
}

pub fn or_dash(text: &str) -> String {
    if text.is_empty() {
        "—".into()
    } else {
        text.into()
    }
}

/// `5 m`, or a dash.
pub fn seconds(secs: Option<i64>, lang: Lang) -> Cell {
    secs.map_or_else(
        || Cell::text("—"),
        // as long as one likes
        |secs| Cell::text(crate::format::brief(secs.saturating_mul(1_000), lang)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_may_be_as_far_as_it_likes() {
        let shown = |secs| crate::paint::html(&seconds(Some(secs), Lang::En), Lang::En);
        assert_eq!(shown(i64::MAX), shown(i64::MAX / 1_000 + 1));
        assert_ne!(shown(i64::MAX), shown(60));
    }
}
