//! A list without rows: why it has none, and what to do next.

use leptos::prelude::*;
use orrery_view::{Counts, Kind, ListQuery, Page, Refused};

use crate::cell::{Button, Cell, Deed};
use crate::forms::editor;
use crate::lang::Lang;
use crate::props::for_examples;
use crate::ui::Here;
use crate::{address, kinds, paint, tr};

/// Why there is nothing to see.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// The cluster does not let us read them.
    Refused,
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
pub fn Empty(query: ListQuery, page: Page) -> impl IntoView {
    // the field says what is wrong
    if page.unread_labels.is_some() {
        return None;
    }
    let filtered = !query.text.is_empty()
        || !query.labels.is_empty()
        || query.status.is_some()
        || !query.namespaces.is_empty()
        || query.within.is_some()
        || query.offset > 0;
    let shell = Here::now().shell;
    let said = shell
        .refused
        .iter()
        .find(|refused| refused.kind == query.kind);
    let said = said.cloned();
    // an empty cluster is one where all of it was seen to be empty
    let empty = nothing(&shell.counts) && shell.refused.is_empty();
    let why = match (page.rows.is_empty(), page.synced) {
        (false, _) => None,
        // rows that are still there are from before the permission was taken away
        (true, _) if said.is_some() => Some(Why::Refused),
        (true, false) => Some(Why::NotYet),
        (true, true) if empty => Some(Why::EmptyCluster),
        (true, true) if filtered => Some(Why::Filtered),
        (true, true) => Some(Why::None),
    };
    why.map(|why| draw(why, query.kind, said.clone()))
}

fn nothing(counts: &Counts) -> bool {
    counts.cronjobs == 0 && counts.jobs == 0 && counts.daemonsets == 0
}

/// Which permission is missing, and what to do.
fn unread(kind: Kind, refused: Option<&Refused>, lang: Lang) -> String {
    let resource = kinds::api(kind);
    match refused.map_or("", |refused| &refused.namespace) {
        _ if kind == Kind::Node => tr!(lang, "permit.unread_nodes"),
        "" => tr!(lang, "permit.unread_text", resource = resource),
        namespace => tr!(
            lang,
            "permit.unread_in",
            resource = resource,
            namespace = namespace
        ),
    }
}

pub(super) fn draw(why: Why, kind: Kind, said: Option<Refused>) -> AnyView {
    let lang = Here::now().lang;
    let kind_title = kinds::title(kind, lang);
    let (title, text) = match why {
        Why::Refused => (
            tr!(lang, "permit.unread", kind = kind_title),
            unread(kind, said.as_ref(), lang),
        ),
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
    let in_examples = matches!(kind, Kind::CronJob | Kind::Job | Kind::DaemonSet);
    let examples = (why == Why::EmptyCluster || why == Why::None && in_examples)
        .then(|| view! { <Examples kind=kind/> });
    view! {
        <section class="card empty">
            <h2>{title}</h2>
            <p>{text}</p>
            {said.map(|said| view! { <code class="said">{said.message}</code> })}
            {clear}
            {examples}
        </section>
    }
    .into_any()
}

/// Fills an empty cluster with something to look at, or with what one writes oneself.
#[component]
pub fn Examples(kind: Kind) -> impl IntoView {
    let here = Here::now();
    let deed = Deed::Examples(for_examples(&here.namespaces));
    let examples = Button::new(tr!(here.lang, "act.examples"), "", deed).prime();
    let create = editor::create(Some(kind), &here.namespaces, &here.permits, here.lang);
    let buttons = paint::html(&Cell::Buttons(vec![examples, create]), here.lang);
    view! { <div inner_html=buttons></div> }
}
