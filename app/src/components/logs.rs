//! The page of a log: which it is, what can be done with it, and its lines.

use leptos::prelude::*;
use orrery_view::Detail;

use super::finder::LogTools;
use crate::lang::Lang;
use crate::props::LogView;
use crate::ui::Here;
use crate::{address, paint, tr};

#[component]
pub fn LogPage(log: LogView) -> impl IntoView {
    let lang = Here::now().lang;
    let pod = log.query.as_ref().map(|query| query.pod.clone());
    let lines: String = log.lines.iter().map(paint::line).collect();
    let end = match (&log.trouble, &log.query) {
        (Some(error), _) => error.to_string(),
        (None, None) => tr!(lang, "log.waiting"),
        (None, Some(_)) if lines.is_empty() => tr!(lang, "log.empty"),
        (None, Some(_)) => String::new(),
    };
    view! {
        <header class="head">
            <div class="what">
                <h2><a class="link" href=address::object(&log.object)>{log.object.name.clone()}</a></h2>
                <div class="subs">{pod}</div>
            </div>
        </header>
        <section class="card log">
            <div class="tools flex flex-wrap items-center gap-x-3.5 gap-y-2 px-3.5 py-2.5">
                {containers(&log, lang)}
                <LogTools/>
            </div>
            // The stream fills it and the tools mark it: what is drawn of the page leaves it alone.
            <div class="lines wrap" tabindex="0" role="region" aria-label=tr!(lang, "log.title") data-keep="">
                <div class="all" inner_html=lines></div>
                <p class="nil">{end}</p>
            </div>
        </section>
    }
}

/// Other containers of the pod, and the run before this one; each is an address.
fn containers(log: &LogView, lang: Lang) -> AnyView {
    let base = address::log(&log.object);
    let previous = log.query.as_ref().is_some_and(|query| query.previous);
    let containers = log.detail.as_deref().map(names).unwrap_or_default();
    let chosen = log.query.as_ref().map(|query| query.container.clone());
    let chosen = chosen.filter(|name| !name.is_empty());
    let here = chosen.or_else(|| containers.first().cloned());
    let here = here.unwrap_or_default();
    let links = containers.into_iter().map(|name| {
        let href = format!("{base}?container={}", address::escape(&name));
        let current = (name == here).then_some("true");
        view! { <a class="chip" href=href aria-current=current>{name}</a> }
    });
    let links = links.collect_view();
    let flag = if previous { "" } else { "&previous=1" };
    let href = format!("{base}?container={}{flag}", address::escape(&here));
    view! {
        <nav class="chips" aria-label=tr!(lang, "col.containers")>
            {links}
            <a class="chip" href=href aria-current=previous.then_some("true")>{tr!(lang, "log.previous")}</a>
        </nav>
    }
    .into_any()
}

fn names(detail: &Detail) -> Vec<String> {
    match detail {
        Detail::Pod(pod) => pod
            .containers
            .iter()
            .map(|container| container.name.clone())
            .collect(),
        Detail::Job(job) => job
            .template
            .containers
            .iter()
            .map(|container| container.name.clone())
            .collect(),
        _ => Vec::new(),
    }
}
