//! The overview: what needs attention, then what runs now.

use leptos::prelude::*;
use orrery_view::{ListQuery, Page, Row};

use super::empty::Examples;
use super::table::Table;
use crate::cell::{Column, Line};
use crate::lang::Lang;
use crate::props::Overview;
use crate::ui::Here;
use crate::{address, format, kinds, lists, tr};

/// Status, name and the cell after it say enough at a glance.
const COLUMNS: usize = 3;

#[component]
pub fn OverviewPage(overview: Overview) -> impl IntoView {
    let here = Here::now();
    let lang = here.lang;
    let running = |query: &ListQuery| query.status.as_deref() == Some("running");
    let (now, attention): (Vec<_>, Vec<_>) = overview
        .lists
        .into_iter()
        .partition(|(query, _)| running(query));
    let none = |lists: &[(ListQuery, Page)]| lists.iter().all(|(_, page)| page.total == 0);
    let calm = none(&attention).then(|| view! { <p class="note ok">{tr!(lang, "over.calm")}</p> });
    let idle = none(&now).then(|| view! { <p class="note">{tr!(lang, "over.idle")}</p> });
    let counts = here.shell.counts;
    let empty = (counts.cronjobs + counts.jobs + counts.daemonsets == 0).then(|| {
        view! {
            <section class="card empty">
                <h2>{tr!(lang, "empty.cluster")}</h2>
                <p>{tr!(lang, "empty.cluster_text")}</p>
                <Examples/>
            </section>
        }
    });
    let draw = |lists: Vec<(ListQuery, Page)>| {
        lists
            .into_iter()
            .filter(|(_, page)| !page.rows.is_empty())
            .map(|(query, page)| glance(query, &page, lang))
            .collect_view()
    };
    view! {
        {empty}
        <h2 class="over">{tr!(lang, "over.attention")}</h2>
        {calm}
        <div class="parts">{draw(attention)}</div>
        <h2 class="over">{tr!(lang, "over.running")}</h2>
        {idle}
        <div class="parts">{draw(now)}</div>
    }
}

/// The first rows of a list; the title leads to all of it.
fn glance(query: ListQuery, page: &Page, lang: Lang) -> AnyView {
    let kind = query.kind;
    let line = |row: &Row| Line {
        key: row.head().uid.clone(),
        cells: lists::cells(row, lang).into_iter().take(COLUMNS).collect(),
    };
    let lines = page.rows.iter().map(line).collect();
    let columns: Vec<Column> = lists::columns(kind, lang)
        .into_iter()
        .take(COLUMNS)
        .collect();
    let status = query.status.clone().unwrap_or_default();
    let word = lists::statuses(kind, lang)
        .into_iter()
        .find(|(name, _)| *name == status);
    let title = format!(
        "{} · {}",
        kinds::title(kind, lang),
        word.map(|(_, word)| word).unwrap_or_default()
    );
    let href = address::of(&ListQuery {
        limit: address::ROWS,
        ..query
    });
    let key = title.clone();
    view! {
        <section class="card part half" data-k=key>
            <h3><a class="link" href=href>{title.clone()}</a>" "<em class="count">{format::number(page.total)}</em></h3>
            <Table caption=title columns=columns lines=lines/>
        </section>
    }
    .into_any()
}
