//! Draws a cell.

use leptos::prelude::*;

use crate::cell::Cell;
use crate::paint;
use crate::ui::Here;

pub fn draw(cell: &Cell) -> AnyView {
    let html = paint::html(cell, Here::now().lang);
    view! { <span class="cell" inner_html=html></span> }.into_any()
}
