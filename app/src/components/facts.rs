//! Labels and values.

use leptos::prelude::*;

use super::cell::draw;
use crate::live::Lines;

#[component]
pub fn Facts(lines: Lines) -> impl IntoView {
    view! {
        <dl class="facts">
            <For each=move || lines.keys() key=Clone::clone let:key>
                <Fact key=key lines=lines/>
            </For>
        </dl>
    }
}

#[component]
fn Fact(key: String, lines: Lines) -> impl IntoView {
    let cells = lines.cells(&key);
    let cell = Memo::new(move |_| cells.with(|cells| cells.first().cloned().unwrap_or_default()));
    view! { <div><dt>{key}</dt><dd>{move || draw(cell.get())}</dd></div> }
}
