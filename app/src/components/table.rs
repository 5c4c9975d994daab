//! A table of lines.

use leptos::prelude::*;

use crate::cell::{Column, Line};
use crate::paint;
use crate::ui::Here;

/// In a context: rows are not painted, only named where they stand.
#[derive(Clone, Copy)]
pub struct Named;

/// The live stream finds a row by its key: one object may be in several tables.
pub fn key(caption: &str, line: &Line) -> String {
    format!("{caption} {}", line.key)
}

#[component]
pub fn Table(
    /// What the table lists, for those who hear it.
    caption: String,
    columns: Vec<Column>,
    lines: Vec<Line>,
    /// The heading of each column when it is more than its title: a link that sorts.
    #[prop(optional)]
    headings: Option<Vec<AnyView>>,
    /// How many lines there are, of which these are perhaps a part.
    #[prop(optional)]
    total: Option<u32>,
) -> impl IntoView {
    let lang = Here::now().lang;
    let plain = || {
        columns
            .iter()
            .map(|column| column.title.clone().into_any())
            .collect()
    };
    let headings = headings
        .unwrap_or_else(plain)
        .into_iter()
        .zip(&columns)
        .map(|(heading, column)| match column.title.is_empty() {
            // A column of buttons has no title, and so is no heading.
            true => view! { <td class=column.class></td> }.into_any(),
            false => view! { <th scope="col" class=column.class>{heading}</th> }.into_any(),
        })
        .collect_view();
    let named = use_context::<Named>().is_some();
    let rows = lines.iter().map(|line| {
        let key = key(&caption, line);
        match named {
            true => view! { <tr data-k=key data-slot=""></tr> }.into_any(),
            false => {
                let cells = paint::row(&line.cells, &columns, lang);
                view! { <tr data-k=key inner_html=cells></tr> }.into_any()
            }
        }
    });
    let rows = rows.collect_view();
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label=caption.clone()>
            <table aria-rowcount=total.map(|lines| lines.saturating_add(1))>
                <caption class="vh">{caption.clone()}</caption>
                <thead><tr aria-rowindex=total.map(|_| "1")>{headings}</tr></thead>
                <tbody data-k=format!("rows {caption}")>{rows}</tbody>
            </table>
        </div>
    }
}
