//! Draws a cell: what does something as a component, what only shows as HTML.

use leptos::prelude::*;

use super::buttons::buttons;
use super::switch::Switch;
use crate::cell::Cell;
use crate::paint;
use crate::ui::Ui;

pub fn draw(cell: Cell) -> AnyView {
    match cell {
        Cell::Switch { object, on } => view! { <Switch object=object on=on/> }.into_any(),
        Cell::Buttons(all) => buttons(all).into_any(),
        cell => {
            let html = paint::html(&cell, Ui::here().lang);
            view! { <span class="cell" inner_html=html></span> }.into_any()
        }
    }
}
