//! Buttons that do deeds, and links that look like them.

use leptos::prelude::*;

use crate::cell::{Button, Deed};
use crate::ui::Ui;

pub fn buttons(buttons: Vec<Button>) -> impl IntoView {
    view! { <span class="acts">{buttons.into_iter().map(button).collect_view()}</span> }
}

pub fn button(button: Button) -> AnyView {
    let Button {
        label,
        about,
        prime,
        danger,
        deed,
    } = button;
    let class = match (prime, danger) {
        (true, _) => "btn prime",
        (_, true) => "btn danger",
        _ => "btn",
    };
    match deed {
        Deed::Go(href) => {
            view! { <a class=class href=href aria-label=about>{label}</a> }.into_any()
        }
        deed => {
            let ui = Ui::here();
            let press = move |_| ui.press(deed.clone());
            view! { <button class=class type="button" aria-label=about on:click=press>{label}</button> }
                .into_any()
        }
    }
}
