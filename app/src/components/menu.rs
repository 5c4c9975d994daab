//! The other deeds of an object, each with the command that does the same.

use leptos::prelude::*;
use orrery_view::ObjectRef;

use crate::cell::{Button, Deed};
use crate::ui::Ui;
use crate::{action::Action, browser, kinds, tr, ui};

#[component]
pub fn Menu(object: ObjectRef, buttons: Vec<Button>) -> impl IntoView {
    let ui = Ui::here();
    let title = format!("{} {}", kinds::one(object.kind), object.name);
    let items = buttons.into_iter().map(|button| item(ui, button));
    view! {
        <h2 id="asking">{title}</h2>
        <ul class="menu">{items.collect_view()}</ul>
        <div class="acts end">
            <button class="btn" type="button" on:click=move |_| ui.asking.set(None)>
                {tr!(ui.lang, "act.close")}
            </button>
        </div>
    }
}

fn item(ui: Ui, button: Button) -> impl IntoView {
    let class = if button.danger { "btn danger" } else { "btn" };
    let command = command(&button.deed);
    let deed = button.deed;
    let press = move |_| {
        ui.asking.set(None);
        ui.press(deed.clone(), None);
    };
    view! {
        <li>
            <button class=class type="button" aria-label=button.about on:click=press>{button.label}</button>
            {command.map(|command| view! { <Command command=command/> })}
        </li>
    }
}

/// What kubectl would be told, before it is known what comes of it.
fn command(deed: &Deed) -> Option<String> {
    let action = match deed {
        Deed::Delete(object) => Action::Delete {
            object: object.clone(),
            cascade: Default::default(),
        },
        deed => ui::action(deed)?,
    };
    Some(action.kubectl(None))
}

/// A command that can be copied.
#[component]
pub fn Command(command: String) -> impl IntoView {
    let ui = Ui::here();
    let copied = RwSignal::new(false);
    let text = command.clone();
    let copy = move |_| {
        browser::copy(&text);
        copied.set(true);
    };
    let word = move || match copied.get() {
        true => tr!(ui.lang, "act.copied"),
        false => tr!(ui.lang, "act.copy"),
    };
    view! {
        <span class="command">
            <code>{command}</code>
            <button class="btn small" type="button" on:click=copy>{word}</button>
        </span>
    }
}
