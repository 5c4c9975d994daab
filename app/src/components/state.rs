//! The islands of the bar: whether the page is live, and the theme.

use leptos::prelude::*;

use crate::lang::Lang;
use crate::live::Connection;
use crate::props::Theme;
use crate::ui::Ui;
use crate::{browser, tr};

/// Whether what is on screen is what is in the cluster.
#[island]
pub fn State() -> impl IntoView {
    let ui = Ui::here();
    let class = move || match ui.connection.get() {
        Connection::Opening => "state opening",
        Connection::Live => "state live",
        Connection::Lost => "state lost",
    };
    let word = move || match ui.connection.get() {
        Connection::Opening => tr!(ui.lang, "live.opening"),
        Connection::Live => tr!(ui.lang, "live.live"),
        Connection::Lost => tr!(ui.lang, "live.lost"),
    };
    view! { <span class=class role="status"><i aria-hidden="true"></i><span>{word}</span></span> }
}

/// Says that the stream broke; the page below it is greyed meanwhile.
#[island]
pub fn Banner() -> impl IntoView {
    let ui = Ui::here();
    move || (ui.connection.get() == Connection::Lost).then(|| lost(ui.lang))
}

/// What the banner says.
pub(super) fn lost(lang: Lang) -> impl IntoView {
    view! {
        <p class="banner" role="alert">
            {tr!(lang, "live.banner")}
            <button class="btn" type="button" on:click=move |_| browser::reload()>
                {tr!(lang, "live.reload")}
            </button>
        </p>
    }
}

/// Goes round system, light and dark.
#[island]
pub fn ThemeButton() -> impl IntoView {
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
