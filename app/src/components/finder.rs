//! The log viewer's tools: it follows, stops following when one scrolls up, searches, drops markers, copies.
//!
//! The lines are the server's HTML, up to a hundred thousand of them: they are marked where they are, not drawn again.

use leptos::prelude::*;

use crate::browser::finder::{self, Pattern};
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
    let (search, regex) = (RwSignal::new(String::new()), RwSignal::new(false));
    // What that means; `None` where it means nothing.
    let pattern = StoredValue::new_local(None::<Pattern>);
    let unread = RwSignal::new(false);
    let (found, current) = (RwSignal::new(0_u32), RwSignal::new(0_u32));
    let following = RwSignal::new(true);
    let ended = RwSignal::new(!open);
    // Lines that came since one scrolled up.
    let unseen = RwSignal::new(0_u32);
    let look = move || {
        let Some(to) = lines::look() else { return };
        following.update(|following| *following = to.at_end || *following && !to.up);
        if to.at_end {
            unseen.set(0);
        }
    };
    let keep_up = move || {
        if following.get_untracked() {
            lines::to_end();
        }
    };
    let mark = move || {
        pattern.with_value(|pattern| {
            found.set(pattern.as_ref().map_or(0, finder::mark));
        })
    };
    let renew = move || {
        let text = search.get_untracked();
        let new = match text.is_empty() {
            true => None,
            false => Pattern::of(&text, regex.get_untracked()),
        };
        unread.set(new.is_none() && !text.is_empty());
        pattern.set_value(new);
        current.set(0);
        finder::begin();
        mark();
    };
    Effect::new(move |_| {
        keep_up();
        lines::on_resize(keep_up);
        lines::on_scroll(look);
        ui.live.hear_log(move |patch| match patch {
            Patch::Log { first, lines } => {
                // a reader who scrolled up in this very frame has not been heard of yet
                look();
                ended.set(false);
                let many = u32::try_from(lines.len()).unwrap_or(u32::MAX);
                lines::add(&lines, first);
                mark();
                match following.get_untracked() {
                    true => lines::to_end(),
                    false => unseen.update(|unseen| *unseen += many),
                }
            }
            Patch::LogEnd(why) => {
                ended.set(true);
                lines::end(&why);
                keep_up();
            }
            _ => {}
        });
    });
    let step = move |by: u32| {
        let count = found.get_untracked();
        if count > 0 {
            following.set(false);
            current.update(|current| *current = (*current + by) % count);
            let nth = current.get_untracked();
            pattern.with_value(|pattern| pattern.iter().for_each(|each| finder::show(each, nth)));
        }
    };
    let place = move || match (search.with(String::is_empty), unread.get(), found.get()) {
        (true, _, _) => String::new(),
        (_, true, _) => tr!(lang, "log.unread"),
        (_, _, 0) => "0/0".into(),
        (_, _, found) => format!("{}/{found}", current.get() + 1),
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
                aria-invalid=move || unread.get().then_some("true")
                on:input=move |event| {
                    search.set(event_target_value(&event));
                    renew();
                }
                on:change=move |_| step(0)
            />
            <label class="toggle" title=tr!(lang, "log.regex")>
                <input
                    type="checkbox"
                    aria-label=tr!(lang, "log.regex")
                    on:change=move |event| {
                        regex.set(event_target_checked(&event));
                        renew();
                    }
                />
                <code>".*"</code>
            </label>
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
            <input type="checkbox" on:change=move |_| {
                lines::toggle("stamps");
                keep_up();
            }/>
            {tr!(lang, "log.stamps")}
        </label>
        <label class="toggle">
            <input type="checkbox" checked=true on:change=move |_| {
                lines::toggle("wrap");
                keep_up();
            }/>
            {tr!(lang, "log.wrap")}
        </label>
        <button
            class="btn"
            type="button"
            on:click=move |_| {
                lines::drop_marker(lang);
                mark();
                keep_up();
            }
        >
            {tr!(lang, "log.marker")}
        </button>
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
