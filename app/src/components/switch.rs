//! The switch of a schedule: on, or suspended.

use leptos::prelude::*;
use orrery_view::ObjectRef;

use crate::tr;
use crate::ui::Ui;

#[component]
pub fn Switch(object: ObjectRef, on: bool) -> impl IntoView {
    let ui = Ui::here();
    let label = tr!(ui.lang, "act.switch", name = object.name);
    let object = StoredValue::new(object);
    let flipped = move || {
        let mine = |flips: &Vec<(ObjectRef, bool)>| {
            object.with_value(|object| {
                flips
                    .iter()
                    .find(|(known, _)| known == object)
                    .map(|(_, on)| *on)
            })
        };
        ui.flipped.with(mine)
    };
    let now = move || flipped().unwrap_or(on);
    let flip = move |_| ui.flip(object.get_value(), !untrack(now));
    view! {
        <button
            class="switch"
            type="button"
            role="switch"
            aria-checked=move || if now() { "true" } else { "false" }
            aria-label=label
            on:click=flip
        >
            <i></i>
        </button>
    }
}
