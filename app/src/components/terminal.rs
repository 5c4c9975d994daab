//! The page of a Pod's terminal: its containers, what runs there, and the room that `public/terminal.js` fills.

use std::fmt::Write;

use leptos::prelude::*;
use orrery_view::{ContainerState, Detail, ObjectRef, PodDetail};

use super::detail::{head, tabs};
use crate::lang::Lang;
use crate::paint::{Esc, command};
use crate::props::{Tab, TerminalView};
use crate::ui::Here;
use crate::{details, terminal, tr};

#[component]
pub fn TerminalPage(terminal: TerminalView) -> impl IntoView {
    let here = Here::now();
    let lang = here.lang;
    let TerminalView {
        object,
        detail,
        gone,
        container,
    } = terminal;
    let model = details::model(&detail, lang);
    let body = match (
        terminal::why_not(&object, &detail, &here.permits, lang),
        &*detail,
    ) {
        (None, Detail::Pod(pod)) => screen(&object, pod, &container, lang),
        // one that is open stays, and what was written in it
        (why, _) => view! {
            <p class="note warn" role="status">{why}</p>
            <section class="card term" data-k="terminal" data-slot="" hidden></section>
        }
        .into_any(),
    };
    view! {
        {head(&object, model, gone, lang)}
        {tabs(&object, &detail, Tab::Terminal, lang)}
        {body}
    }
    .into_any()
}

/// What is kept is filled by the script: what is drawn of the page leaves it alone.
fn screen(object: &ObjectRef, pod: &PodDetail, asked: &str, lang: Lang) -> AnyView {
    let names: Vec<&str> = names(pod).collect();
    let chosen = names.iter().find(|name| **name == asked);
    let chosen = chosen.or(names.first()).copied().unwrap_or_default();
    let mut html = String::from(TOOLS);
    containers(&mut html, object, &names, chosen, lang);
    // Writing to a string does not fail.
    let _ = write!(
        html,
        r#"<form id="terminal-run" class="run" autocomplete="off" data-keep><label><span class="vh">{}</span><input class="mono" name="command" placeholder="{}" spellcheck="false" autocapitalize="off"></label><button class="btn">{}</button></form><p id="terminal-said" role="status" data-keep>{}</p></div><div class="ways">"#,
        Esc(&tr!(lang, "terminal.command")),
        Esc(&tr!(lang, "terminal.default")),
        Esc(&tr!(lang, "terminal.start")),
        Esc(&tr!(lang, "terminal.opening")),
    );
    command(&mut html, &terminal::kubectl(object, chosen), lang);
    let _ = write!(
        html,
        r#"<p class="sub">{}</p></div><div id="terminal" class="screen" role="group" aria-label="{}" data-keep data-socket="{}" data-opening="{}" data-open="{}" data-broken="{}" data-much="{}"></div>"#,
        Esc(&tr!(lang, "terminal.keys")),
        Esc(&tr!(lang, "tab.terminal")),
        Esc(&terminal::socket(object, chosen)),
        Esc(&tr!(lang, "terminal.opening")),
        Esc(&tr!(lang, "terminal.open")),
        Esc(&tr!(lang, "terminal.broken")),
        Esc(&tr!(lang, "terminal.much")),
    );
    view! { <section class="card term" data-k="terminal" inner_html=html></section> }.into_any()
}

const TOOLS: &str =
    r#"<div class="tools flex flex-wrap items-center gap-x-3.5 gap-y-2 px-3.5 py-2.5">"#;

/// Init containers have mostly ended; those that run on beside the others are there to be looked into.
fn names(pod: &PodDetail) -> impl Iterator<Item = &str> {
    let inside = pod
        .containers
        .iter()
        .filter(|it| !it.init || it.dot.state == ContainerState::Running);
    inside.map(|it| it.name.as_str())
}

/// Each container is an address.
fn containers(out: &mut String, pod: &ObjectRef, names: &[&str], chosen: &str, lang: Lang) {
    // Writing to a string does not fail.
    let _ = write!(
        out,
        r#"<nav class="chips" aria-label="{}">"#,
        Esc(&tr!(lang, "col.containers"))
    );
    for name in names {
        let current = if *name == chosen {
            r#" aria-current="true""#
        } else {
            ""
        };
        let _ = write!(
            out,
            r#"<a class="chip" href="{}"{current}>{}</a>"#,
            Esc(&terminal::page(pod, name)),
            Esc(name)
        );
    }
    out.push_str("</nav>");
}
