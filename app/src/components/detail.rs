//! The page of one object: header, numbers, tabs, parts.

use leptos::prelude::*;
use orrery_view::{Detail, Kind, ObjectRef};

use super::cell::draw;
use super::facts::Facts;
use super::table::Table;
use crate::cell::Cell;
use crate::details::{self, Model, Section, Stat};
use crate::forms::editor;
use crate::lang::Lang;
use crate::props::Tab;
use crate::timeline::{Span, draw::timeline};
use crate::ui::Here;
use crate::{address, kinds, terminal, tr, yaml};

#[component]
pub fn DetailPage(
    object: ObjectRef,
    tab: Tab,
    detail: Option<Box<Detail>>,
    /// The part of its timeline that is looked at.
    span: Span,
    /// It was there when the page was opened. What is gone stays to be read.
    gone: bool,
    yaml: Option<String>,
) -> impl IntoView {
    let lang = Here::now().lang;
    let Some(detail) = detail else {
        return view! { <NotThere object=object/> }.into_any();
    };
    let mut model = details::model(&detail, lang);
    let stats = std::mem::take(&mut model.stats);
    let sections = std::mem::take(&mut model.sections);
    let body = match tab {
        // a log and a terminal have pages of their own, with the same head
        Tab::Summary | Tab::Logs | Tab::Terminal => (
            self::stats(&stats),
            figure(&detail, &object, span, lang),
            parts(sections),
        )
            .into_any(),
        Tab::Events => parts(vec![details::events(&detail.common().events, lang)]),
        Tab::Yaml => yaml_of(&object, yaml.unwrap_or_default(), lang),
    };
    (
        head(&object, model, gone, lang),
        tabs(&object, &detail, tab, lang),
        body,
    )
        .into_any()
}

pub(super) fn head(object: &ObjectRef, model: Model, gone: bool, lang: Lang) -> AnyView {
    let Model {
        status,
        sub,
        switch,
        buttons,
        ..
    } = model;
    // nothing can be done with what is gone
    let acts = (!gone).then(|| {
        view! {
            <div class="acts">
                {switch.as_ref().map(draw)}
                {draw(&Cell::Buttons(buttons))}
            </div>
        }
    });
    let gone =
        gone.then(|| view! { <p class="note warn" role="status">{tr!(lang, "detail.gone")}</p> });
    view! {
        <header class="head">
            <div class="what">
                <h2>{object.name.clone()}</h2>
                <span class="state-line">{draw(&status)}</span>
                <div class="subs">{sub.iter().map(draw).collect_view()}</div>
            </div>
            {acts}
        </header>
        {gone}
    }
    .into_any()
}

/// Tabs are addresses, so that they can be shared.
pub(super) fn tabs(object: &ObjectRef, detail: &Detail, tab: Tab, lang: Lang) -> AnyView {
    let href = address::object(object);
    let (has_log, has_terminal) = (object.kind != Kind::Node, object.kind == Kind::Pod);
    let tabs = Tab::ALL.into_iter().filter(|each| match each {
        Tab::Logs => has_log,
        Tab::Terminal => has_terminal,
        Tab::Summary | Tab::Events | Tab::Yaml => true,
    });
    let closed = terminal::why_not(object, detail, &Here::now().permits, lang);
    let tabs = tabs.map(|each| {
        let word = match each {
            Tab::Summary => tr!(lang, "tab.summary"),
            Tab::Logs => tr!(lang, "act.logs"),
            Tab::Terminal => tr!(lang, "tab.terminal"),
            Tab::Events => tr!(lang, "tab.events"),
            Tab::Yaml => "YAML".into(),
        };
        let href = match each {
            Tab::Summary => href.clone(),
            Tab::Logs => address::log(object),
            each => format!("{href}?tab={}", each.code()),
        };
        let current = (each == tab).then_some("page");
        match closed.clone().filter(|_| each == Tab::Terminal) {
            None => view! { <a href=href aria-current=current>{word}</a> }.into_any(),
            // it can be reached and says why
            Some(why) => view! {
                <a role="link" tabindex="0" aria-disabled="true" aria-current=current title=why>{word}</a>
            }
            .into_any(),
        }
    });
    view! { <nav class="tabs" aria-label=tr!(lang, "tab.title")>{tabs.collect_view()}</nav> }
        .into_any()
}

fn stats(stats: &[Stat]) -> AnyView {
    let stat = |stat: &Stat| {
        view! { <div class="stat"><dt>{stat.label.clone()}</dt><dd>{draw(&stat.cell)}</dd></div> }
    };
    view! { <dl class="stats">{stats.iter().map(stat).collect_view()}</dl> }.into_any()
}

/// What is told by a picture.
fn figure(detail: &Detail, object: &ObjectRef, span: Span, lang: Lang) -> Option<AnyView> {
    match detail {
        Detail::CronJob(detail) => Some(timeline(detail, object, span, lang)),
        _ => None,
    }
}

pub(super) fn parts(sections: Vec<Section>) -> AnyView {
    view! { <div class="parts">{sections.into_iter().map(part).collect_view()}</div> }.into_any()
}

fn part(section: Section) -> AnyView {
    let key = section.title().to_owned();
    match section {
        Section::Note { tone, title, text } => {
            let class = format!("note {}", tone.class());
            view! { <p class=class data-k=key><b>{title}</b>" "{text}</p> }.into_any()
        }
        Section::Drawing { title, html } => view! {
            <section class="card part" data-k=key><h3>{title}</h3><div class="drawing" inner_html=html></div></section>
        }
        .into_any(),
        Section::Facts { title, facts } => view! {
            <section class="card part half" data-k=key><h3>{title}</h3><Facts facts=facts/></section>
        }
        .into_any(),
        Section::Table {
            title,
            columns,
            lines,
            empty,
            more,
        } => {
            let more = more.map(|link| {
                view! { <p class="aside"><a class="link" href=link.href>{link.text}</a></p> }
            });
            let caption = title.clone();
            let body = match lines.is_empty() {
                true => view! { <p class="nil">{empty}</p> }.into_any(),
                false => view! { <Table caption=caption columns=columns lines=lines/> }.into_any(),
            };
            view! { <section class="card part" data-k=key><h3>{title}</h3>{body}{more}</section> }
                .into_any()
        }
    }
}

fn yaml_of(object: &ObjectRef, text: String, lang: Lang) -> AnyView {
    let scope = if object.namespace.is_empty() {
        String::new()
    } else {
        format!(" -n {}", object.namespace)
    };
    let command = format!(
        "kubectl get {} {}{scope} -o yaml",
        kinds::resource(object.kind),
        object.name
    );
    let edit = match editor::edits(object.kind) {
        true => vec![editor::edit(object, lang)],
        false => Vec::new(),
    };
    view! {
        <section class="card part">
            <div class="part-head">
                <code>{command}</code>
                <span class="acts">
                    {draw(&Cell::Buttons(edit))}
                    <button class="btn" type="button" data-do="copy-yaml">{tr!(lang, "act.copy")}</button>
                </span>
            </div>
            <pre class="yaml paint" tabindex="0" inner_html=yaml::html(&text, &[])></pre>
        </section>
    }
    .into_any()
}

#[component]
fn NotThere(object: ObjectRef) -> impl IntoView {
    let lang = Here::now().lang;
    let title = tr!(
        lang,
        "detail.none",
        kind = kinds::one(object.kind),
        name = object.name
    );
    view! {
        <section class="card empty">
            <h2>{title}</h2>
            <p>{tr!(lang, "detail.none_text")}</p>
            <a class="btn prime" href=address::list(object.kind, &[])>
                {tr!(lang, "detail.list", kind = kinds::title(object.kind, lang))}
            </a>
        </section>
    }
}
