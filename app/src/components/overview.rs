//! The overview: what needs attention, then what runs now.

use leptos::prelude::*;
use orrery_view::{Body, ListQuery, Page, Row, Topic};

use super::empty::Examples;
use super::table::Table;
use crate::cell::Column;
use crate::live::{Line, Lines};
use crate::props::Overview;
use crate::ui::Ui;
use crate::{address, format, kinds, lists, tr};

/// Status, name and the cell after it say enough at a glance.
const COLUMNS: usize = 3;

#[component]
pub fn OverviewPage(overview: Overview) -> impl IntoView {
    let ui = Ui::here();
    let lang = ui.lang;
    let glances: Vec<(ListQuery, RwSignal<Page>)> = overview
        .lists
        .into_iter()
        .map(|(query, page)| (query, RwSignal::new(page)))
        .collect();
    let running = |query: &ListQuery| query.status.as_deref() == Some("running");
    let pages: Vec<_> = glances
        .iter()
        .filter(|(query, _)| !running(query))
        .map(|(_, page)| *page)
        .collect();
    let calm = Memo::new(move |_| pages.iter().all(|page| page.with(|page| page.total == 0)));
    let quiet = glances
        .iter()
        .find(|(query, _)| running(query))
        .map(|(_, page)| *page);
    let idle = move || quiet.is_some_and(|page| page.with(|page| page.total == 0));
    let empty = Memo::new(move |_| {
        ui.shell
            .with(|shell| shell.counts.cronjobs + shell.counts.jobs + shell.counts.daemonsets == 0)
    });
    let (now, attention): (Vec<_>, Vec<_>) =
        glances.into_iter().partition(|(query, _)| running(query));
    let draw = |(query, page)| view! { <Glance query=query page=page/> };
    view! {
        {move || empty.get().then(|| view! {
            <section class="card empty">
                <h2>{tr!(lang, "empty.cluster")}</h2>
                <p>{tr!(lang, "empty.cluster_text")}</p>
                <Examples/>
            </section>
        })}
        <h2 class="over">{tr!(lang, "over.attention")}</h2>
        <p class="note ok" class:none=move || !calm.get()>{tr!(lang, "over.calm")}</p>
        <div class="parts">{attention.into_iter().map(draw).collect_view()}</div>
        <h2 class="over">{tr!(lang, "over.running")}</h2>
        <p class="note" class:none=move || !idle()>{tr!(lang, "over.idle")}</p>
        <div class="parts">{now.into_iter().map(draw).collect_view()}</div>
    }
}

/// The first rows of a list; the title leads to all of it.
#[component]
fn Glance(query: ListQuery, page: RwSignal<Page>) -> impl IntoView {
    let ui = Ui::here();
    let (kind, lang) = (query.kind, ui.lang);
    let glance = move |page: &Page| {
        let cells = |row: &Row| lists::cells(row, lang).into_iter().take(COLUMNS).collect();
        page.rows
            .iter()
            .map(|row| Line {
                key: row.head().uid.clone(),
                cells: cells(row),
            })
            .collect::<Vec<_>>()
    };
    let lines = Lines::new(page.with_untracked(glance));
    ui.live
        .watch(Some(Topic::List(query.clone())), move |body, _| {
            match body {
                Body::Page(new) => page.set(new),
                Body::Delta(delta) => page.update(|page| page.apply(delta)),
                _ => return,
            }
            lines.replace(page.with_untracked(glance));
        });
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
    let count = move || page.with(|page| format::number(page.total));
    view! {
        <section class="card part half" class:none=move || page.with(|page| page.rows.is_empty())>
            <h3><a class="link" href=href>{title.clone()}</a>" "<em class="count">{count}</em></h3>
            <Table caption=title columns=columns lines=lines/>
        </section>
    }
}
