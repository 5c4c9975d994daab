//! The navigation: each kind with its count, and the cluster below.

use leptos::prelude::*;
use orrery_view::Kind;

use crate::ui::Ui;
use crate::{address, format, kinds, tr};

#[component]
pub fn Nav(
    /// The kind that the page is about.
    kind: Option<Kind>,
    home: bool,
) -> impl IntoView {
    let ui = Ui::here();
    let links = kinds::ALL.map(|each| entry(each, kind == Some(each)).into_any());
    let overview = move || match ui.namespaces.get() {
        chosen if chosen.is_empty() => String::from("/"),
        chosen => format!("/?ns={}", chosen.join(",")),
    };
    view! {
        <aside class="side">
            <a class="brand" href="/">{mark()}<span>"Orrery"</span></a>
            <nav aria-label=tr!(ui.lang, "shell.nav")>
                <a class="go" href=overview aria-current=home.then_some("page")>
                    {tr!(ui.lang, "kind.overview")}
                </a>
                {links.into_iter().collect_view()}
            </nav>
            <footer class="foot-side">
                <b>{move || ui.shell.with(|shell| shell.cluster.clone())}</b>
                <span>{move || mode(ui)}</span>
            </footer>
        </aside>
    }
}

fn entry(kind: Kind, here: bool) -> impl IntoView {
    let ui = Ui::here();
    let count = move || {
        ui.shell
            .with(|shell| kinds::count(kind, &shell.counts).map(format::number))
    };
    view! {
        <a
            class="go"
            href=move || address::list(kind, &ui.namespaces.get())
            aria-current=here.then_some("page")
        >
            {kinds::title(kind, ui.lang)}
            <em class="count">{count}</em>
        </a>
    }
}

fn mode(ui: Ui) -> String {
    ui.shell.with(|shell| {
        let mode = match shell.embedded {
            true => tr!(ui.lang, "shell.embedded"),
            false => tr!(ui.lang, "shell.attached"),
        };
        if shell.version.is_empty() {
            mode
        } else {
            format!("{mode} · {}", shell.version)
        }
    })
}

/// The orrery: a sun, an orbit and a moon.
fn mark() -> impl IntoView {
    view! {
        <svg class="mark" viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">
            <ellipse class="orbit" cx="16" cy="16" rx="14" ry="6.2" transform="rotate(-24 16 16)"/>
            <circle class="sun" cx="16" cy="16" r="4.6"/>
            <circle class="moon" cx="26.6" cy="8.6" r="2.9"/>
        </svg>
    }
}
