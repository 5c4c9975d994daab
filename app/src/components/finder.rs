//! The log viewer's tools: it follows, stops following when one scrolls up, searches, drops markers, copies.
//!
//! The lines are the server's HTML, up to a hundred thousand of them: they are marked where they are, not drawn again.

use leptos::prelude::*;
use leptos::reactive::owner::LocalStorage;

use crate::browser::finder::{self, Pattern};
use crate::browser::lines;
use crate::live::Patch;
use crate::ui::Ui;
use crate::{browser, format, tr};

/// It has no properties: to read them the browser would download a JSON parser, used nowhere else.
#[island]
pub fn LogTools() -> impl IntoView {
    let tools = Tools::new();
    Effect::new(move |_| tools.listen());
    view! {
        {search(tools)}
        {layout(tools)}
        {marks(tools)}
        {follow(tools)}
    }
}

/// A handle on what the tools know; cheap to copy.
#[derive(Clone, Copy)]
struct Tools {
    ui: Ui,
    search: RwSignal<String>,
    regex: RwSignal<bool>,
    /// What that means; `None` where it means nothing.
    pattern: StoredValue<Option<Pattern>, LocalStorage>,
    unread: RwSignal<bool>,
    found: RwSignal<u32>,
    current: RwSignal<u32>,
    /// It has been brought into sight since it was looked for.
    shown: StoredValue<bool>,
    following: RwSignal<bool>,
    ended: RwSignal<bool>,
    /// Lines that came since one scrolled up.
    unseen: RwSignal<u32>,
}

impl Tools {
    fn new() -> Self {
        Self {
            ui: Ui::here(),
            search: RwSignal::new(String::new()),
            regex: RwSignal::new(false),
            pattern: StoredValue::new_local(None),
            unread: RwSignal::new(false),
            found: RwSignal::new(0),
            current: RwSignal::new(0),
            shown: StoredValue::new(false),
            following: RwSignal::new(true),
            ended: RwSignal::new(false),
            unseen: RwSignal::new(0),
        }
    }

    /// Hears of lines and of scrolling, for as long as the page lives.
    fn listen(self) {
        self.ended.set(lines::are_all());
        self.keep_up();
        lines::on_resize(move || self.keep_up());
        lines::on_scroll(move || self.look());
        self.ui.live.hear_log(move |patch| self.hear(patch));
    }

    fn hear(self, patch: Patch) {
        match patch {
            Patch::Log { first, lines } => {
                // a reader who scrolled up in this very frame has not been heard of yet
                self.look();
                self.ended.set(false);
                let many = u32::try_from(lines.len()).unwrap_or(u32::MAX);
                lines::add(&lines, first);
                self.mark();
                match self.following.get_untracked() {
                    true => lines::to_end(),
                    false => self.unseen.update(|unseen| *unseen += many),
                }
            }
            Patch::LogEnd(why) => {
                self.ended.set(true);
                lines::end(&why);
                self.keep_up();
            }
            _ => {}
        }
    }

    fn look(self) {
        let Some(to) = lines::look() else { return };
        self.following
            .update(|following| *following = to.at_end || *following && !to.up);
        if to.at_end {
            self.unseen.set(0);
        }
    }

    fn keep_up(self) {
        if self.following.get_untracked() {
            lines::to_end();
        }
    }

    fn mark(self) {
        self.pattern.with_value(|pattern| {
            self.found.set(pattern.as_ref().map_or(0, finder::mark));
        });
    }

    /// Looks for something else.
    fn renew(self) {
        let text = self.search.get_untracked();
        let new = match text.is_empty() {
            true => None,
            false => Pattern::of(&text, self.regex.get_untracked()),
        };
        self.unread.set(new.is_none() && !text.is_empty());
        self.pattern.set_value(new);
        self.current.set(0);
        self.shown.set_value(false);
        finder::begin();
        self.mark();
    }

    /// Shows the place that comes so many after the one shown.
    fn step(self, by: u32) {
        let count = self.found.get_untracked();
        if count > 0 {
            self.following.set(false);
            self.shown.set_value(true);
            self.current
                .update(|current| *current = (*current + by) % count);
            let nth = self.current.get_untracked();
            self.pattern
                .with_value(|pattern| pattern.iter().for_each(|each| finder::show(each, nth)));
        }
    }

    /// Enter shows the first place; after it the next one or, with Shift, the one before.
    fn enter(self, back: bool) {
        self.step(match (self.shown.get_value(), back) {
            (false, _) => 0,
            (true, false) => 1,
            (true, true) => self.found.get_untracked().saturating_sub(1),
        });
    }

    /// Which of the places is shown.
    fn place(self) -> String {
        match (
            self.search.with(String::is_empty),
            self.unread.get(),
            self.found.get(),
        ) {
            (true, _, _) => String::new(),
            (_, true, _) => tr!(self.ui.lang, "log.unread"),
            (_, _, 0) => "0/0".into(),
            (_, _, found) => format::ratio(self.current.get() + 1, found),
        }
    }
}

/// Text or a regular expression, and the places where it is.
fn search(tools: Tools) -> impl IntoView {
    let lang = tools.ui.lang;
    view! {
        <div class="finder">
            <input
                id="search-log"
                type="search"
                autocomplete="off"
                placeholder=tr!(lang, "log.search")
                aria-label=tr!(lang, "log.search")
                aria-invalid=move || tools.unread.get().then_some("true")
                on:input=move |event| {
                    tools.search.set(event_target_value(&event));
                    tools.renew();
                }
                on:keydown=move |event| {
                    if event.key() == "Enter" && !event.is_composing() {
                        tools.enter(event.shift_key());
                    }
                }
            />
            <label class="toggle" title=tr!(lang, "log.regex")>
                <input
                    type="checkbox"
                    aria-label=tr!(lang, "log.regex")
                    on:change=move |event| {
                        tools.regex.set(event_target_checked(&event));
                        tools.renew();
                    }
                />
                <code>".*"</code>
            </label>
            <span class="tabular" role="status">{move || tools.place()}</span>
            <button
                class="btn small"
                type="button"
                aria-label=tr!(lang, "log.before")
                on:click=move |_| tools.step(tools.found.get_untracked().saturating_sub(1))
            >
                "↑"
            </button>
            <button class="btn small" type="button" aria-label=tr!(lang, "log.after") on:click=move |_| tools.step(1)>"↓"</button>
        </div>
    }
}

/// How lines are laid out.
fn layout(tools: Tools) -> impl IntoView {
    let lang = tools.ui.lang;
    let toggle = move |class| {
        lines::toggle(class);
        tools.keep_up();
    };
    view! {
        <label class="toggle">
            <input type="checkbox" on:change=move |_| toggle("stamps")/>
            {tr!(lang, "log.stamps")}
        </label>
        <label class="toggle">
            <input type="checkbox" checked=true on:change=move |_| toggle("wrap")/>
            {tr!(lang, "log.wrap")}
        </label>
    }
}

fn marks(tools: Tools) -> impl IntoView {
    let lang = tools.ui.lang;
    let drop = move |_| {
        lines::drop_marker(lang);
        tools.mark();
        tools.keep_up();
    };
    view! {
        <button class="btn" type="button" on:click=drop>{tr!(lang, "log.marker")}</button>
        <button class="btn" type="button" on:click=move |_| browser::copy(&lines::text())>{tr!(lang, "act.copy")}</button>
    }
}

/// Takes a reader who scrolled up to the end again, and says what has come there meanwhile.
fn follow(tools: Tools) -> impl IntoView {
    let lang = tools.ui.lang;
    let word = move || match tools.unseen.get() {
        0 => tr!(lang, "log.follow"),
        1 => tr!(lang, "log.unseen_one"),
        n => tr!(lang, "log.unseen", n = format::number(n)),
    };
    let nothing = move || tools.following.get() || tools.ended.get() && tools.unseen.get() == 0;
    let on = move |_| {
        tools.following.set(true);
        tools.unseen.set(0);
        lines::to_end();
    };
    view! {
        <button class="btn prime unseen" class:none=nothing type="button" on:click=on>
            {word}" ↓"
        </button>
    }
}
