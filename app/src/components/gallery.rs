//! Every component in every state, on one page, for those who change them: `/gallery` of a debug build. Headings are
//! the names that the code has, so that a look at the page leads to its lines.

use leptos::prelude::*;
use orrery_view::{Kind, Millis, ObjectRef};

use super::cell::draw;
use super::detail::parts;
use super::empty::{self, Why};
use super::trouble::Trouble;
use super::{dialog, state};
use crate::backend::AppError;
use crate::cell::{Bar, Button, Cell, Column, Deed, Dot, Line, Link};
use crate::details::{Fact, Section};
use crate::forms;
use crate::tone::Tone;
use crate::ui::{Asking, Here, toast};

const TONES: [Tone; 5] = [Tone::Ok, Tone::Run, Tone::Bad, Tone::Warn, Tone::Off];
const MINUTE: Millis = 60_000;

#[component]
pub fn Gallery() -> impl IntoView {
    let lang = Here::now().lang;
    let dialogs = [
        Asking::Delete(job()),
        Asking::Menu(job(), buttons()),
        Asking::Sheet(forms::trigger::blank(&cronjob(), lang)),
        Asking::Help,
    ];
    let dialog = |asking: &Asking| {
        // one page, several dialogs: their headings need no id here
        let html = dialog::draw(asking, lang)
            .replace(r#" id="asking""#, "")
            .replace(r#" id="confirm""#, "")
            .replace(" autofocus", "");
        view! { <dialog open inner_html=html></dialog> }
    };
    let whys = [
        Why::NotYet,
        Why::None,
        Why::Filtered,
        Why::EmptyCluster,
        Why::Refused,
    ];
    let said = "cronjobs.batch is forbidden: User \"viewer\" cannot list resource \"cronjobs\"";
    let empty = |why| {
        empty::draw(
            why,
            Kind::CronJob,
            (why == Why::Refused).then(|| orrery_view::Refused {
                kind: Kind::CronJob,
                namespace: String::new(),
                message: said.into(),
            }),
        )
    };
    let message = || "Operation cannot be fulfilled on jobs.batch \"shards\"".to_owned();
    let troubles = [
        None,
        Some(AppError::SignIn),
        Some(AppError::Gone { message: message() }),
        Some(AppError::Refused { message: message() }),
        Some(AppError::Away { message: message() }),
    ];
    let toasts = TONES.map(|tone| {
        let links = [link("shards-manual-x7k2p")];
        let kubectl = "kubectl create job shards-manual-x7k2p --from=cronjob/shards";
        let html = toast(
            tone,
            "Made shards-manual-x7k2p.",
            kubectl,
            &links,
            None,
            lang,
        );
        view! { <div class="specimen" inner_html=html></div> }
    });
    view! {
        <section class="gallery">
            <h2 class="over">"Cell"</h2>
            <dl class="specimens">{cells().into_iter().map(specimen).collect_view()}</dl>
            <h2 class="over">"Section"</h2>
            {parts(sections())}
            <h2 class="over">"Dialog"</h2>
            <div class="specimens wide">{dialogs.iter().map(dialog).collect_view()}</div>
            <h2 class="over">"Toast"</h2>
            <div class="specimens wide">{toasts.into_iter().collect_view()}</div>
            <h2 class="over">"Banner"</h2>
            {state::lost(lang)}
            <h2 class="over">"Empty"</h2>
            {whys.into_iter().map(empty).collect_view()}
            <h2 class="over">"Trouble"</h2>
            {troubles.into_iter().map(|error| view! { <Trouble error=error/> }).collect_view()}
        </section>
    }
}

fn specimen((name, cell): (&'static str, Cell)) -> impl IntoView {
    view! { <div><dt><code>{name}</code></dt><dd>{draw(&cell)}</dd></div> }
}

/// A cell of each sort, in the states that look different.
fn cells() -> Vec<(&'static str, Cell)> {
    let now = Here::now().shell.now;
    let status = |tone: Tone| Cell::Status {
        tone,
        word: format!("{tone:?}"),
        note: "BackoffLimitExceeded".into(),
    };
    let progress = |tone, done| Cell::Progress {
        done,
        of: Some(12),
        tone,
    };
    let mut all: Vec<_> = TONES.map(|tone| ("Status", status(tone))).into();
    all.extend([
        (
            "Name",
            Cell::Name {
                href: "/jobs/default/shards".into(),
                name: "shards".into(),
                sub: "default".into(),
            },
        ),
        (
            "Text",
            Cell::Text {
                text: "Every day at 03:00".into(),
                sub: "Asia/Seoul".into(),
            },
        ),
        ("Code", Cell::code("0 3 * * *")),
        ("Number", Cell::number(12)),
        ("Number, toned", Cell::toned(3, Tone::Bad)),
        ("Ago", Cell::Ago(now - 5 * MINUTE)),
        ("Date", Cell::Date(now)),
        ("Until", Cell::Until(now + 5 * MINUTE)),
        (
            "Next",
            Cell::Next {
                at: Some(now + 90 * MINUTE),
                suspended: false,
                zoned: String::new(),
            },
        ),
        (
            "Next, suspended",
            Cell::Next {
                at: Some(now + 90 * MINUTE),
                suspended: true,
                zoned: String::new(),
            },
        ),
        (
            "Next, never",
            Cell::Next {
                at: None,
                suspended: false,
                zoned: String::new(),
            },
        ),
        (
            "Last",
            Cell::Last {
                tone: Tone::Ok,
                word: "Succeeded".into(),
                start: Some(now - 9 * MINUTE),
                end: Some(now - 7 * MINUTE),
                href: "/jobs/default/shards".into(),
            },
        ),
        (
            "Lasting, running",
            Cell::Lasting {
                start: Some(now - MINUTE),
                end: None,
            },
        ),
        (
            "Lasting, ended",
            Cell::Lasting {
                start: Some(now - 3 * MINUTE),
                end: Some(now - MINUTE),
            },
        ),
        (
            "Times",
            Cell::Times {
                start: now - 8 * MINUTE,
                usual: MINUTE,
            },
        ),
        (
            "Strip",
            Cell::Strip {
                bars: bars(),
                summary: "4 of 5 succeeded".into(),
            },
        ),
        ("Progress, running", progress(Tone::Run, 5)),
        ("Progress, done", progress(Tone::Ok, 12)),
        ("Progress, failed", progress(Tone::Bad, 7)),
        ("Switch, on", switch(true)),
        ("Switch, off", switch(false)),
        (
            "Dots",
            Cell::Dots {
                dots: dots(),
                square: false,
            },
        ),
        (
            "Dots, square",
            Cell::Dots {
                dots: dots(),
                square: true,
            },
        ),
        (
            "Chips",
            Cell::Chips(vec!["app=shards".into(), "tier=batch".into()]),
        ),
        ("Links", Cell::Links(vec![link("shards-0-ps94p")])),
        ("Buttons", Cell::Buttons(buttons())),
        ("Empty", Cell::Empty),
    ]);
    all
}

fn sections() -> Vec<Section> {
    let note = |tone: Tone| Section::Note {
        tone,
        title: format!("{tone:?}"),
        text: "The previous run was still active, and the policy is Forbid.".into(),
    };
    let mut all: Vec<_> = TONES.map(note).into();
    all.push(Section::Facts {
        title: "Facts".into(),
        facts: vec![
            Fact::new("Schedule", Cell::code("0 3 * * *")),
            Fact::new("Concurrency policy", Cell::text("Forbid")),
        ],
    });
    let table = |title: &str, lines| Section::Table {
        more: None,
        title: title.into(),
        columns: vec![Column::new("Name"), Column::new("Completions").class("num")],
        lines,
        empty: "No pods.".into(),
    };
    let line = Line {
        key: "shards".into(),
        cells: vec![
            Cell::link("shards", "/jobs/default/shards"),
            Cell::number(5),
        ],
    };
    all.extend([
        table("Table", vec![line]),
        table("Table, empty", Vec::new()),
    ]);
    all
}

fn buttons() -> Vec<Button> {
    let go = |label: &str| Button::new(label, "", Deed::Go("/gallery".into()));
    let mut refused = go("Refused");
    refused.refused = "The cluster does not let you create jobs in default.".into();
    vec![
        go("Plain"),
        go("Prime").prime(),
        go("Danger").danger(),
        refused,
    ]
}

fn bars() -> Vec<Bar> {
    let bar = |(i, tone): (usize, Tone)| Bar {
        tone,
        height: 4 + 4 * i as u32,
        gap: tone == Tone::Off,
        manual: i == 1,
        label: format!("{tone:?}"),
        href: "/gallery".into(),
    };
    TONES.into_iter().enumerate().map(bar).collect()
}

fn dots() -> Vec<Dot> {
    let dot = |tone: Tone| Dot {
        tone,
        label: format!("{tone:?}"),
        href: "/gallery".into(),
    };
    TONES.map(dot).into()
}

fn switch(on: bool) -> Cell {
    Cell::Switch {
        object: cronjob(),
        on,
    }
}

fn link(text: &str) -> Link {
    Link {
        text: text.into(),
        href: "/gallery".into(),
        away: false,
    }
}

fn cronjob() -> ObjectRef {
    object(Kind::CronJob)
}

fn job() -> ObjectRef {
    object(Kind::Job)
}

fn object(kind: Kind) -> ObjectRef {
    ObjectRef {
        kind,
        namespace: "default".into(),
        name: "shards".into(),
    }
}
