//! Which lines of a log are shown: a plain form, whose answer is an address.

use leptos::prelude::*;
use orrery_view::{Level, Millis};

use crate::lang::Lang;
use crate::log::{Filter, TAILS, code, text};
use crate::props::LogView;
use crate::{format, tr};

/// Nothing where there is no log to read, only what was kept of one.
pub fn log_filter(log: &LogView, lang: Lang) -> Option<AnyView> {
    let query = log.query.as_ref()?;
    let filter = log.filter;
    let run = log.run.clone().map(|run| ("run", run));
    let container = ("container", query.container.clone());
    let previous = ("previous", if query.previous { "1" } else { "" }.to_owned());
    let kept = run.into_iter().chain([container, previous]);
    let kept = kept.filter(|(_, value)| !value.is_empty());
    let kept = kept.map(|(name, value)| view! { <input type="hidden" name=name value=value/> });
    Some(
        view! {
            <details class="log-filter" open=filter != Filter::default()>
                <summary class="btn">{tr!(lang, "log.filter")}</summary>
                <form>
                    {kept.collect_view()}
                    <label>{tr!(lang, "log.tail")} <select name="tail">{tails(filter, lang)}</select></label>
                    <label>{tr!(lang, "log.level")} <select name="level">{levels(filter, lang)}</select></label>
                    {moment("since", tr!(lang, "log.since"), filter.since)}
                    {moment("until", tr!(lang, "log.until"), filter.until)}
                    <label class="toggle">
                        <input type="checkbox" name="json" value="1" checked=filter.json/>
                        {tr!(lang, "log.json")}
                    </label>
                    <button class="btn">{tr!(lang, "log.apply")}</button>
                </form>
            </details>
        }
        .into_any(),
    )
}

fn tails(filter: Filter, lang: Lang) -> AnyView {
    let tail = |tail: u32| {
        let word = tr!(lang, "log.last", n = format::number(tail));
        view! { <option value=tail selected=tail == filter.tail>{word}</option> }
    };
    TAILS.map(tail).collect_view().into_any()
}

fn levels(filter: Filter, lang: Lang) -> AnyView {
    let option = |value: &'static str, word: String, chosen: bool| {
        view! { <option value=value selected=chosen>{word}</option> }
    };
    let level = |(level, word)| option(code(level), word, filter.level == Some(level));
    let levels = [
        (Level::Info, tr!(lang, "log.info")),
        (Level::Warn, tr!(lang, "log.warn")),
        (Level::Error, tr!(lang, "log.error")),
    ];
    let all = option("", tr!(lang, "log.every"), filter.level.is_none());
    (all, levels.map(level).collect_view()).into_any()
}

/// In UTC, as the lines' own times are.
fn moment(name: &'static str, word: String, at: Option<Millis>) -> AnyView {
    let value = at.map(text);
    view! { <label>{word} <input type="datetime-local" step="1" name=name value=value/></label> }
        .into_any()
}
