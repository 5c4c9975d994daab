//! The one dialog of a page: a question, a menu or the shortcuts.

use leptos::html;
use leptos::prelude::*;
use orrery_view::{Cascade, Kind, ObjectRef};

use super::menu::{Command, Menu};
use crate::action::Action;
use crate::ui::{Asking, Ui};
use crate::{kinds, tr};

#[island]
pub fn Dialog() -> impl IntoView {
    let ui = Ui::here();
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let Some(dialog) = dialog.get() else { return };
        match (ui.asking.with(Option::is_some), dialog.open()) {
            // It fails only when it is open already.
            (true, false) => drop(dialog.show_modal()),
            (false, true) => dialog.close(),
            _ => {}
        }
    });
    let content = move || {
        ui.asking.get().map(|asking| match asking {
            Asking::Delete(object) => view! { <Delete object=object/> }.into_any(),
            Asking::Menu(object, buttons) => {
                view! { <Menu object=object buttons=buttons/> }.into_any()
            }
            Asking::Help => view! { <Help/> }.into_any(),
        })
    };
    view! {
        <dialog node_ref=dialog aria-labelledby="asking" on:close=move |_| ui.asking.set(None)>{content}</dialog>
    }
}

/// Whether to delete, and what becomes of what the object owns.
#[component]
fn Delete(object: ObjectRef) -> impl IntoView {
    let ui = Ui::here();
    let lang = ui.lang;
    let cascade = RwSignal::new(Cascade::Background);
    let title = tr!(
        lang,
        "delete.title",
        kind = kinds::one(object.kind),
        name = object.name
    );
    let owns = matches!(object.kind, Kind::CronJob | Kind::Job | Kind::DaemonSet);
    let object = StoredValue::new(object);
    let action = move || Action::Delete {
        object: object.get_value(),
        cascade: cascade.get(),
    };
    let delete = move |_| {
        let action = untrack(action);
        ui.asking.set(None);
        ui.perform(action, None);
    };
    view! {
        <h2 id="asking">{title}</h2>
        <p>{tr!(lang, "delete.text")}</p>
        {owns.then(|| view! { <Cascades cascade=cascade/> })}
        {move || view! { <Command command=action().kubectl(None)/> }}
        <div class="acts end">
            <button class="btn" type="button" autofocus on:click=move |_| ui.asking.set(None)>
                {tr!(lang, "act.cancel")}
            </button>
            <button class="btn danger" id="confirm" type="button" on:click=delete>{tr!(lang, "act.delete")}</button>
        </div>
    }
}

#[component]
fn Cascades(cascade: RwSignal<Cascade>) -> impl IntoView {
    let lang = Ui::here().lang;
    let choices = [
        (
            Cascade::Background,
            tr!(lang, "delete.background"),
            tr!(lang, "delete.background_text"),
        ),
        (
            Cascade::Foreground,
            tr!(lang, "delete.foreground"),
            tr!(lang, "delete.foreground_text"),
        ),
        (
            Cascade::Orphan,
            tr!(lang, "delete.orphan"),
            tr!(lang, "delete.orphan_text"),
        ),
    ];
    let choices = choices.into_iter().map(|(each, word, text)| {
        view! {
            <label class="choice">
                <input
                    type="radio"
                    name="cascade"
                    prop:checked=move || cascade.get() == each
                    on:change=move |_| cascade.set(each)
                />
                <span><b>{word}</b><span class="sub">{text}</span></span>
            </label>
        }
    });
    view! { <fieldset><legend>{tr!(lang, "delete.cascade")}</legend>{choices.collect_view()}</fieldset> }
}

/// The shortcuts.
#[component]
fn Help() -> impl IntoView {
    let ui = Ui::here();
    let lang = ui.lang;
    let keys = [
        ("/", tr!(lang, "help.search")),
        ("j", tr!(lang, "help.down")),
        ("k", tr!(lang, "help.up")),
        ("Enter", tr!(lang, "help.open")),
        ("?", tr!(lang, "help.help")),
        ("Esc", tr!(lang, "help.close")),
    ];
    let keys = keys
        .into_iter()
        .map(|(key, text)| view! { <dt><kbd>{key}</kbd></dt><dd>{text}</dd> });
    view! {
        <h2 id="asking">{tr!(lang, "help.title")}</h2>
        <dl class="keys">{keys.collect_view()}</dl>
        <div class="acts end">
            <button class="btn" type="button" autofocus on:click=move |_| ui.asking.set(None)>
                {tr!(lang, "act.close")}
            </button>
        </div>
    }
}
