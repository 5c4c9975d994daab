//! A list: status chips, the table, and the pages of it.

use leptos::prelude::*;
use orrery_view::{Body, Kind, ListQuery, Page, Row, Sort, SortBy, Topic};

use super::empty::Empty;
use super::table::Table;
use crate::cell::Column;
use crate::live::{Line, Lines};
use crate::ui::Ui;
use crate::{address, browser, format, kinds, lists, tr};

#[component]
pub fn ListPage(query: ListQuery, page: Page) -> impl IntoView {
    let ui = Ui::here();
    let (kind, lang) = (query.kind, ui.lang);
    let lines = Lines::new(lines(&page, ui));
    let page = RwSignal::new(page);
    let slot = ui
        .live
        .watch(Some(Topic::List(query.clone())), move |body, _| {
            match body {
                Body::Page(new) => page.set(new),
                Body::Delta(delta) => page.update(|page| page.apply(delta)),
                _ => return,
            }
            ui.clock.correct(page.with_untracked(|page| page.now));
            lines.replace(page.with_untracked(|page| self::lines(page, ui)));
        });
    Effect::new(move |before: Option<Option<ListQuery>>| {
        let asked = ui.query.get();
        if let (Some(before), Some(asked)) = (before, &asked)
            && before.as_ref() != Some(asked)
        {
            browser::replace_address(&address::of(asked));
            ui.live.change(slot, Some(Topic::List(asked.clone())));
        }
        asked
    });
    let columns = lists::columns(kind, lang);
    let headings = columns
        .iter()
        .map(|column| heading(column, query.sort))
        .collect();
    let some = Memo::new(move |_| page.with(|page| !page.rows.is_empty()));
    view! {
        <Chips kind=kind page=page/>
        <section class="card list" class:none=move || !some.get()>
            <Table caption=kinds::title(kind, lang) columns=columns lines=lines headings=headings/>
            <Foot kind=kind page=page/>
        </section>
        <Empty kind=kind page=page/>
    }
}

fn lines(page: &Page, ui: Ui) -> Vec<Line> {
    let line = |row: &Row| Line {
        key: row.head().uid.clone(),
        cells: lists::cells(row, ui.lang),
    };
    page.rows.iter().map(line).collect()
}

/// A heading that sorts by its column, and turns the direction when it does already.
fn heading(column: &Column, sort: Sort) -> AnyView {
    let title = column.title.clone();
    let Some(by) = column.sort else {
        return title.into_any();
    };
    let ui = Ui::here();
    let mine = sort.by == by;
    let arrow = match (mine, sort.descending) {
        (false, _) => "",
        (true, false) => " ↑",
        (true, true) => " ↓",
    };
    let href = move || {
        // The latest first is what one wants of times.
        let natural = matches!(
            by,
            SortBy::Age | SortBy::LastRun | SortBy::Restarts | SortBy::Duration
        );
        let descending = if mine { !sort.descending } else { natural };
        with(ui, |query| query.sort = Sort { by, descending })
    };
    view! { <a class="sort" href=href>{title}<span aria-hidden="true">{arrow}</span></a> }
        .into_any()
}

/// The address of the list with one thing changed.
fn with(ui: Ui, change: impl FnOnce(&mut ListQuery)) -> String {
    let Some(mut query) = ui.query.get() else {
        return String::new();
    };
    query.offset = 0;
    change(&mut query);
    address::of(&query)
}

/// How many there are of each status; each chip is the list of those.
#[component]
fn Chips(kind: Kind, page: RwSignal<Page>) -> impl IntoView {
    let ui = Ui::here();
    let lang = ui.lang;
    let words = StoredValue::new(lists::statuses(kind, lang));
    let counts = Memo::new(move |_| page.with(|page| page.statuses.clone()));
    let chips = move || {
        let counts = counts.get();
        let chosen = ui
            .query
            .with(|query| query.as_ref().and_then(|query| query.status.clone()));
        let total: u32 = counts.iter().map(|(_, n)| n).sum();
        let all = chip(ui, tr!(lang, "list.all"), total, None, chosen.is_none());
        let each = words.get_value().into_iter().filter_map(|(name, word)| {
            let n = counts
                .iter()
                .find(|(known, _)| known == name)
                .map_or(0, |(_, n)| *n);
            let here = chosen.as_deref() == Some(name);
            (n > 0 || here).then(|| chip(ui, word, n, Some(name), here))
        });
        std::iter::once(all).chain(each).collect_view()
    };
    view! { <nav class="chips" aria-label=tr!(lang, "list.filter")>{chips}</nav> }
}

fn chip(ui: Ui, word: String, n: u32, status: Option<&'static str>, here: bool) -> AnyView {
    let href = with(ui, |query| query.status = status.map(String::from));
    let class = format!("chip s-{}", status.unwrap_or("all"));
    view! {
        <a class=class href=href aria-current=here.then_some("true")>{word}" "<b>{format::number(n)}</b></a>
    }
    .into_any()
}

/// How many rows are shown of how many, and the way to the others.
#[component]
fn Foot(kind: Kind, page: RwSignal<Page>) -> impl IntoView {
    let ui = Ui::here();
    let lang = ui.lang;
    let place = move || {
        let offset = ui
            .query
            .with(|query| query.as_ref().map_or(0, |query| query.offset));
        page.with(|page| {
            (
                offset,
                u32::try_from(page.rows.len()).unwrap_or(u32::MAX),
                page.total,
            )
        })
    };
    let text = move || {
        let (offset, rows, total) = place();
        let kind = kinds::title(kind, lang);
        match rows == total {
            true => tr!(lang, "list.count", n = format::number(total), kind = kind),
            false => tr!(
                lang,
                "list.window",
                from = format::number(offset + 1),
                to = format::number(offset + rows),
                n = format::number(total),
                kind = kind
            ),
        }
    };
    let before = move || {
        let (offset, ..) = place();
        (offset > 0).then(|| {
            let href = with(ui, |query| {
                query.offset = offset.saturating_sub(address::ROWS)
            });
            view! { <a class="btn" rel="prev" href=href>{tr!(lang, "list.before")}</a> }
        })
    };
    let after = move || {
        let (offset, rows, total) = place();
        (offset + rows < total).then(|| {
            let href = with(ui, |query| query.offset = offset + address::ROWS);
            view! { <a class="btn" rel="next" href=href>{tr!(lang, "list.after")}</a> }
        })
    };
    view! { <p class="foot"><span>{text}</span><span class="acts">{before}{after}</span></p> }
}
