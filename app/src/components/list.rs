//! A list: status chips, the table, and the pages of it.

use leptos::prelude::*;
use orrery_view::{ENDED, Kind, LIVE, ListQuery, Page, Row, Sort, SortBy};

use super::empty::Empty;
use super::table::{self, Named, Table};
use crate::cell::{Button, Cell, Column, Deed, Line};
use crate::forms::{self, bulk};
use crate::lang::Lang;
use crate::paint::Esc;
use crate::ui::Here;
use crate::{address, draw, format, kinds, lists, paint, tr};

#[component]
pub fn ListPage(query: ListQuery, page: Page) -> impl IntoView {
    let here = Here::now();
    let (lang, kind) = (here.lang, query.kind);
    let ticks = bulk::offered(kind, &here.permits);
    let columns = columns(kind, lang, ticks);
    let headings = columns.iter().map(|column| match column.class {
        TICKS => every(lang),
        _ => heading(column, &query),
    });
    let headings = headings.collect();
    let named = use_context::<Named>().is_some();
    let lines = page.rows.iter().map(|row| match named {
        true => Line {
            key: row.head().uid.clone(),
            cells: Vec::new(),
        },
        false => line(row, lang, ticks),
    });
    let lines = lines.collect();
    let caption = kinds::title(kind, lang);
    let chips = chips(&query, &page, lang);
    let (label_query, unread) = (query.clone(), page.unread_labels.clone());
    let [from, rows, _] = parts(&query, &page);
    let foot = foot(&query, &page, from, lang);
    let total = page.total;
    // as high as the rows would be that are not on the page; the browser keeps them
    let gap =
        |which| (rows < total).then(|| view! { <div class="gap" data-k=which data-keep=""></div> });
    let (before, after) = (gap("before"), gap("after"));
    // the last that was heard of it, which is of none that are there
    let any = query.within.is_some() || !page.statuses.is_empty();
    let pulse = page.pulse.as_ref().filter(|_| any).map(|pulse| {
        let drawn = draw::pulse::pulse(pulse, &query, lang);
        view! {
            <section class="card part pulse" data-k="pulse">
                <h2>{tr!(lang, "pulse.title")}</h2>
                <nav class="chips" aria-label=tr!(lang, "pulse.kinds")>{about(&query)}</nav>
                // a piece by itself: it changes with each Event, and the page around it does not
                <header data-k="bars" inner_html=drawn></header>
            </section>
        }
        .into_any()
    });
    // of Events the histogram says so
    let due = (kind == Kind::CronJob && query.within.is_some()).then(|| {
        let mut drawn = String::new();
        draw::pulse::chosen(&mut drawn, &query, lang);
        view! {
            <section class="card part pulse" data-k="due">
                <h2>{tr!(lang, "list.due")}</h2>
                <header inner_html=drawn></header>
            </section>
        }
    });
    let bar = ticks.then(|| {
        let bar = bulk::bar(&query, &page, lang);
        view! { <div data-k="bulk" inner_html=bar></div> }
    });
    let class = match (rows < total, ticks) {
        (true, true) => "card list long picks",
        (true, false) => "card list long",
        (false, true) => "card list picks",
        (false, false) => "card list",
    };
    let card = (!page.rows.is_empty()).then(|| {
        view! {
            <section class=class data-kind=kinds::path(kind) data-from=from data-total=total>
                {before}
                <Table caption=caption columns=columns lines=lines headings=headings total=total/>
                {after}
                {bar}
                {foot}
            </section>
        }
    });
    view! {
        <div class="filters">
            <nav data-k="chips" class="chips" aria-label=tr!(lang, "list.filter")>{chips}</nav>
            {labels(&label_query, unread.as_deref(), lang)}
            {add(kind, lang)}
        </div>
        {pulse}
        {due}
        {card}
        <Empty query=query page=page/>
    }
}

/// How many rows of a list are above those on the page, on it and below.
pub fn parts(query: &ListQuery, page: &Page) -> [u32; 3] {
    let rows = u32::try_from(page.rows.len()).unwrap_or(u32::MAX);
    let others = page.total.saturating_sub(rows);
    // the server moves a window that lies beyond the end
    let above = query.offset.min(others);
    [above, rows, others - above]
}

/// The class of the column in which rows are ticked.
const TICKS: &str = "c-pick";

fn columns(kind: Kind, lang: Lang, ticks: bool) -> Vec<Column> {
    let mut columns = lists::columns(kind, lang);
    if ticks {
        columns.insert(0, Column::new(tr!(lang, "bulk.column")).class(TICKS));
    }
    columns
}

fn line(row: &Row, lang: Lang, ticks: bool) -> Line {
    let mut cells = lists::cells(row, lang);
    if ticks {
        let tick = Cell::Pick {
            object: bulk::value(&lists::object(row)),
            may: bulk::may(row, lang),
        };
        cells.insert(0, tick);
    }
    Line {
        key: row.head().uid.clone(),
        cells,
    }
}

/// Rows of the list as HTML, without the page around them.
pub fn rows<'a>(kind: Kind, rows: impl Iterator<Item = &'a Row>, here: &Here) -> String {
    let lang = here.lang;
    let ticks = bulk::offered(kind, &here.permits);
    let (caption, columns) = (kinds::title(kind, lang), columns(kind, lang, ticks));
    let row = |row| {
        let line = line(row, lang, ticks);
        let cells = paint::row(&line.cells, &columns, lang);
        let key = table::key(&caption, &line);
        format!(r#"<tr data-k="{}">{cells}</tr>"#, Esc(&key))
    };
    rows.map(row).collect()
}

/// A field for a label selector. It is sent as a form, so that what is half typed filters nothing.
fn labels(query: &ListQuery, unread: Option<&str>, lang: Lang) -> Option<AnyView> {
    if query.kind == Kind::Event {
        return None;
    }
    let bare = ListQuery {
        labels: String::new(),
        offset: 0,
        ..query.clone()
    };
    let action = format!("/{}", kinds::path(query.kind));
    let others = address::pairs(&bare).into_iter();
    let others = others.map(|(name, value)| view! { <input type="hidden" name=name value=value/> });
    let word = tr!(lang, "list.labels");
    let problem = unread.map(|why| {
        view! { <p class="refused" id="labels-why" role="alert">{tr!(lang, "list.labels_unread", why = why)}</p> }
    });
    Some(
        view! {
            <form class="labels" method="get" action=action>
                {others.collect_view()}
                <input
                    type="search"
                    name="labels"
                    value=query.labels.clone()
                    placeholder=tr!(lang, "list.labels_hint")
                    aria-label=word.clone()
                    title=word
                    aria-invalid=unread.map(|_| "true")
                    aria-describedby=unread.map(|_| "labels-why")
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    enterkeyhint="search"
                />
                {problem}
            </form>
        }
        .into_any(),
    )
}

/// Chips for the kinds that Events are about; each takes itself back.
fn about(query: &ListQuery) -> Vec<AnyView> {
    let words: Vec<&str> = query.text.split_whitespace().collect();
    let chip = |kind: Kind| {
        let mine = format!("kind:{}", kinds::resource(kind));
        let here = words.iter().any(|word| word.eq_ignore_ascii_case(&mine));
        let is_kind = |word: &&&str| word.to_ascii_lowercase().starts_with("kind:");
        let mut wanted: Vec<&str> = words
            .iter()
            .filter(|word| !is_kind(word))
            .copied()
            .collect();
        if !here {
            wanted.push(&mine);
        }
        let text = wanted.join(" ");
        let href = with(query, |query| query.text = text);
        view! {
            <a class="chip" href=href data-step="" aria-current=here.then_some("true")>{kinds::one(kind)}</a>
        }
        .into_any()
    };
    let all = [
        Kind::CronJob,
        Kind::Job,
        Kind::DaemonSet,
        Kind::Pod,
        Kind::Node,
    ];
    all.map(chip).into()
}

/// Makes one more, of what can be made so.
fn add(kind: Kind, lang: Lang) -> Option<AnyView> {
    if kind != Kind::Node || !Here::now().permits.machines {
        return None;
    }
    let deed = Deed::Form(forms::machine::ADD.into());
    let button = Button::new(tr!(lang, "machine.add"), "", deed);
    let html = paint::html(&Cell::Buttons(vec![button]), lang);
    Some(view! { <div data-k="add" inner_html=html></div> }.into_any())
}

/// The box that ticks all rows of the page.
fn every(lang: Lang) -> AnyView {
    let box_ = format!(
        r#"<input type="checkbox" autocomplete="off" data-all="" aria-label="{}">"#,
        tr!(lang, "bulk.every")
    );
    view! { <span inner_html=box_></span> }.into_any()
}

/// A heading that sorts by its column, and turns the direction when it does already.
fn heading(column: &Column, query: &ListQuery) -> AnyView {
    let title = column.title.clone();
    let Some(by) = column.sort else {
        return title.into_any();
    };
    let mine = query.sort.by == by;
    let arrow = match (mine, query.sort.descending) {
        (false, _) => "",
        (true, false) => " ↑",
        (true, true) => " ↓",
    };
    // The latest first is what one wants of times; of ages that is the smallest.
    let natural = matches!(by, SortBy::LastRun | SortBy::Restarts | SortBy::Duration);
    let descending = if mine {
        !query.sort.descending
    } else {
        natural
    };
    let href = with(query, |query| query.sort = Sort { by, descending });
    view! { <a class="sort" href=href data-step="">{title}<span aria-hidden="true">{arrow}</span></a> }
        .into_any()
}

/// The address of the list with one thing changed.
fn with(query: &ListQuery, change: impl FnOnce(&mut ListQuery)) -> String {
    let mut query = query.clone();
    query.offset = 0;
    change(&mut query);
    address::of(&query)
}

/// How many there are of each status; each chip is the list of those.
fn chips(query: &ListQuery, page: &Page, lang: Lang) -> Vec<AnyView> {
    let chosen = query.status.as_deref();
    let total: u32 = page.statuses.iter().map(|(_, n)| n).sum();
    let all = chip(query, tr!(lang, "list.all"), total, None);
    let each = lists::statuses(query.kind, lang)
        .into_iter()
        .filter_map(|(name, word)| {
            let holds = |(known, _): &&(String, u32)| match name {
                LIVE => !ENDED.contains(&known.as_str()),
                name => known == name,
            };
            let n = page.statuses.iter().filter(holds).map(|(_, n)| n).sum();
            (n > 0 || chosen == Some(name)).then(|| chip(query, word, n, Some(name)))
        });
    std::iter::once(all).chain(each).collect()
}

fn chip(query: &ListQuery, word: String, n: u32, status: Option<&'static str>) -> AnyView {
    let here = query.status.as_deref() == status;
    let href = with(query, |query| query.status = status.map(String::from));
    let class = format!("chip s-{}", status.unwrap_or("all"));
    view! {
        <a class=class href=href data-step="" aria-current=here.then_some("true")>{word}" "<b>{format::number(n)}</b></a>
    }
    .into_any()
}

/// How many rows are shown of how many, and the way to the others.
fn foot(query: &ListQuery, page: &Page, offset: u32, lang: Lang) -> AnyView {
    let total = page.total;
    let rows = u32::try_from(page.rows.len()).unwrap_or(u32::MAX);
    let kind = kinds::counted(total, query.kind, lang);
    let text = match rows == total {
        true => tr!(lang, "list.count", n = format::number(total), kind = kind),
        false => tr!(
            lang,
            "list.window",
            from = format::number(offset + 1),
            to = format::number(offset + rows),
            n = format::number(total),
            kind = kind
        ),
    };
    let before = (offset > 0).then(|| {
        let href = with(query, |query| {
            query.offset = offset.saturating_sub(address::ROWS)
        });
        view! { <a class="btn" rel="prev" href=href>{tr!(lang, "list.before")}</a> }
    });
    let after = (offset + rows < total).then(|| {
        let href = with(query, |query| query.offset = offset + address::ROWS);
        view! { <a class="btn" rel="next" href=href>{tr!(lang, "list.after")}</a> }
    });
    view! { <p data-k="foot" class="foot"><span>{text}</span><span class="acts">{before}{after}</span></p> }
        .into_any()
}
