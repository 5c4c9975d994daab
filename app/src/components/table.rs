//! A table of lines.

use leptos::prelude::*;

use super::cell::draw;
use crate::cell::Column;
use crate::live::Lines;

#[component]
pub fn Table(
    /// What the table lists, for those who hear it.
    caption: String,
    columns: Vec<Column>,
    lines: Lines,
    /// The heading of each column when it is more than its title: a link that sorts.
    #[prop(optional)]
    headings: Option<Vec<AnyView>>,
) -> impl IntoView {
    let classes = StoredValue::new(
        columns
            .iter()
            .map(|column| column.class)
            .collect::<Vec<_>>(),
    );
    let titles = StoredValue::new(
        columns
            .iter()
            .map(|column| column.title.clone())
            .collect::<Vec<_>>(),
    );
    let plain = || {
        columns
            .iter()
            .map(|column| column.title.clone().into_any())
            .collect()
    };
    let headings = headings.unwrap_or_else(plain);
    let headings = headings.into_iter().enumerate().map(|(i, heading)| {
        let empty = titles.with_value(|titles| titles[i].is_empty());
        let class = classes.with_value(|classes| classes[i]);
        match empty {
            // A column of buttons has no title, and so is no heading.
            true => view! { <td class=class></td> }.into_any(),
            false => view! { <th scope="col" class=class>{heading}</th> }.into_any(),
        }
    });
    let label = caption.clone();
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label=label>
            <table>
                <caption class="vh">{caption}</caption>
                <thead><tr>{headings.collect_view()}</tr></thead>
                <tbody>
                    <For each=move || lines.keys() key=Clone::clone let:key>
                        <TableLine key=key lines=lines classes=classes titles=titles/>
                    </For>
                </tbody>
            </table>
        </div>
    }
}

#[component]
fn TableLine(
    key: String,
    lines: Lines,
    classes: StoredValue<Vec<&'static str>>,
    titles: StoredValue<Vec<String>>,
) -> impl IntoView {
    let cells = lines.cells(&key);
    let count = classes.with_value(Vec::len);
    let cells = (0..count).map(|i| {
        let cells = cells.clone();
        let cell =
            Memo::new(move |_| cells.with(|cells| cells.get(i).cloned().unwrap_or_default()));
        let class = classes.with_value(|classes| classes[i]);
        // Narrow screens stack the cells; each then says its column.
        let title = titles.with_value(|titles| titles[i].clone());
        view! { <td class=class data-title=title>{move || draw(cell.get())}</td> }.into_any()
    });
    view! { <tr>{cells.collect_view()}</tr> }
}
