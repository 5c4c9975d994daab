//! The log viewer: follows, stops following when one scrolls up, searches.

use leptos::html;
use leptos::prelude::*;
use orrery_view::{Detail, LogLine, LogQuery, Millis, ObjectRef};
use serde::{Deserialize, Serialize};

use crate::live::Patch;
use crate::log::{matches, pieces};
use crate::props::LogView;
use crate::ui::Ui;
use crate::{address, browser, format, tr};

/// Lines kept on the page: more than anyone scrolls, few enough to stay smooth. The oldest go first.
const MOST_LINES: usize = 5_000;
/// This close to the end counts as the end, in pixels: about a line.
const AT_END: i32 = 24;

/// A line with a number that stays its own.
#[derive(Clone, PartialEq)]
struct Numbered {
    n: u32,
    line: LogLine,
}

/// What the parts of the viewer share.
#[derive(Clone, Copy)]
struct Log {
    lines: RwSignal<Vec<Numbered>>,
    query: RwSignal<Option<LogQuery>>,
    /// Containers of the pod.
    containers: StoredValue<Vec<String>>,
    ended: RwSignal<Option<Option<String>>>,
    search: RwSignal<String>,
    current: RwSignal<u32>,
    following: RwSignal<bool>,
    /// Lines that came since one scrolled up.
    unseen: RwSignal<u32>,
    stamps: RwSignal<bool>,
    wrap: RwSignal<bool>,
    next: StoredValue<u32>,
}

impl Log {
    fn new(props: LogProps) -> Self {
        let log = Self {
            lines: RwSignal::new(Vec::new()),
            query: RwSignal::new(props.query),
            containers: StoredValue::new(props.containers),
            ended: RwSignal::new(props.trouble.map(Some)),
            search: RwSignal::new(String::new()),
            current: RwSignal::new(0),
            following: RwSignal::new(true),
            unseen: RwSignal::new(0),
            stamps: RwSignal::new(false),
            wrap: RwSignal::new(true),
            next: StoredValue::new(0),
        };
        log.add(props.lines);
        log
    }

    fn add(self, lines: Vec<LogLine>) {
        let first = self.next.get_value();
        let count = u32::try_from(lines.len()).unwrap_or(u32::MAX);
        self.next.set_value(first.wrapping_add(count));
        self.lines.update(|all| {
            all.extend(
                lines
                    .into_iter()
                    .zip(first..)
                    .map(|(line, n)| Numbered { n, line }),
            );
            let extra = all.len().saturating_sub(MOST_LINES);
            all.drain(..extra);
        });
        if !self.following.get_untracked() {
            self.unseen.update(|unseen| *unseen += count);
        }
    }

    fn hear(self, patch: Patch) {
        match patch {
            // A stream begins with the lines that the page has already.
            Patch::Log { first: true, lines } => {
                self.lines.set(Vec::new());
                self.ended.set(None);
                self.add(lines);
            }
            Patch::Log { lines, .. } => self.add(lines),
            Patch::LogEnd(why) => self.ended.set(Some(why)),
            _ => {}
        }
    }

    fn text(self) -> String {
        self.lines.with_untracked(|lines| {
            lines
                .iter()
                .map(|line| line.line.text.as_str())
                .collect::<Vec<_>>()
                .join("\n")
        })
    }
}

fn containers(detail: &Detail) -> Vec<String> {
    match detail {
        Detail::Pod(pod) => pod
            .containers
            .iter()
            .map(|container| container.name.clone())
            .collect(),
        Detail::Job(job) => job
            .template
            .containers
            .iter()
            .map(|container| container.name.clone())
            .collect(),
        _ => Vec::new(),
    }
}

/// What the browser must know of a log.
#[derive(Clone, Serialize, Deserialize)]
pub struct LogProps {
    object: ObjectRef,
    containers: Vec<String>,
    /// `None` while a Job has no pod yet.
    query: Option<LogQuery>,
    lines: Vec<LogLine>,
    trouble: Option<String>,
}

impl From<LogView> for LogProps {
    fn from(view: LogView) -> Self {
        Self {
            containers: view.detail.as_deref().map(containers).unwrap_or_default(),
            object: view.object,
            query: view.query,
            lines: view.lines,
            trouble: view.trouble.map(|error| error.to_string()),
        }
    }
}

#[island]
pub fn LogPage(log: LogProps) -> impl IntoView {
    let ui = Ui::here();
    let object = log.object.clone();
    let state = Log::new(log);
    Effect::new(move |_| ui.live.hear_log(move |patch| state.hear(patch)));
    view! {
        <header class="head">
            <div class="what">
                <h2><a class="link" href=address::object(&object)>{object.name.clone()}</a></h2>
                <div class="subs">{move || state.query.get().map(|query| query.pod)}</div>
            </div>
        </header>
        <section class="card log">
            <Tools state=state object=object/>
            <Lines state=state/>
        </section>
    }
    .into_any()
}

#[component]
fn Tools(state: Log, object: ObjectRef) -> impl IntoView {
    let lang = Ui::here().lang;
    let toggle = move |signal: RwSignal<bool>, word: String| {
        view! {
            <label class="toggle">
                <input type="checkbox" prop:checked=move || signal.get() on:change=move |_| signal.update(|on| *on = !*on)/>
                {word}
            </label>
        }
    };
    view! {
        <div class="tools">
            <Containers state=state object=object/>
            <Finder state=state/>
            {toggle(state.stamps, tr!(lang, "log.stamps"))}
            {toggle(state.wrap, tr!(lang, "log.wrap"))}
            <button class="btn" type="button" on:click=move |_| browser::copy(&state.text())>
                {tr!(lang, "act.copy")}
            </button>
        </div>
    }
    .into_any()
}

/// Other containers of the pod, and the run before this one; each is an address.
#[component]
fn Containers(state: Log, object: ObjectRef) -> impl IntoView {
    let lang = Ui::here().lang;
    let base = StoredValue::new(address::log(&object));
    let links = move || {
        let query = state.query.get();
        let previous = query.as_ref().is_some_and(|query| query.previous);
        let chosen = query.map(|query| query.container).unwrap_or_default();
        let containers = state.containers.get_value();
        let first = containers.first().cloned().unwrap_or_default();
        let here = if chosen.is_empty() { first } else { chosen };
        let one = here.clone();
        let links = containers.into_iter().map(move |name| {
            let href =
                base.with_value(|base| format!("{base}?container={}", address::escape(&name)));
            let current = (name == here).then_some("true");
            view! { <a class="chip" href=href aria-current=current>{name}</a> }
        });
        let flag = if previous { "" } else { "&previous=1" };
        let href =
            base.with_value(|base| format!("{base}?container={}{flag}", address::escape(&one)));
        let before = view! {
            <a class="chip" href=href aria-current=previous.then_some("true")>{tr!(lang, "log.previous")}</a>
        };
        (links.collect_view(), before)
    };
    view! { <nav class="chips" aria-label=tr!(lang, "col.containers")>{links}</nav> }.into_any()
}

#[component]
fn Finder(state: Log) -> impl IntoView {
    let lang = Ui::here().lang;
    let found = Memo::new(move |_| {
        let search = state.search.get();
        match search.is_empty() {
            true => 0,
            false => state.lines.with(|lines| {
                lines
                    .iter()
                    .map(|line| matches(&line.line.text, &search))
                    .sum::<u32>()
            }),
        }
    });
    let step = move |by: u32| {
        let count = found.get_untracked();
        if count > 0 {
            state.following.set(false);
            state
                .current
                .update(|current| *current = (*current + by) % count);
            browser::scroll_to(".lines mark", state.current.get_untracked());
        }
    };
    let typed = move |event| {
        state.search.set(event_target_value(&event).to_lowercase());
        state.current.set(0);
    };
    let back = move |_| step(found.get_untracked().saturating_sub(1));
    let place = move || {
        let at = if found.get() > 0 {
            state.current.get() + 1
        } else {
            0
        };
        (!state.search.with(String::is_empty)).then(|| format!("{at}/{}", found.get()))
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
                on:change=move |_| browser::scroll_to(".lines mark", state.current.get_untracked())
            />
            <span class="tabular" role="status">{place}</span>
            <button class="btn small" type="button" aria-label=tr!(lang, "log.before") on:click=back>"↑"</button>
            <button class="btn small" type="button" aria-label=tr!(lang, "log.after") on:click=move |_| step(1)>"↓"</button>
        </div>
    }
    .into_any()
}

#[component]
fn Lines(state: Log) -> impl IntoView {
    let ui = Ui::here();
    let lang = ui.lang;
    let frame = NodeRef::<html::Div>::new();
    let to_end = move || {
        if let Some(frame) = frame.get_untracked() {
            frame.set_scroll_top(frame.scroll_height());
        }
    };
    Effect::new(move |_| {
        state.lines.track();
        if state.following.get() {
            request_animation_frame(to_end);
        }
    });
    let scrolled = move |_| {
        if let Some(frame) = frame.get_untracked() {
            let left = frame.scroll_height() - frame.scroll_top() - frame.client_height();
            state.following.set(left < AT_END);
            if left < AT_END {
                state.unseen.set(0);
            }
        }
    };
    let follow = move |_| {
        state.following.set(true);
        state.unseen.set(0);
    };
    let unseen = move || {
        (!state.following.get()).then(|| {
            let word = match state.unseen.get() {
                0 => tr!(lang, "log.follow"),
                n => tr!(lang, "log.unseen", n = format::number(n)),
            };
            view! { <button class="btn prime unseen" type="button" on:click=follow>{word}" ↓"</button> }
        })
    };
    let end = move || {
        let waiting = state
            .query
            .with(Option::is_none)
            .then(|| tr!(lang, "log.waiting"));
        let ended = state
            .ended
            .get()
            .map(|why| why.unwrap_or_else(|| tr!(lang, "log.ended")));
        let empty = state
            .lines
            .with(Vec::is_empty)
            .then(|| tr!(lang, "log.empty"));
        waiting
            .or(ended)
            .or(empty)
            .map(|text| view! { <p class="nil">{text}</p> })
    };
    view! {
        <div
            class="lines"
            class:wrap=move || state.wrap.get()
            class:stamps=move || state.stamps.get()
            node_ref=frame
            tabindex="0"
            role="region"
            aria-label=tr!(lang, "log.title")
            on:scroll=scrolled
        >
            <For each=move || state.lines.get() key=|line| line.n let:line>
                <OneLine line=line.line search=state.search/>
            </For>
            {end}
        </div>
        {unseen}
    }
    .into_any()
}

#[component]
fn OneLine(line: LogLine, search: RwSignal<String>) -> impl IntoView {
    let LogLine { at, text } = line;
    // Most lines do not have what is searched for, and then stay as they are.
    let cut = Memo::new(move |_| pieces(&text, &search.get()));
    let drawn = move || {
        cut.get()
            .into_iter()
            .map(|piece| match piece.found {
                true => view! { <mark class=piece.class>{piece.text}</mark> }.into_any(),
                false => view! { <span class=piece.class>{piece.text}</span> }.into_any(),
            })
            .collect_view()
    };
    view! { <div class="line">{at.map(stamp)}{drawn}</div> }
}

fn stamp(at: Millis) -> impl IntoView {
    view! { <time class="stamp">{format::iso(at)}</time> }
}
