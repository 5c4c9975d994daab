//! Labels and values.

use leptos::prelude::*;

use super::cell::draw;
use crate::cell::Cell;
use crate::details::Fact;

#[component]
pub fn Facts(facts: Vec<Fact>) -> impl IntoView {
    let fact = |fact: Fact| {
        let value = |cell: &Cell| view! { <dd>{draw(cell)}</dd> };
        let values = fact.cells.iter().map(value).collect_view();
        view! { <div><dt>{fact.label}</dt>{values}</div> }
    };
    view! { <dl class="facts">{facts.into_iter().map(fact).collect_view()}</dl> }
}
