//! The overview: what needs attention, what runs now and next, and the cluster at a glance.

use leptos::prelude::*;
use orrery_view::{DaemonSetRow, Kind, LastDay, ListQuery, Millis, NodeRow, ObjectRef, Row};

use super::cell::draw;
use super::empty::Examples;
use super::table::Table;
use crate::cell::{Cell, Column, Dot, Line};
use crate::lang::Lang;
use crate::lists;
use crate::overview::{Alert, MOST_ALERTS, WHOLE, Windows, alerts, coming, running, troubles};
use crate::props::Overview;
use crate::tone::Tone;
use crate::ui::Here;
use crate::{address, format, kinds, tr};

const MINUTE_MILLIS: Millis = 60_000;
const DAY_MILLIS: Millis = 24 * 60 * MINUTE_MILLIS;

#[component]
pub fn OverviewPage(overview: Overview) -> impl IntoView {
    let here = Here::now();
    let lang = here.lang;
    let windows = Windows(&overview.lists);
    let counts = here.shell.counts;
    let empty = (counts.cronjobs + counts.jobs + counts.daemonsets == 0).then(|| {
        view! {
            <section class="card empty">
                <h2>{tr!(lang, "empty.cluster")}</h2>
                <p>{tr!(lang, "empty.cluster_text")}</p>
                <Examples kind=Kind::CronJob/>
            </section>
        }
    });
    let list = |kind, status: Option<&str>, by| {
        address::of(&ListQuery {
            namespaces: here.namespaces.clone(),
            status: status.map(String::from),
            sort: orrery_view::Sort {
                by,
                descending: false,
            },
            limit: address::ROWS,
            ..ListQuery::of(kind)
        })
    };
    use orrery_view::SortBy::{LastRun, Name, NextRun};
    let more = |listed: &(Vec<Column>, Vec<Line>), of: u32| {
        let more = (of as usize).saturating_sub(listed.1.len());
        (more > 0).then(|| tr!(lang, "note.more", n = format::number(more)))
    };
    let runs = running(windows, lang);
    let others = more(&runs, windows.count(Kind::Job, "running"));
    let now = card(
        tr!(lang, "over.running"),
        list(Kind::Job, Some("running"), Name),
        runs,
        tr!(lang, "over.idle"),
        others,
    );
    let (soon, later) = coming(windows, lang);
    let next = card(
        tr!(lang, "now.next_hour"),
        list(Kind::CronJob, None, NextRun),
        soon,
        tr!(lang, "now.next_none"),
        later.then(|| tr!(lang, "now.next_more")),
    );
    let covered = coverage(windows, lang);
    let others = more(&covered, windows.total(Kind::DaemonSet));
    let cover = card(
        tr!(lang, "cover.title"),
        list(Kind::DaemonSet, None, Name),
        covered,
        tr!(lang, "now.no_daemonsets"),
        others,
    );
    view! {
        {empty}
        <h2 class="over">{tr!(lang, "over.attention")}</h2>
        {attention(windows, overview.whole, &here)}
        {last_day(&overview.last_day, lang, (list(Kind::Job, None, LastRun), list(Kind::Job, Some("failed"), LastRun)))}
        <div class="parts glance">
            {now}
            {next}
            {cover}
            {nodes(windows, list(Kind::Node, None, Name), lang)}
        </div>
    }
}

/// The last day in numbers, with the lists of its runs and of those that failed; nothing while no run has ended.
fn last_day(day: &LastDay, lang: Lang, (all, bad): (String, String)) -> Option<AnyView> {
    let counted = day.succeeded + day.failed;
    if counted == 0 {
        return None;
    }
    let named = |object: &ObjectRef| Cell::link(object.name.clone(), address::object(object));
    let stat = |label: String, cell: Cell, under: String| {
        view! {
            <div class="stat">
                <dt>{label}</dt>
                <dd>{draw(&cell)}</dd>
                <dd class="under">{under}</dd>
            </div>
        }
    };
    let slowest = day.slowest.as_ref().map(|(object, lasted)| {
        let lasted = format::duration(*lasted, lang);
        stat(tr!(lang, "now.slowest"), named(object), lasted)
    });
    let failing = day.most_failing.as_ref().map(|(object, failed, runs)| {
        let said = tr!(
            lang,
            "now.failed_of",
            n = format::number(*failed),
            of = format::number(*runs)
        );
        stat(tr!(lang, "now.most_failing"), named(object), said)
    });
    let replaced = match day.replaced {
        0 => String::new(),
        n => tr!(lang, "now.replaced", n = format::number(n)),
    };
    let known = tr!(lang, "now.known_since", t = format::utc(day.known_since));
    let part = is_part(day, Here::now().shell.now);
    let part = part.then(|| view! { <span class="sub">{known.clone()}</span> });
    // Of what the rate counts: a replaced run neither succeeded nor failed.
    let failed = tr!(
        lang,
        "now.failed_of",
        n = format::number(day.failed),
        of = format::number(counted)
    );
    let rate = format::percent(day.succeeded as usize, counted as usize);
    Some(
        view! {
            <h2 class="over">{tr!(lang, "now.last_day")}{part}</h2>
            <dl class="stats" title=known>
                {stat(tr!(lang, "part.runs"), Cell::link(format::number(day.runs()), all), replaced)}
                {stat(tr!(lang, "now.success"), Cell::link(rate, bad), failed)}
                {slowest}
                {failing}
            </dl>
        }
        .into_any(),
    )
}

/// Whether less than a day is known; a page and its figures are seconds apart.
fn is_part(day: &LastDay, now: Millis) -> bool {
    day.known_since > now - DAY_MILLIS + MINUTE_MILLIS
}

/// How many of each, then the sentences.
fn attention(windows: Windows<'_>, whole: bool, here: &Here) -> AnyView {
    let lang = here.lang;
    let told = alerts(windows, lang);
    let chips = troubles(windows, &here.namespaces);
    if told.is_empty() && chips.is_empty() {
        return view! { <p class="note ok">{tr!(lang, "over.calm")}</p> }.into_any();
    }
    let chip = |(query, n): (ListQuery, u32)| {
        let status = query.status.clone().unwrap_or_default();
        let mut words = lists::statuses(query.kind, lang).into_iter();
        let word = words.find(|(name, _)| *name == status);
        let word = word.map(|(_, word)| word).unwrap_or_default();
        view! {
            <a class="trouble" href=address::of(&query)>
                {kinds::title(query.kind, lang)}" · "{word}" "<b>{format::number(n)}</b>
            </a>
        }
    };
    let columns = vec![
        Column::new(tr!(lang, "col.name")).class("c-name"),
        Column::new(tr!(lang, "now.what")).class("c-message"),
        Column::new(tr!(lang, "col.since")).class("num"),
    ];
    let most = if whole { told.len() } else { MOST_ALERTS };
    let more = told.len().saturating_sub(most);
    let lines = told.iter().take(most).map(line);
    let lines: Vec<Line> = lines.collect();
    let table = (!lines.is_empty()).then(|| {
        view! {
            <section class="card part attention">
                <Table caption=tr!(lang, "over.attention") columns=columns lines=lines/>
            </section>
        }
    });
    let more = (more > 0).then(|| {
        let text = tr!(lang, "note.more", n = format::number(more));
        view! { <p class="aside"><a class="link" href=all_of_it(&here.namespaces)>{text}</a></p> }
    });
    view! {
        <p class="troubles">{chips.into_iter().map(chip).collect_view()}</p>
        {table}
        {more}
    }
    .into_any()
}

/// The address of an overview that leaves out nothing of what needs attention.
fn all_of_it(namespaces: &[String]) -> String {
    let (key, value) = WHOLE;
    match namespaces {
        [] => format!("/?{key}={value}"),
        chosen => format!("/?ns={}&{key}={value}", chosen.join(",")),
    }
}

fn line(alert: &Alert) -> Line {
    let object = &alert.object;
    let kind = kinds::one(object.kind);
    let place = match object.namespace.as_str() {
        "" => kind.to_string(),
        namespace => format!("{kind} · {namespace}"),
    };
    Line {
        key: alert.uid.clone(),
        cells: vec![
            Cell::Name {
                href: address::object(object),
                name: object.name.clone(),
                sub: place,
            },
            Cell::Status {
                tone: alert.tone,
                word: alert.text.clone(),
                note: String::new(),
            },
            alert.since.map_or_else(|| Cell::text("—"), Cell::Ago),
        ],
    }
}

/// A table whose title leads to the whole list; `more` says that there is more of it.
fn card(
    title: String,
    href: String,
    (columns, lines): (Vec<Column>, Vec<Line>),
    none: String,
    more: Option<String>,
) -> AnyView {
    let key = title.clone();
    let more = more.map(|more| {
        view! { <p class="aside"><a class="link" href=href.clone()>{more}</a></p> }
    });
    let body = match lines.is_empty() {
        true => view! { <p class="nil">{none}</p> }.into_any(),
        false => view! { <Table caption=title.clone() columns=columns lines=lines/> }.into_any(),
    };
    view! {
        <section class="card part half" data-k=key>
            <h3><a class="link" href=href>{title}</a></h3>
            {body}
            {more}
        </section>
    }
    .into_any()
}

/// Each DaemonSet with a square for each node.
fn coverage(windows: Windows<'_>, lang: Lang) -> (Vec<Column>, Vec<Line>) {
    let columns = vec![
        Column::new(tr!(lang, "col.name")).class("c-name"),
        Column::new(tr!(lang, "col.nodes")).class("c-cells"),
        Column::new(tr!(lang, "col.available")).class("num"),
    ];
    let line = |row: &DaemonSetRow| Line {
        key: row.head.uid.clone(),
        cells: vec![
            Cell::Name {
                href: address::object(&lists::daemonset::object(row)),
                name: row.head.name.clone(),
                sub: row.head.namespace.clone(),
            },
            lists::daemonset::nodes(&row.cells, &row.head.namespace, lang),
            Cell::text(format::ratio(row.available, row.desired)),
        ],
    };
    let rows = windows.rows().filter_map(|row| match row {
        Row::DaemonSet(row) => Some(row),
        _ => None,
    });
    (columns, rows.map(line).collect())
}

fn nodes(windows: Windows<'_>, href: String, lang: Lang) -> AnyView {
    let rows = windows.rows().filter_map(|row| match row {
        Row::Node(row) => Some(row),
        _ => None,
    });
    let dots: Vec<Dot> = rows.map(|row| node(row, lang)).collect();
    let (ready, all) = (
        windows.count(Kind::Node, "ready"),
        windows.total(Kind::Node),
    );
    let said = tr!(
        lang,
        "now.nodes_ready",
        n = format::number(ready),
        of = format::number(all)
    );
    let more = (all as usize).saturating_sub(dots.len());
    let more = (more > 0).then(|| tr!(lang, "note.more", n = format::number(more)));
    let title = tr!(lang, "part.nodes");
    let key = title.clone();
    view! {
        <section class="card part half" data-k=key>
            <h3><a class="link" href=href>{title}</a></h3>
            <p class="nil">{said}</p>
            <div class="drawing">{draw(&Cell::Dots { dots, square: true })}" "{more}</div>
        </section>
    }
    .into_any()
}

fn node(row: &NodeRow, lang: Lang) -> Dot {
    let (tone, word) = match (row.ready, row.cordoned) {
        (false, _) => (Tone::Bad, tr!(lang, "state.not_ready")),
        (true, true) => (Tone::Warn, tr!(lang, "state.cordoned")),
        (true, false) => (Tone::Ok, tr!(lang, "state.ready")),
    };
    let pods = kinds::pods(row.pods.len(), lang);
    Dot {
        tone,
        label: format!("{}: {word}, {pods}", row.head.name),
        href: format!("/nodes/{}", row.head.name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_of_which_a_part_is_known_is_told_as_that() {
        let now = 1_795_443_909_000;
        for (ago, part) in [
            (DAY_MILLIS + 1, false),
            (DAY_MILLIS - 5_000, false),
            (3 * 60 * MINUTE_MILLIS, true),
        ] {
            let day = LastDay {
                known_since: now - ago,
                ..LastDay::default()
            };
            assert_eq!(is_part(&day, now), part, "{ago}");
        }
    }
}
