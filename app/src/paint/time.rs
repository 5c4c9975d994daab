//! Times as HTML: instants, durations, and the cells made of them.

use std::fmt::{self, Write};

use leptos::prelude::use_context;
use orrery_view::Millis;

use super::{Esc, sub};
use crate::lang::Lang;
use crate::tone::Tone;
use crate::{format, tr};

/// How an instant is said once the page is awake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saying {
    /// `3 m ago`
    Ago,
    /// `in 3 m 8 s`
    Until,
    /// `3 m 8 s`
    Left,
    /// In the reader's zone and language.
    Date,
    /// `14:00` in the reader's zone; of a day the first of an axis says the day.
    Hour,
}

/// Between the hours that an axis names.
pub const AXIS_HOURS: u32 = 3;

impl Saying {
    /// As in `data-say`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Ago => "ago",
            Self::Until => "until",
            Self::Left => "left",
            Self::Date => "date",
            Self::Hour => "hour",
        }
    }

    pub fn of_code(code: &str) -> Self {
        match code {
            "ago" => Self::Ago,
            "until" => Self::Until,
            "left" => Self::Left,
            "hour" => Self::Hour,
            _ => Self::Date,
        }
    }
}

/// What the first HTML of a page is painted at: it says how long ago something was, so that nothing is set anew when
/// the page wakes. What the live stream brings says when, and so stays equal while nothing happens.
#[derive(Clone, Copy, Debug)]
pub struct First {
    pub now: Millis,
    pub lang: Lang,
}

impl First {
    fn says(self, at: Millis, saying: Saying) -> Option<String> {
        let Self { now, lang } = self;
        match saying {
            Saying::Ago => Some(format::ago(at, now, lang)),
            Saying::Until => Some(format::until(at, now, lang)),
            Saying::Left => Some(format::duration(at - now, lang)),
            // the reader's zone is not known yet
            Saying::Date | Saying::Hour => None,
        }
    }
}

pub fn instant(out: &mut String, at: Millis, saying: Saying) -> fmt::Result {
    zoned_instant(out, at, saying, "")
}

/// An instant that says on hover what it is in another zone too.
fn zoned_instant(out: &mut String, at: Millis, saying: Saying, zoned: &str) -> fmt::Result {
    let (say, iso) = (saying.code(), format::iso(at));
    let first = use_context::<First>().and_then(|first| first.says(at, saying));
    let utc = first.unwrap_or_else(|| format::near_utc(at));
    write!(
        out,
        r#"<time datetime="{iso}" data-at="{at}" data-say="{say}""#
    )?;
    if !zoned.is_empty() {
        write!(out, r#" data-zoned="{}""#, Esc(zoned))?;
    }
    write!(out, ">{utc}</time>")
}

pub fn lasting(
    out: &mut String,
    start: Option<Millis>,
    end: Option<Millis>,
    lang: Lang,
) -> fmt::Result {
    match (start, end) {
        (None, _) => out.write_char('—'),
        (Some(start), Some(end)) => {
            write!(out, "<span>{}</span>", format::duration(end - start, lang))
        }
        (Some(start), None) => {
            let since = match use_context::<First>() {
                Some(first) => format::duration(first.now - start, lang),
                None => tr!(lang, "time.since", t = format::near_utc(start)),
            };
            write!(
                out,
                r#"<span class="tabular" data-at="{start}" data-say="for">{since}</span>"#
            )
        }
    }
}

pub fn next(
    out: &mut String,
    at: Option<Millis>,
    suspended: bool,
    zoned: &str,
    lang: Lang,
) -> fmt::Result {
    match (at, suspended) {
        (None, _) => sub(out, &tr!(lang, "time.never")),
        (Some(at), true) => would_run(out, at, &tr!(lang, "time.would_run"), zoned),
        (Some(at), false) => {
            out.write_str(r#"<b class="tabular">"#)?;
            zoned_instant(out, at, Saying::Until, zoned)?;
            out.write_str(r#"</b><span class="sub">"#)?;
            zoned_instant(out, at, Saying::Date, zoned)?;
            out.write_str("</span>")
        }
    }
}

/// When a suspended CronJob would run, and a word for that: a row, which says by its status that it is suspended, has
/// a shorter one.
pub fn would_run(out: &mut String, at: Millis, word: &str, zoned: &str) -> fmt::Result {
    write!(
        out,
        r#"<span class="mute">{}</span><span class="sub">"#,
        Esc(word)
    )?;
    zoned_instant(out, at, Saying::Date, zoned)?;
    out.write_str("</span>")
}

pub fn last(
    out: &mut String,
    (tone, word, href): (Tone, &str, &str),
    start: Option<Millis>,
    end: Option<Millis>,
    lang: Lang,
) -> fmt::Result {
    let class = tone.class();
    match href {
        "" => write!(out, r#"<span class="out {class}">{}</span>"#, Esc(word))?,
        href => write!(
            out,
            r#"<a class="out {class}" href="{}">{}</a>"#,
            Esc(href),
            Esc(word)
        )?,
    }
    out.write_str(r#"<span class="sub">"#)?;
    // what runs takes as long as it is ago; what did not start took none
    if start.is_some() {
        lasting(out, start, end, lang)?;
    }
    if let Some(at) = end {
        if start.is_some() {
            out.write_str(" · ")?;
        }
        instant(out, at, Saying::Ago)?;
    }
    out.write_str("</span>")
}
