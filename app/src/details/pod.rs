//! The page of a Pod.

use orrery_view::{ContainerDetail, LastRun, PodDetail};

use super::parts::{conditions, meta, or_dash};
use super::{Fact, Model, Section, Stat};
use crate::cell::{Cell, Link};
use crate::lang::Lang;
use crate::lists::pod as row;
use crate::tone::{State, Tone};
use crate::{address, format, tr, why};

/// Where the token of a pod's ServiceAccount is mounted.
const TOKEN: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

pub fn model(detail: &PodDetail, lang: Lang) -> Model {
    let it = &detail.row;
    let mut sections = trouble(detail, lang);
    sections.extend(
        detail
            .containers
            .iter()
            .map(|container| self::container(container, detail, lang)),
    );
    sections.push(conditions(&detail.conditions, lang));
    sections.push(facts(detail, lang));
    sections.push(meta(&detail.common, it.head.created, lang));
    let status = Cell::Status {
        tone: crate::tone::of_pod(it.health),
        word: it.status.clone(),
        note: String::new(),
    };
    Model {
        status,
        sub: std::iter::once(Cell::text(it.head.namespace.clone()))
            .chain(it.owner.as_ref().map(|owner| row::owner(Some(owner))))
            .collect(),
        switch: None,
        buttons: row::buttons(it, lang),
        stats: vec![
            Stat::new(
                tr!(lang, "col.ready"),
                Cell::text(format::ratio(it.ready, it.total)),
            ),
            Stat::new(
                tr!(lang, "col.containers"),
                row::containers(&it.containers, &row::object(it), lang),
            ),
            Stat::new(
                tr!(lang, "col.restarts"),
                Cell::toned(it.restarts, Tone::Warn),
            ),
            Stat::new(tr!(lang, "col.node"), row::node(&it.node)),
            Stat::new(
                tr!(lang, "col.duration"),
                Cell::Lasting {
                    start: it.start,
                    end: it.end,
                },
            ),
        ],
        sections,
    }
}

/// Our sentences where the cause is known. What the cluster says of it is among the conditions and the containers' states,
/// and stands here where there is nothing else.
fn trouble(detail: &PodDetail, lang: Lang) -> Vec<Section> {
    let it = &detail.row;
    let known = detail.why.iter().map(|why| why::pod(why, lang));
    let mut texts: Vec<_> = known.collect();
    if texts.is_empty() && !it.message.is_empty() {
        texts.push(it.message.clone());
    }
    let note = |text| Section::Note {
        tone: crate::tone::of_pod(it.health),
        title: it.status.clone(),
        text,
    };
    texts.into_iter().map(note).collect()
}

fn container(it: &ContainerDetail, pod: &PodDetail, lang: Lang) -> Section {
    let why = why::container(&it.dot, lang);
    let note = [why.as_str(), it.message.as_str()]
        .into_iter()
        .filter(|text| !text.is_empty());
    let state = Cell::Status {
        tone: it.dot.state.tone(),
        word: it.dot.state.word(lang),
        note: note.collect::<Vec<_>>().join(" · "),
    };
    let mut lines = vec![Fact::new(tr!(lang, "fact.state"), state)];
    if let Some(code) = it.exit_code {
        lines.push(Fact::new(
            tr!(lang, "fact.exit_code"),
            Cell::text(code.to_string()),
        ));
    }
    if it.started.is_some() {
        lines.push(Fact::new(
            tr!(lang, "col.duration"),
            Cell::Lasting {
                start: it.started,
                end: it.finished,
            },
        ));
    }
    lines.push(Fact::new(
        tr!(lang, "col.restarts"),
        Cell::number(it.restarts),
    ));
    if let Some(last) = &it.last {
        lines.push(Fact::new(
            tr!(lang, "fact.last_state"),
            last_run(last, lang),
        ));
    }
    lines.push(Fact::new(
        tr!(lang, "fact.image"),
        Cell::code(it.image.clone()),
    ));
    if !it.command.is_empty() {
        lines.push(Fact::new(
            tr!(lang, "fact.command"),
            Cell::code(it.command.join(" ")),
        ));
    }
    if !it.env.is_empty() {
        let chips = it.env.iter().map(variable).collect();
        lines.push(Fact::new(tr!(lang, "fact.env"), Cell::Chips(chips)));
    }
    if !it.mounts.is_empty() {
        lines.push(mounts(&it.mounts, lang));
    }
    if !it.ports.is_empty() {
        lines.push(Fact::new(
            tr!(lang, "fact.ports"),
            Cell::Chips(it.ports.clone()),
        ));
    }
    lines.push(Fact::new(tr!(lang, "act.logs"), logs(it, pod, lang)));
    let what = if it.init {
        tr!(lang, "part.init")
    } else {
        tr!(lang, "part.container")
    };
    Section::Facts {
        title: format!("{what} {}", it.name),
        facts: lines,
    }
}

/// Volumes and where they are, by name. The token that nearly every pod is given is told last, in words.
fn mounts(mounts: &[(String, String)], lang: Lang) -> Fact {
    let (token, own): (Vec<_>, Vec<_>) = mounts.iter().partition(|(_, path)| path == TOKEN);
    let chip = |(volume, path): &(String, String)| format!("{volume} → {path}");
    let own: Vec<_> = own.into_iter().map(chip).collect();
    let own = (!own.is_empty()).then_some(Cell::Chips(own));
    let token = token.into_iter().map(|(_, path)| Cell::Text {
        text: tr!(lang, "fact.token"),
        sub: path.clone(),
    });
    Fact {
        label: tr!(lang, "fact.mounts"),
        cells: own.into_iter().chain(token).collect(),
    }
}

/// `MODE=fast`, or where the value comes from: `NODE_NAME ← spec.nodeName`.
fn variable((name, value): &(String, String)) -> String {
    match value.starts_with('←') {
        true => format!("{name} {value}"),
        false => format!("{name}={value}"),
    }
}

fn logs(it: &ContainerDetail, pod: &PodDetail, lang: Lang) -> Cell {
    let href = format!(
        "{}?container={}",
        address::log(&row::object(&pod.row)),
        address::escape(&it.name)
    );
    let link = |text, href| Link {
        text,
        href,
        away: false,
    };
    let mut links = vec![link(tr!(lang, "act.open_logs"), href.clone())];
    if it.last.is_some() {
        links.push(link(
            tr!(lang, "log.previous"),
            format!("{href}&previous=1"),
        ));
    }
    Cell::Links(links)
}

fn last_run(last: &LastRun, lang: Lang) -> Cell {
    let word = format!(
        "{} · {} {}",
        or_dash(&last.reason),
        tr!(lang, "fact.exit_code"),
        last.exit_code
    );
    let tone = if last.exit_code == 0 {
        Tone::Ok
    } else {
        Tone::Bad
    };
    Cell::Status {
        tone,
        word,
        note: String::new(),
    }
}

fn facts(detail: &PodDetail, lang: Lang) -> Section {
    let it = &detail.row;
    let mut lines = vec![
        Fact::new(tr!(lang, "fact.pod_ip"), Cell::text(or_dash(&it.ip))),
        Fact::new(
            tr!(lang, "fact.host_ip"),
            Cell::text(or_dash(&detail.host_ip)),
        ),
        Fact::new(
            tr!(lang, "fact.restart_policy"),
            Cell::text(detail.restart_policy.clone()),
        ),
        Fact::new("QoS", Cell::text(or_dash(&detail.qos))),
    ];
    if let Some(index) = it.index {
        lines.push(Fact::new(
            tr!(lang, "fact.index"),
            Cell::text(index.to_string()),
        ));
    }
    if !it.addresses.is_empty() {
        lines.push(Fact::new("hostPort", Cell::Links(row::away(&it.addresses))));
    }
    if !detail.volumes.is_empty() {
        lines.push(Fact::new(
            tr!(lang, "fact.volumes"),
            Cell::Chips(detail.volumes.clone()),
        ));
    }
    Section::Facts {
        title: tr!(lang, "part.spec"),
        facts: lines,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_says_its_value_or_where_that_comes_from() {
        for (value, said) in [
            ("fast", "MODE=fast"),
            ("", "MODE="),
            ("← spec.nodeName", "MODE ← spec.nodeName"),
        ] {
            assert_eq!(variable(&("MODE".into(), value.into())), said);
        }
    }
}
