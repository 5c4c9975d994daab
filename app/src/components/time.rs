//! Instants and durations: the server's absolute text first, the reader's words once awake.

use leptos::prelude::*;
use orrery_view::Millis;

use crate::ui::Ui;
use crate::{browser, format, tr};

/// How an instant is said once the page is awake.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Saying {
    /// `3 m ago`
    Ago,
    /// `in 3 m 8 s`
    Until,
    /// In the reader's zone and language.
    Date,
}

#[component]
pub fn Instant(at: Millis, saying: Saying) -> impl IntoView {
    let ui = Ui::here();
    let local = move || ui.clock.awake().then(|| browser::local(at, ui.lang));
    let text = move || match saying {
        Saying::Date => local().unwrap_or_else(|| format::utc(at)),
        Saying::Ago => ui
            .clock
            .now()
            .map_or_else(|| format::utc(at), |now| format::ago(at, now, ui.lang)),
        Saying::Until => ui
            .clock
            .now()
            .map_or_else(|| format::utc(at), |now| format::until(at, now, ui.lang)),
    };
    view! { <time datetime=format::iso(at) title=local>{text}</time> }
}

/// A duration that runs until there is an end.
#[component]
pub fn Lasting(start: Option<Millis>, end: Option<Millis>) -> impl IntoView {
    let ui = Ui::here();
    move || match (start, end) {
        (None, _) => String::from("—"),
        (Some(start), Some(end)) => format::duration(end - start, ui.lang),
        (Some(start), None) => match ui.clock.now() {
            Some(now) => format::duration(now - start, ui.lang),
            None => tr!(ui.lang, "time.since", t = format::utc(start)),
        },
    }
}
