//! The navigation: each kind with its count, and the cluster below.

use leptos::prelude::*;
use orrery_view::Kind;

use crate::ui::Here;
use crate::{address, format, kinds, tr};

#[component]
pub fn Nav(
    /// The kind that the page is about.
    kind: Option<Kind>,
    home: bool,
    /// It is the page of all schedules.
    schedule: bool,
) -> impl IntoView {
    let here = Here::now();
    let lang = here.lang;
    let links = Kind::ALL.map(|each| entry(&here, each, kind == Some(each)));
    let at = |path: &str| match here.namespaces.as_slice() {
        [] => String::from(path),
        chosen => format!("{path}?ns={}", chosen.join(",")),
    };
    let (overview, all) = (at("/"), at("/schedule"));
    view! {
        <aside class="side">
            <a class="brand flex items-center gap-2.5 px-2" href="/" aria-label="Orrery">{mark()}<span>"Orrery"</span></a>
            <nav data-k="kinds" class="grid gap-0.5" aria-label=tr!(lang, "shell.nav")>
                <a class="go" href=overview aria-current=home.then_some("page")>
                    {tr!(lang, "kind.overview")}
                </a>
                {links.into_iter().collect_view()}
                <a class="go" href=all aria-current=schedule.then_some("page")>
                    {tr!(lang, "schedule.title")}
                </a>
            </nav>
            <footer class="foot-side">
                <b>{here.shell.cluster.clone()}</b>
                <span>{mode(&here)}</span>
            </footer>
        </aside>
    }
}

fn entry(here: &Here, kind: Kind, current: bool) -> impl IntoView + use<> {
    let count = kinds::count(kind, &here.shell.counts).map(format::number);
    let href = address::list(kind, &here.namespaces);
    view! {
        <a class="go" href=href aria-current=current.then_some("page")>
            {kinds::title(kind, here.lang)}
            <em class="count">{count}</em>
        </a>
    }
}

/// Which engine it is, and of which version.
fn mode(here: &Here) -> String {
    let all = std::iter::once(engine(here)).chain(version(here));
    all.collect::<Vec<_>>().join(" · ")
}

/// Whether the cluster can only be looked at, and which engine it is.
pub(super) fn engine(here: &Here) -> String {
    let (shell, lang) = (&here.shell, here.lang);
    let mode = match shell.embedded {
        true => tr!(lang, "shell.embedded"),
        false => tr!(lang, "shell.attached"),
    };
    let read_only = here.permits.read_only.then(|| tr!(lang, "shell.read_only"));
    // the end of it is not seen where there is little room
    let all = read_only.into_iter().chain([mode]);
    all.collect::<Vec<_>>().join(" · ")
}

pub(super) fn version(here: &Here) -> Option<String> {
    Some(here.shell.version.clone()).filter(|version| !version.is_empty())
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
