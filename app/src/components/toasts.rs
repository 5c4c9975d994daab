//! The place of the reports, in a corner; said aloud to those who hear the page. [`crate::ui::Ui::report`] fills it.

use leptos::prelude::*;

use crate::tr;

#[component]
pub fn Toasts(lang: crate::lang::Lang) -> impl IntoView {
    view! { <div class="toasts" role="log" aria-live="polite" aria-label=tr!(lang, "toast.title")></div> }
}
