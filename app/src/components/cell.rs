//! Draws a cell.

use leptos::prelude::*;
use orrery_view::Millis;

use super::buttons::buttons;
use super::dots::Dots;
use super::strip::Strip;
use super::switch::Switch;
use super::time::{Instant, Lasting, Saying};
use crate::cell::{Cell, Link};
use crate::tone::Tone;
use crate::ui::Ui;
use crate::{format, tr};

pub fn draw(cell: Cell) -> AnyView {
    match cell {
        Cell::Empty => ().into_any(),
        Cell::Status { tone, word, note } => status(tone, word, note).into_any(),
        Cell::Name { href, name, sub } => {
            view! { <a class="name" href=href>{name}</a>{sub_line(sub)} }.into_any()
        }
        Cell::Text { text, sub } => {
            view! { <span class="text">{text}</span>{sub_line(sub)} }.into_any()
        }
        Cell::Code { code, sub } => view! { <code>{code}</code>{sub_line(sub)} }.into_any(),
        Cell::Number { n, tone } => {
            let class = tone.map_or("n", |tone| tone.class());
            view! { <span class=class>{format::number(n)}</span> }.into_any()
        }
        Cell::Ago(at) => view! { <Instant at=at saying=Saying::Ago/> }.into_any(),
        Cell::Date(at) => view! { <Instant at=at saying=Saying::Date/> }.into_any(),
        Cell::Until(at) => view! { <Instant at=at saying=Saying::Until/> }.into_any(),
        Cell::Next { at, suspended } => next(at, suspended),
        Cell::Last {
            tone,
            word,
            start,
            end,
            href,
        } => last(tone, word, start, end, href).into_any(),
        Cell::Lasting { start, end } => view! { <Lasting start=start end=end/> }.into_any(),
        Cell::Strip { bars, summary } => view! { <Strip bars=bars summary=summary/> }.into_any(),
        Cell::Progress { done, of, tone } => progress(done, of, tone).into_any(),
        Cell::Switch { object, on } => view! { <Switch object=object on=on/> }.into_any(),
        Cell::Dots { dots, square } => view! { <Dots dots=dots square=square/> }.into_any(),
        Cell::Chips(chips) => {
            let chips = chips
                .into_iter()
                .map(|chip| view! { <code class="label">{chip}</code> });
            chips.collect_view().into_any()
        }
        Cell::Links(links) => links.into_iter().map(link).collect_view().into_any(),
        Cell::Buttons(all) => buttons(all).into_any(),
    }
}

fn sub_line(sub: String) -> Option<impl IntoView> {
    (!sub.is_empty()).then(|| view! { <span class="sub">{sub}</span> })
}

fn status(tone: Tone, word: String, note: String) -> impl IntoView {
    let class = format!("dot {}", tone.class());
    view! {
        <span class="status">
            <i class=class aria-hidden="true"></i>
            <span class="word">{word}</span>
        </span>
        {sub_line(note)}
    }
}

fn link(link: Link) -> impl IntoView {
    let (target, rel) = match link.away {
        true => (Some("_blank"), Some("noreferrer")),
        false => (None, None),
    };
    view! { <a class="link" href=link.href target=target rel=rel>{link.text}</a>" " }
}

fn progress(done: u32, of: Option<u32>, tone: Tone) -> impl IntoView {
    let text = match of {
        Some(of) => format!("{done}/{of}"),
        None => done.to_string(),
    };
    let class = format!("progress {}", tone.class());
    let label = tr!(Ui::here().lang, "col.completions");
    // A work queue has no number to reach: only the count is shown.
    let bar = of.map(|of| {
        view! { <progress class=class max=of.max(1).to_string() value=done.to_string() aria-label=label></progress> }
    });
    view! { <span class="tabular">{text}</span>{bar} }
}

fn next(at: Option<Millis>, suspended: bool) -> AnyView {
    let lang = Ui::here().lang;
    match (at, suspended) {
        (None, true) => {
            view! { <span class="sub">{tr!(lang, "state.suspended")}</span> }.into_any()
        }
        (None, false) => view! { <span class="sub">{tr!(lang, "time.never")}</span> }.into_any(),
        (Some(at), true) => view! {
            <span class="mute">{tr!(lang, "time.would_run")}</span>
            <span class="sub"><Instant at=at saying=Saying::Date/></span>
        }
        .into_any(),
        (Some(at), false) => view! {
            <b class="tabular"><Instant at=at saying=Saying::Until/></b>
            <span class="sub"><Instant at=at saying=Saying::Date/></span>
        }
        .into_any(),
    }
}

fn last(
    tone: Tone,
    word: String,
    start: Option<Millis>,
    end: Option<Millis>,
    href: String,
) -> impl IntoView {
    let class = format!("out {}", tone.class());
    let href = (!href.is_empty()).then_some(href);
    let when = end
        .or(start)
        .map(|at| view! { <Instant at=at saying=Saying::Ago/> });
    view! {
        <a class=class href=href>{word}</a>
        <span class="sub"><Lasting start=start end=end/>" · "{when}</span>
    }
}
