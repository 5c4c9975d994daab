//! Labels and values.

use leptos::prelude::*;

use super::cell::draw;
use crate::cell::Line;

#[component]
pub fn Facts(lines: Vec<Line>) -> impl IntoView {
    let fact = |line: Line| {
        let cell = line.cells.into_iter().next().unwrap_or_default();
        view! { <div><dt>{line.key}</dt><dd>{draw(&cell)}</dd></div> }
    };
    view! { <dl class="facts">{lines.into_iter().map(fact).collect_view()}</dl> }
}
