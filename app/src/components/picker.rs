//! The namespace picker: none chosen means all, several may be chosen.

use leptos::prelude::*;

use crate::tr;
use crate::ui::Ui;

/// More names than this are counted instead.
const NAMED: usize = 2;

#[component]
pub fn Picker() -> impl IntoView {
    let ui = Ui::here();
    let lang = ui.lang;
    let summary = move || match ui.namespaces.get() {
        chosen if chosen.is_empty() => tr!(lang, "ns.all"),
        chosen if chosen.len() <= NAMED => chosen.join(", "),
        chosen => tr!(lang, "ns.some", n = chosen.len()),
    };
    let all = Memo::new(move |_| ui.shell.with(|shell| shell.namespaces.clone()));
    view! {
        <details class="pick">
            <summary><span class="vh">{tr!(lang, "ns.title")}" "</span>{summary}</summary>
            <div class="pop">
                <button class="btn" type="button" on:click=move |_| ui.choose_namespaces(vec![])>
                    {tr!(lang, "ns.all")}
                </button>
                <For each=move || all.get() key=Clone::clone let:name>
                    <Choice name=name/>
                </For>
            </div>
        </details>
    }
}

#[component]
fn Choice(name: String) -> impl IntoView {
    let ui = Ui::here();
    let mine = StoredValue::new(name.clone());
    let chosen = move || {
        ui.namespaces
            .with(|all| mine.with_value(|name| all.contains(name)))
    };
    let toggle = move |_| {
        let mut all = ui.namespaces.get_untracked();
        let name = mine.get_value();
        match all.iter().position(|known| *known == name) {
            Some(at) => drop(all.remove(at)),
            None => all.push(name),
        }
        all.sort();
        ui.choose_namespaces(all);
    };
    view! {
        <label>
            <input type="checkbox" checked=chosen prop:checked=chosen on:change=toggle/>
            {name}
        </label>
    }
}
