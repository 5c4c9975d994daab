//! The reports, in a corner; said aloud to those who hear the page.

use leptos::prelude::*;

use super::menu::Command;
use crate::tone::Tone;
use crate::tr;
use crate::ui::{Toast, Ui};

#[island]
pub fn Toasts() -> impl IntoView {
    let ui = Ui::here();
    view! {
        <div class="toasts" role="log" aria-live="polite" aria-label=tr!(ui.lang, "toast.title")>
            <For each=move || ui.toasts.get() key=|toast| toast.id let:toast>
                <Report toast=toast/>
            </For>
        </div>
    }
}

#[component]
fn Report(toast: Toast) -> impl IntoView {
    let ui = Ui::here();
    let Toast {
        id,
        tone,
        text,
        kubectl,
        links,
    } = toast;
    let class = format!("toast {}", tone.class());
    let role = (tone == Tone::Bad).then_some("alert");
    let links = links
        .into_iter()
        .map(|link| view! { <a class="link" href=link.href>{link.text}</a>" " });
    view! {
        <div class=class role=role>
            <p>
                <span class="text">{text}</span>" "{links.collect_view()}
                <button
                    class="close"
                    type="button"
                    aria-label=tr!(ui.lang, "act.close")
                    on:click=move |_| ui.dismiss(id)
                >
                    "×"
                </button>
            </p>
            {(!kubectl.is_empty()).then(|| view! { <Command command=kubectl/> })}
        </div>
    }
}
