//! A list without rows: why it has none, and what to do next.

use leptos::prelude::*;
use orrery_view::{Counts, Kind, Page};

use crate::action::Action;
use crate::ui::Ui;
use crate::{address, kinds, tr};

/// Where the examples go when no namespace is chosen.
const EXAMPLES_NAMESPACE: &str = "default";

/// Why there is nothing to see.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Why {
    /// The server has not heard from the cluster yet.
    NotYet,
    /// There are some, but not of this namespace, status or text.
    Filtered,
    /// There are none, but others to look at.
    None,
    /// No workload at all.
    EmptyCluster,
}

#[component]
pub fn Empty(kind: Kind, page: RwSignal<Page>) -> impl IntoView {
    let ui = Ui::here();
    let why = Memo::new(move |_| {
        let filtered = ui.query.with(|query| {
            query.as_ref().is_some_and(|query| {
                !query.text.is_empty()
                    || query.status.is_some()
                    || !query.namespaces.is_empty()
                    || query.offset > 0
            })
        });
        let empty = ui.shell.with(|shell| nothing(&shell.counts));
        page.with(|page| match (page.rows.is_empty(), page.synced) {
            (false, _) => None,
            (true, false) => Some(Why::NotYet),
            (true, true) if empty => Some(Why::EmptyCluster),
            (true, true) if filtered => Some(Why::Filtered),
            (true, true) => Some(Why::None),
        })
    });
    move || why.get().map(|why| draw(why, kind))
}

fn nothing(counts: &Counts) -> bool {
    counts.cronjobs == 0 && counts.jobs == 0 && counts.daemonsets == 0
}

fn draw(why: Why, kind: Kind) -> AnyView {
    let ui = Ui::here();
    let lang = ui.lang;
    let kind_title = kinds::title(kind, lang);
    let (title, text) = match why {
        Why::NotYet => (tr!(lang, "empty.not_yet"), tr!(lang, "empty.not_yet_text")),
        Why::Filtered => (
            tr!(lang, "empty.filtered", kind = kind_title),
            tr!(lang, "empty.filtered_text"),
        ),
        Why::None => (
            tr!(lang, "empty.none", kind = kind_title),
            tr!(lang, "empty.none_text"),
        ),
        Why::EmptyCluster => (tr!(lang, "empty.cluster"), tr!(lang, "empty.cluster_text")),
    };
    let clear = (why == Why::Filtered).then(|| {
        view! { <a class="btn prime" href=address::list(kind, &[])>{tr!(lang, "empty.clear")}</a> }
    });
    let examples = (why == Why::EmptyCluster).then(|| view! { <Examples/> });
    view! {
        <section class="card empty">
            <h2>{title}</h2>
            <p>{text}</p>
            {clear}
            {examples}
        </section>
    }
    .into_any()
}

/// Fills an empty cluster with something to look at.
#[component]
pub fn Examples() -> impl IntoView {
    let ui = Ui::here();
    let asked = RwSignal::new(false);
    let load = move |_| {
        asked.set(true);
        let namespace = ui.namespaces.with_untracked(|all| all.first().cloned());
        let namespace = namespace.unwrap_or_else(|| EXAMPLES_NAMESPACE.into());
        ui.perform(Action::LoadExamples { namespace });
    };
    // A refusal is reported; the button comes back with the next look at the page.
    view! {
        <button class="btn prime" id="examples" type="button" disabled=move || asked.get() on:click=load>
            {tr!(ui.lang, "act.examples")}
        </button>
    }
}
