//! A square or a dot for each node, pod or container, each with its state in words.

use leptos::prelude::*;

use crate::cell::Dot;
use crate::tr;
use crate::ui::Ui;

/// More would make a row taller than its neighbours; the rest is a number.
const MOST: usize = 60;

#[component]
pub fn Dots(dots: Vec<Dot>, square: bool) -> impl IntoView {
    let ui = Ui::here();
    let more = dots.len().saturating_sub(MOST);
    let more = (more > 0).then(|| tr!(ui.lang, "note.more", n = more));
    let shape = if square { "sq" } else { "ct" };
    let dots = dots.into_iter().take(MOST).map(|dot| {
        let class = format!("{shape} {}", dot.tone.class());
        let label = dot.label.clone();
        view! { <li><a class=class href=dot.href title=dot.label><span class="vh">{label}</span></a></li> }
    });
    view! { <ul class="dots">{dots.collect_view()}</ul>{more} }
}
