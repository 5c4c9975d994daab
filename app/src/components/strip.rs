//! The run strip: a bar per run, a gap per slot that did not run.

use leptos::prelude::*;

use crate::cell::Bar;

/// Bars have a class for their height, since the page's policy allows no inline styles.
const HEIGHTS: [&str; 21] = [
    "h1", "h1", "h2", "h3", "h4", "h5", "h6", "h7", "h8", "h9", "h10", "h11", "h12", "h13", "h14",
    "h15", "h16", "h17", "h18", "h19", "h20",
];

#[component]
pub fn Strip(bars: Vec<Bar>, summary: String) -> impl IntoView {
    // The bars are for the eye and the mouse; the summary says them, and the detail lists them.
    let bars = bars.into_iter().map(|bar| {
        let height = HEIGHTS[usize::try_from(bar.height).unwrap_or(0).min(20)];
        let manual = if bar.manual { " man" } else { "" };
        let gap = if bar.gap { " gap" } else { "" };
        let class = format!("b {} {height}{manual}{gap}", bar.tone.class());
        let href = (!bar.href.is_empty()).then_some(bar.href);
        view! { <a class=class href=href title=bar.label tabindex="-1" aria-hidden="true"></a> }
    });
    view! { <span class="strip">{bars.collect_view()}</span><span class="vh">{summary}</span> }
}
