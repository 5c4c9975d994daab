//! The document around a page: head, boot script, and the one island.

use std::collections::BTreeSet;
use std::sync::Arc;

use leptos::context::provide_context;
use leptos::nonce::Nonce;
use leptos::prelude::*;
use leptos::reactive::owner::Owner;
use leptos::tachys::view::RenderHtml;
use orrery_view::{ListQuery, Page};

use super::pieces;
use super::router::Assets;
use crate::components::{self, Named, Shell, Workspace};
use crate::kinds;
use crate::paint::First;
use crate::props::{Props, Theme, View};
use crate::ui::{Here, Ui};
use crate::{terminal, tr};

/// Loads the module, then wakes each island that the page has, outermost first. The nonce in the policy lets it run.
const BOOT: &str = include_str!("boot.js");

/// The HTML and the Content-Security-Policy that belongs to it.
pub fn render(props: Props, assets: &Assets) -> (String, String) {
    let nonce = Nonce::new();
    let policy = policy(&nonce);
    let drawn = prints(&props);
    let owner = Owner::new_root(Some(Arc::new(
        hydration_context::SsrSharedContext::new_islands(),
    )));
    let html = owner.with(|| {
        provide_context(nonce.clone());
        provide_context(Ui::new(props.lang, props.theme));
        provide_context(First {
            now: props.shell.now,
            lang: props.lang,
        });
        document(props, drawn, assets, nonce).to_html()
    });
    owner.unset_with_forced_cleanup();
    (format!("<!DOCTYPE html>{html}"), policy)
}

/// The part of a page that a change in the cluster can change, as HTML.
pub fn shell(props: Props) -> String {
    drawn(|| {
        provide_context(Ui::new(props.lang, props.theme));
        view! { <Shell props=props/> }.to_html()
    })
}

/// The same with its rows only named.
pub fn around(props: Props) -> String {
    drawn(|| {
        provide_context(Ui::new(props.lang, props.theme));
        provide_context(Named);
        view! { <Shell props=props/> }.to_html()
    })
}

/// The rows of a list that have these uids.
pub fn rows(props: &Props, uids: &BTreeSet<String>) -> String {
    let View::List { query, page } = &props.view else {
        return String::new();
    };
    drawn(|| {
        let here = Here::of(props);
        provide_context(here.clone());
        let rows = page.rows.iter();
        let rows = rows.filter(|row| uids.contains(&row.head().uid));
        components::list_rows(query.kind, rows, &here)
    })
}

/// A list's rows as prints: the page's stream brings again what is drawn otherwise by then.
fn prints(props: &Props) -> Option<String> {
    let View::List { page, .. } = &props.view else {
        return None;
    };
    let uids: BTreeSet<String> = page.rows.iter().map(|row| row.head().uid.clone()).collect();
    Some(pieces::prints(&rows(props, &uids)))
}

fn drawn(draw: impl FnOnce() -> String) -> String {
    let owner = Owner::new_root(Some(Arc::new(
        hydration_context::SsrSharedContext::new_islands(),
    )));
    let html = owner.with(draw);
    owner.unset_with_forced_cleanup();
    html
}

/// No inline script or style runs without the nonce; nothing comes from elsewhere. `wasm-unsafe-eval` only
/// allows WebAssembly to be compiled.
fn policy(nonce: &Nonce) -> String {
    format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self' 'nonce-{nonce}'; \
         img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; \
         form-action 'self'; frame-ancestors 'none'"
    )
}

fn document(
    props: Props,
    drawn: Option<String>,
    assets: &Assets,
    nonce: Nonce,
) -> impl IntoView + use<> {
    let (lang, now) = (props.lang, props.shell.now);
    let theme = (props.theme != Theme::System).then(|| props.theme.code());
    let title = format!("{} · Orrery", title(&props));
    let first = first(&props.view);
    let boot = format!("({BOOT})({:?}, {:?})", assets.js, assets.wasm);
    let (js, wasm, css) = (assets.js.clone(), assets.wasm.clone(), assets.css.clone());
    let emulator = has_terminal(&props).then(|| {
        view! {
            {terminal::STYLES.map(|href| view! { <link rel="stylesheet" href=href/> }).collect_view()}
            <script type="module" src=terminal::MODULE></script>
        }
    });
    view! {
        <html lang=lang.code() data-theme=theme>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <title>{title}</title>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <link rel="stylesheet" href=css/>
                // a bar of which a part is still to come would move its parts when that comes
                <link rel="expect" href="#bar" blocking="render"/>
                <style id="first" nonce=nonce.clone() inner_html=first></style>
                <link rel="modulepreload" href=js/>
                <link rel="preload" href=wasm r#as="fetch" r#type="application/wasm" crossorigin=""/>
                <script type="module" nonce=nonce inner_html=boot></script>
                {emulator}
            </head>
            <body data-now=now data-drawn=drawn>
                <a class="skip" href="#main">{tr!(lang, "shell.skip")}</a>
                // the boot script takes its words when the module does not come
                <noscript><p class="banner asleep" role="alert">{tr!(lang, "shell.asleep")}</p></noscript>
                <Workspace props=props/>
            </body>
        </html>
    }
}

/// What the first frame leaves for the second, when the boot script takes this away: rows below those in sight, and
/// signs for which a browser must look through its fonts; these are not there at all, since Chromium holds what it has
/// hidden in a button for moved once it shows it. No part of the style sheet, in which a rule that counts rows would make
/// each that comes dearer. Where no script runs nothing takes it away.
fn first(view: &View) -> String {
    let gaps = match view {
        View::List { query, page } => gaps(query, page),
        _ => String::new(),
    };
    format!(
        "@media(scripting:enabled){{\
         .bar :is([data-do=speak],leptos-island>.ico)>*{{display:none}}\
         @media(min-width:1024px){{\
         .list tbody tr:nth-child(n+31){{content-visibility:auto;contain-intrinsic-block-size:{ROW}px}}\
         {gaps}}}}}"
    )
}

/// About as high as a row is, where it is none of cards.
const ROW: u64 = 57;

/// Room for the rows of a list that are not on the page, until the module has measured it: a browser scrolls to where one
/// was before it paints.
fn gaps(query: &ListQuery, page: &Page) -> String {
    let [above, _, below] = components::list_parts(query, page).map(u64::from);
    format!(
        ".list>.gap{{height:{}px}}.list>.gap~.gap{{height:{}px}}",
        above * ROW,
        below * ROW
    )
}

/// Whether a terminal is on the page: nothing of it is loaded elsewhere.
fn has_terminal(props: &Props) -> bool {
    let View::Terminal(terminal) = &props.view else {
        return false;
    };
    let (pod, detail) = (&terminal.object, &terminal.detail);
    terminal::why_not(pod, detail, &props.permits, props.lang).is_none()
}

/// What the tab is called.
fn title(props: &Props) -> String {
    let lang = props.lang;
    match &props.view {
        View::Overview(_) => tr!(lang, "kind.overview"),
        View::List { query, .. } => kinds::title(query.kind, lang),
        View::Detail { object, .. } => object.name.clone(),
        View::Schedule(_) => tr!(lang, "schedule.title"),
        View::Log(log) => format!("{} · {}", tr!(lang, "log.title"), log.object.name),
        View::Terminal(it) => format!("{} · {}", tr!(lang, "tab.terminal"), it.object.name),
        View::Gallery => "Gallery".into(),
        View::Lost => tr!(lang, "trouble.lost"),
        View::Trouble(_) => tr!(lang, "trouble.title"),
    }
}

#[cfg(test)]
mod tests {
    use orrery_view::Kind;

    use super::*;

    #[test]
    fn rows_that_are_elsewhere_have_room_from_the_first_frame_on() {
        let query = ListQuery {
            offset: 100,
            ..ListQuery::of(Kind::Pod)
        };
        let page = Page {
            total: 250,
            ..Page::default()
        };
        let view = View::List { query, page };
        let rules = first(&view);
        let room = ".list>.gap{height:5700px}.list>.gap~.gap{height:8550px}}}";
        assert!(rules.ends_with(room), "{rules}");
        let (open, closed) = (rules.matches('{').count(), rules.matches('}').count());
        assert_eq!(open, closed, "{rules}");
        assert!(!first(&View::Lost).contains(".gap"));
    }
}
