//! The namespace picker: none chosen means all, several may be chosen. The browser turns a choice into an address.

use leptos::prelude::*;

use crate::ui::Here;
use crate::{format, tr};

/// The first ones are chosen by a digit each.
const KEYED: usize = 9;
/// More names than this are counted instead.
const NAMED: usize = 2;

#[component]
pub fn Picker() -> impl IntoView {
    let Here {
        lang,
        shell,
        namespaces: chosen,
        ..
    } = Here::now();
    let summary = match chosen.len() {
        0 => tr!(lang, "ns.all"),
        1..=NAMED => chosen.join(", "),
        n => tr!(lang, "ns.some", n = format::number(n)),
    };
    let choices = shell.namespaces.iter().enumerate().map(|(n, name)| {
        let key = (n < KEYED).then(|| (n + 1).to_string());
        let checked = chosen.contains(name);
        view! {
            <label data-k=format!("ns {name}")>
                <input type="checkbox" data-ns=name.clone() checked=checked/>
                {name.clone()}
                {key.map(key_of)}
            </label>
        }
    });
    view! {
        <details class="pick">
            <summary><span class="vh">{tr!(lang, "ns.title")}" "</span><span class="chosen">{summary}</span></summary>
            <div class="pop">
                <button class="btn" type="button" data-do="all-namespaces">{tr!(lang, "ns.all")}{key_of("0".into())}</button>
                {choices.collect_view()}
            </div>
        </details>
    }
}

/// The key that chooses it, for those who see it: `?` says what digits do.
fn key_of(key: String) -> impl IntoView {
    view! { <kbd aria-hidden="true">{key}</kbd> }
}
