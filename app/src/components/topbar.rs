//! The bar above the page: title, namespaces, search, connection, language, theme, help.

use leptos::prelude::*;
use orrery_view::{Kind, ListQuery};

use super::nav::{engine, version};
use super::picker::Picker;
use super::state::{State, ThemeButton};
use crate::cell::Cell;
use crate::forms::editor;
use crate::lang::Lang;
use crate::ui::Here;
use crate::{address, kinds, paint, tr};

#[component]
pub fn Topbar(title: String, kind: Option<Kind>) -> impl IntoView {
    let here = Here::now();
    let lang = here.lang;
    let other = if lang == Lang::En { Lang::Ko } else { Lang::En };
    // from one object the way back to all
    let title = match kind.filter(|_| here.query.is_none()) {
        Some(kind) => {
            view! { <a href=address::list(kind, &here.namespaces)>{title}</a> }.into_any()
        }
        None => title.into_any(),
    };
    let version = version(&here);
    let version = version.map(|version| view! { <span class="version">" · "{version}</span> });
    view! {
        <header id="bar" data-k="bar" class="bar">
            <h1>{title}</h1>
            <Picker/>
            <Search kind=kind/>
            <Commands/>
            <Create kind=kind/>
            // where there is no room for it under the navigation
            <p class="cluster">{here.shell.cluster.clone()}" · "{engine(&here)}{version}</p>
            <State/>
            <button
                class="ico"
                type="button"
                lang=other.code()
                aria-label=tr!(other, "shell.speak")
                data-do="speak"
            >
                <span>{if other == Lang::Ko { "한국어" } else { "English" }}</span>
            </button>
            <ThemeButton/>
            <button class="ico help" type="button" aria-label=tr!(lang, "help.title") data-do="help">"?"</button>
        </header>
    }
}

/// Makes objects, of the page's kind to begin with. Files that are dropped on the page go to it.
#[component]
fn Create(kind: Option<Kind>) -> impl IntoView {
    let here = Here::now();
    let button = editor::create(kind, &here.namespaces, &here.permits, here.lang);
    let button = paint::html(&Cell::Buttons(vec![button]), here.lang);
    view! { <div class="create" inner_html=button></div> }
}

/// Opens the palette; those who know the keys need it only to be told them.
#[component]
fn Commands() -> impl IntoView {
    let word = tr!(Here::now().lang, "palette.button");
    let title = word.clone();
    view! {
        <button
            class="ico commands"
            type="button"
            title=title
            aria-keyshortcuts="Control+K Meta+K"
            aria-haspopup="dialog"
            data-do="palette"
        >
            <svg viewBox="0 0 16 16" width="15" height="15" aria-hidden="true">
                <path d="M2.5 3.5 6.5 8l-4 4.5M8 12.5h5.5"/>
            </svg>
            <span class="vh">{word}</span>
            <kbd aria-hidden="true">"Ctrl K"</kbd>
        </button>
    }
}

/// Filters the list as one types; from elsewhere Enter looks for what was typed everywhere, by the palette.
#[component]
fn Search(kind: Option<Kind>) -> impl IntoView {
    let here = Here::now();
    let action = format!("/{}", kinds::path(kind.unwrap_or(Kind::CronJob)));
    let live = here.query.is_some().then_some("");
    let find = here.query.is_none().then_some("");
    let word = match live {
        Some(_) => tr!(here.lang, "shell.search"),
        None => tr!(here.lang, "shell.find"),
    };
    // Enter keeps the rest of the list as it is
    let rest = match &here.query {
        Some(query) => address::pairs(&ListQuery {
            text: String::new(),
            offset: 0,
            ..query.clone()
        }),
        None => vec![("ns", here.namespaces.join(","))],
    };
    let rest = rest.into_iter();
    let rest = rest.map(|(name, value)| view! { <input type="hidden" name=name value=value/> });
    view! {
        <form class="search" role="search" action=action method="get" data-find=find>
            <input
                id="search"
                type="search"
                name="q"
                autocomplete="off"
                spellcheck="false"
                value=here.query.map(|query| query.text)
                placeholder=word.clone()
                aria-label=word
                aria-keyshortcuts="/"
                data-live=live
            />
            {rest.collect_view()}
            <kbd aria-hidden="true">"/"</kbd>
        </form>
    }
}
