//! The bar above the page: title, namespaces, search, connection, language, theme, help.

use leptos::prelude::*;
use orrery_view::Kind;

use super::picker::Picker;
use crate::lang::Lang;
use crate::live::Connection;
use crate::props::Theme;
use crate::ui::{Asking, Ui};
use crate::{browser, kinds, tr};

#[component]
pub fn Topbar(title: String, kind: Option<Kind>) -> impl IntoView {
    let ui = Ui::here();
    let lang = ui.lang;
    let other = if lang == Lang::En { Lang::Ko } else { Lang::En };
    let switch_language = move |_| {
        browser::cookie("lang", other.code());
        browser::reload();
    };
    view! {
        <header class="bar">
            <h1>{title}</h1>
            <Picker/>
            <Search kind=kind/>
            <State/>
            <button
                class="ico"
                type="button"
                lang=other.code()
                aria-label=tr!(other, "shell.speak")
                on:click=switch_language
            >
                {if other == Lang::Ko { "한국어" } else { "English" }}
            </button>
            <ThemeButton/>
            <button
                class="ico help"
                type="button"
                aria-label=tr!(lang, "help.title")
                on:click=move |_| ui.asking.set(Some(Asking::Help))
            >
                "?"
            </button>
        </header>
    }
}

/// Filters the list as one types; from elsewhere Enter opens the list with what was typed.
#[component]
fn Search(kind: Option<Kind>) -> impl IntoView {
    let ui = Ui::here();
    let action = format!("/{}", kinds::path(kind.unwrap_or(Kind::CronJob)));
    let text = ui
        .query
        .with_untracked(|query| query.as_ref().map(|query| query.text.clone()));
    let typed = move |event| {
        let text = event_target_value(&event);
        ui.query.update(|query| {
            if let Some(query) = query {
                query.text = text.trim().into();
                query.offset = 0;
            }
        });
    };
    let chosen = move || ui.namespaces.get().join(",");
    view! {
        <form class="search" role="search" action=action method="get">
            <input
                id="search"
                type="search"
                name="q"
                autocomplete="off"
                spellcheck="false"
                value=text
                placeholder=tr!(ui.lang, "shell.search")
                aria-label=tr!(ui.lang, "shell.search")
                aria-keyshortcuts="/"
                on:input=typed
            />
            <input type="hidden" name="ns" prop:value=chosen value=chosen/>
            <kbd aria-hidden="true">"/"</kbd>
        </form>
    }
}

/// Whether what is on screen is what is in the cluster.
#[component]
fn State() -> impl IntoView {
    let ui = Ui::here();
    let connection = ui.live.connection;
    let class = move || match connection.get() {
        Connection::Opening => "state opening",
        Connection::Live => "state live",
        Connection::Lost => "state lost",
    };
    let word = move || match connection.get() {
        Connection::Opening => tr!(ui.lang, "live.opening"),
        Connection::Live => tr!(ui.lang, "live.live"),
        Connection::Lost => tr!(ui.lang, "live.lost"),
    };
    view! { <span class=class role="status"><i aria-hidden="true"></i><span>{word}</span></span> }
}

/// Says that the stream broke; the page below it is greyed meanwhile.
#[component]
pub fn Banner() -> impl IntoView {
    let ui = Ui::here();
    move || {
        (ui.live.connection.get() == Connection::Lost).then(|| {
            view! {
                <p class="banner" role="alert">
                    {tr!(ui.lang, "live.banner")}
                    <button class="btn" type="button" on:click=move |_| browser::reload()>
                        {tr!(ui.lang, "live.reload")}
                    </button>
                </p>
            }
        })
    }
}

/// Goes round system, light and dark.
#[component]
fn ThemeButton() -> impl IntoView {
    let ui = Ui::here();
    let next = move |_| {
        let next = match ui.theme.get_untracked() {
            Theme::System => Theme::Light,
            Theme::Light => Theme::Dark,
            Theme::Dark => Theme::System,
        };
        browser::cookie("theme", next.code());
        browser::theme(next.code());
        ui.theme.set(next);
    };
    let word = move || match ui.theme.get() {
        Theme::System => tr!(ui.lang, "theme.system"),
        Theme::Light => tr!(ui.lang, "theme.light"),
        Theme::Dark => tr!(ui.lang, "theme.dark"),
    };
    let sign = move || match ui.theme.get() {
        Theme::System => "◐",
        Theme::Light => "☀",
        Theme::Dark => "☾",
    };
    view! {
        <button class="ico" type="button" aria-label=word title=word on:click=next>
            <span aria-hidden="true">{sign}</span>
        </button>
    }
}
