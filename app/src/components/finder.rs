//! The log viewer's tools: it follows, stops following when one scrolls up, searches.
//!
//! The lines are the server's HTML, thousands of them: they are marked where they are, not drawn again.

use leptos::prelude::*;

use crate::browser::lines;
use crate::live::Patch;
use crate::ui::Ui;
use crate::{browser, format, tr};

#[island]
pub fn LogTools(
    /// More lines may come; what is kept of a run that is gone never grows.
    open: bool,
) -> impl IntoView {
    let ui = Ui::here();
    let lang = ui.lang;
    let (search, found) = (RwSignal::new(String::new()), RwSignal::new(0_u32));
    let current = RwSignal::new(0_u32);
    let following = RwSignal::new(true);
    let ended = RwSignal::new(!open);
    // Lines that came since one scrolled up.
    let unseen = RwSignal::new(0_u32);
    Effect::new(move |_| {
        let keep_up = move || {
            if following.get_untracked() {
                lines::to_end();
            }
        };
        keep_up();
        lines::on_resize(keep_up);
        lines::on_scroll(move |at_end| {
            following.set(at_end);
            if at_end {
                unseen.set(0);
            }
        });
        ui.live.hear_log(move |patch| match patch {
            Patch::Log { first, lines } => {
                ended.set(false);
                let many = u32::try_from(lines.len()).unwrap_or(u32::MAX);
                lines::add(&lines.concat(), first);
                let search = search.get_untracked();
                if !search.is_empty() {
                    found.set(lines::mark(&search));
                }
                match following.get_untracked() {
                    true => lines::to_end(),
                    false => unseen.update(|unseen| *unseen += many),
                }
            }
            Patch::LogEnd(why) => {
                ended.set(true);
                lines::end(&why);
            }
            _ => {}
        });
    });
    let typed = move |event| {
        search.set(event_target_value(&event).to_lowercase());
        current.set(0);
        found.set(search.with_untracked(|search| lines::mark(search)));
    };
    let step = move |by: u32| {
        let count = found.get_untracked();
        if count > 0 {
            following.set(false);
            current.update(|current| *current = (*current + by) % count);
            browser::scroll_to(".lines mark", current.get_untracked());
        }
    };
    let place = move || {
        let at = if found.get() > 0 {
            current.get() + 1
        } else {
            0
        };
        match search.with(String::is_empty) {
            true => String::new(),
            false => format!("{at}/{}", found.get()),
        }
    };
    let word = move || match unseen.get() {
        0 => tr!(lang, "log.follow"),
        n => tr!(lang, "log.unseen", n = format::number(n)),
    };
    view! {
        <div class="finder">
            <input
                id="search-log"
                type="search"
                autocomplete="off"
                placeholder=tr!(lang, "log.search")
                aria-label=tr!(lang, "log.search")
                on:input=typed
                on:change=move |_| step(0)
            />
            <span class="tabular" role="status">{place}</span>
            <button
                class="btn small"
                type="button"
                aria-label=tr!(lang, "log.before")
                on:click=move |_| step(found.get_untracked().saturating_sub(1))
            >
                "↑"
            </button>
            <button class="btn small" type="button" aria-label=tr!(lang, "log.after") on:click=move |_| step(1)>"↓"</button>
        </div>
        <label class="toggle">
            <input type="checkbox" on:change=move |_| lines::toggle("stamps")/>
            {tr!(lang, "log.stamps")}
        </label>
        <label class="toggle">
            <input type="checkbox" checked=true on:change=move |_| lines::toggle("wrap")/>
            {tr!(lang, "log.wrap")}
        </label>
        <button class="btn" type="button" on:click=move |_| browser::copy(&lines::text())>{tr!(lang, "act.copy")}</button>
        <button
            class="btn prime unseen"
            class:none=move || following.get() || ended.get() && unseen.get() == 0
            type="button"
            on:click=move |_| {
                following.set(true);
                unseen.set(0);
                lines::to_end();
            }
        >
            {word}" ↓"
        </button>
    }
}
