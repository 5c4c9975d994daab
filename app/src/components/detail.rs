//! The page of one object: header, numbers, tabs, parts.

use leptos::prelude::*;
use orrery_view::{Body, Detail, ObjectRef, Topic};

use super::buttons::buttons;
use super::cell::draw;
use super::facts::Facts;
use super::table::Table;
use crate::details::{self, Model, Section};
use crate::live::Lines;
use crate::props::Tab;
use crate::ui::Ui;
use crate::{address, browser, kinds, tr};

#[component]
pub fn DetailPage(
    object: ObjectRef,
    tab: Tab,
    detail: Option<Box<Detail>>,
    yaml: Option<String>,
) -> impl IntoView {
    let ui = Ui::here();
    let there = RwSignal::new(detail.is_some());
    let detail = RwSignal::new(detail);
    ui.live
        .watch(Some(Topic::Detail(object.clone())), move |body, _| {
            if let Body::Detail(new) = body {
                there.set(new.is_some());
                // What is gone stays to be read; the header says that it is gone.
                if new.is_some() {
                    detail.set(new);
                }
            }
        });
    let some = Memo::new(move |_| detail.with(Option::is_some));
    let object = StoredValue::new(object);
    let yaml = StoredValue::new(yaml);
    move || match some.get() {
        true => {
            view! { <Whole object=object tab=tab detail=detail there=there yaml=yaml/> }.into_any()
        }
        false => view! { <NotThere object=object/> }.into_any(),
    }
}

#[component]
fn Whole(
    object: StoredValue<ObjectRef>,
    tab: Tab,
    detail: RwSignal<Option<Box<Detail>>>,
    there: RwSignal<bool>,
    yaml: StoredValue<Option<String>>,
) -> impl IntoView {
    let lang = Ui::here().lang;
    let model = Memo::new(move |_| {
        detail.with(|detail| {
            detail
                .as_ref()
                .map(|detail| details::model(detail, lang))
                .unwrap_or_default()
        })
    });
    let body = match tab {
        Tab::Summary => view! { <Stats model=model/><Parts model=model/> }.into_any(),
        Tab::Events => view! { <Events detail=detail/> }.into_any(),
        Tab::Yaml => view! { <Yaml object=object yaml=yaml/> }.into_any(),
    };
    view! {
        <Head object=object model=model there=there/>
        <Tabs object=object tab=tab/>
        {body}
    }
}

#[component]
fn Head(
    object: StoredValue<ObjectRef>,
    model: Memo<Model>,
    there: RwSignal<bool>,
) -> impl IntoView {
    let lang = Ui::here().lang;
    let name = object.with_value(|object| object.name.clone());
    let status = Memo::new(move |_| model.with(|model| model.status.clone()));
    let sub = Memo::new(move |_| model.with(|model| model.sub.clone()));
    let switch = Memo::new(move |_| model.with(|model| model.switch.clone()));
    let acts = Memo::new(move |_| model.with(|model| model.buttons.clone()));
    let gone = move || {
        (!there.get())
            .then(|| view! { <p class="note warn" role="status">{tr!(lang, "detail.gone")}</p> })
    };
    view! {
        <header class="head">
            <div class="what">
                <h2>{name}</h2>
                <span class="state-line">{move || draw(status.get())}</span>
                <div class="subs">{move || sub.get().into_iter().map(draw).collect_view()}</div>
            </div>
            <div class="acts">
                {move || switch.get().map(draw)}
                {move || buttons(acts.get())}
            </div>
        </header>
        {gone}
    }
}

/// Tabs are addresses, so that they can be shared.
#[component]
fn Tabs(object: StoredValue<ObjectRef>, tab: Tab) -> impl IntoView {
    let lang = Ui::here().lang;
    let href = object.with_value(address::object);
    let tabs = Tab::ALL.map(|each| {
        let word = match each {
            Tab::Summary => tr!(lang, "tab.summary"),
            Tab::Events => tr!(lang, "tab.events"),
            Tab::Yaml => "YAML".into(),
        };
        let href = match each {
            Tab::Summary => href.clone(),
            each => format!("{href}?tab={}", each.code()),
        };
        view! { <a href=href aria-current=(each == tab).then_some("page")>{word}</a> }
    });
    view! { <nav class="tabs" aria-label=tr!(lang, "tab.title")>{tabs.into_iter().collect_view()}</nav> }
}

#[component]
fn Stats(model: Memo<Model>) -> impl IntoView {
    let count = Memo::new(move |_| model.with(|model| model.stats.len()));
    let stat = move |i: usize| {
        let stat = Memo::new(move |_| model.with(|model| model.stats.get(i).cloned()));
        let label = move || stat.with(|stat| stat.as_ref().map(|stat| stat.label.clone()));
        let cell = move || stat.get().map(|stat| draw(stat.cell));
        view! { <div class="stat"><dt>{label}</dt><dd>{cell}</dd></div> }
    };
    view! { <dl class="stats">{move || (0..count.get()).map(stat).collect_view()}</dl> }
}

#[component]
fn Parts(model: Memo<Model>) -> impl IntoView {
    let keys = move || {
        model.with(|model| {
            model
                .sections
                .iter()
                .map(|section| section.title().to_owned())
                .collect::<Vec<_>>()
        })
    };
    view! {
        <div class="parts">
            <For each=keys key=Clone::clone let:title>
                <Part title=title model=model/>
            </For>
        </div>
    }
}

#[component]
fn Part(title: String, model: Memo<Model>) -> impl IntoView {
    let key = title.clone();
    let find = move |model: &Model| {
        model
            .sections
            .iter()
            .find(|section| section.title() == key)
            .cloned()
    };
    let Some(section) = model.with_untracked(&find) else {
        return ().into_any();
    };
    let lines = Signal::derive(move || {
        model
            .with(&find)
            .map(|section| section.lines())
            .unwrap_or_default()
    });
    match section {
        Section::Note { tone, title, text } => {
            let class = format!("note {}", tone.class());
            view! { <p class=class><b>{title}</b>" "{text}</p> }.into_any()
        }
        Section::Facts { title, .. } => {
            let lines = Lines::of(lines);
            view! { <section class="card part half"><h3>{title}</h3><Facts lines=lines/></section> }
                .into_any()
        }
        Section::Table {
            title,
            columns,
            empty,
            ..
        } => {
            let none = Memo::new(move |_| lines.with(Vec::is_empty));
            let caption = title.clone();
            let lines = Lines::of(lines);
            view! {
                <section class="card part">
                    <h3>{title}</h3>
                    {move || none.get().then(|| view! { <p class="nil">{empty.clone()}</p> })}
                    <div class:none=move || none.get()>
                        <Table caption=caption columns=columns lines=lines/>
                    </div>
                </section>
            }
            .into_any()
        }
    }
}

#[component]
fn Events(detail: RwSignal<Option<Box<Detail>>>) -> impl IntoView {
    let lang = Ui::here().lang;
    let model = Memo::new(move |_| {
        detail.with(|detail| {
            let events = detail
                .as_ref()
                .map(|detail| detail.common().events.clone())
                .unwrap_or_default();
            Model {
                sections: vec![details::events(&events, lang)],
                ..Model::default()
            }
        })
    });
    view! { <Parts model=model/> }
}

#[component]
fn Yaml(object: StoredValue<ObjectRef>, yaml: StoredValue<Option<String>>) -> impl IntoView {
    let lang = Ui::here().lang;
    let text = yaml.get_value().unwrap_or_default();
    let command = object.with_value(|object| {
        let scope = if object.namespace.is_empty() {
            String::new()
        } else {
            format!(" -n {}", object.namespace)
        };
        format!(
            "kubectl get {} {}{scope} -o yaml",
            kinds::resource(object.kind),
            object.name
        )
    });
    let copy = {
        let text = text.clone();
        move |_| browser::copy(&text)
    };
    view! {
        <section class="card part">
            <div class="part-head">
                <code>{command}</code>
                <button class="btn" type="button" on:click=copy>{tr!(lang, "act.copy")}</button>
            </div>
            <pre class="yaml" tabindex="0">{text}</pre>
        </section>
    }
}

#[component]
fn NotThere(object: StoredValue<ObjectRef>) -> impl IntoView {
    let lang = Ui::here().lang;
    let object = object.get_value();
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
